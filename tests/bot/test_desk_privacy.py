"""Citizens' data over HTTP: the copy behind its link, the decision, who looked at whom."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk_office import DeskOffice, Photo, grey_photo, opened
from handlers import arrivals, privacy
from handlers.arrivals import Comer
from storage import conversations, optins, questions, talks, tickets
from storage import privacy as requests
from storage.tables import ATTACHMENTS, CONVERSATIONS
from talk import Citizen, rows
from visitors import comes

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, demanding=()) as office:
        office.hires("camat", "Pak Camat", role="head")
        office.hires("sari", "Bu Sari")
        office.hires("lain", "Pak Lain", "ma", role="head")
        yield office


def wishes(office: DeskOffice, chat: Any, kind: str = "erase", office_id: str = "pu") -> int:
    """A wish from that chat; returns its number."""
    row = office.database.write(
        lambda tx: requests.ask(
            tx, office_id, chat.id, kind, office.now + privacy.LIMIT, office.now
        )
    )
    return int(row.id)


def link(office: DeskOffice, chat: Any) -> str:
    number = wishes(office, chat, "export")
    until = office.now + timedelta(hours=24)
    name = privacy.kept(TOKEN)
    office.database.write(lambda tx: requests.offer(tx, name, "pu", chat.id, number, until))
    return f"/d/{TOKEN}"


def unpacked(answer: httpx.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


# --- the copy -------------------------------------------------------------------------


def test_the_copy_holds_answers_photos_and_who_looked(office):
    chat = office.chat(name="Slamet")
    number = office.receives(chat=chat)
    office.moves(number, "take")
    file = office.database.read(lambda tx: tickets.look(tx, number)).answers["kk_photo"][0]
    office.signed_in("sari").http.get(f"/desk/files/{file}")
    archive = unpacked(office.browser().post(link(office, chat)))
    page = archive.read("data-saya.html").decode()
    for words in (number, "Slamet Riyadi", "3302271708900003", "Petugas mulai mengerjakan"):
        assert words in page
    assert "Petugas</li>" in page  # who looked, by role
    assert "Bu Sari" not in page
    assert "sari" not in archive.read("data-saya.json").decode()
    data = json.loads(archive.read("data-saya.json"))
    assert data["requests"][0]["number"] == number
    assert archive.read(f"{number}/01.jpg") == grey_photo()
    assert {*data["files"]} < {*archive.namelist()}


def test_the_copy_holds_the_photos_of_questions(office):
    chat = office.is_asked("Surat ini berlaku?")
    file = office.stores(Photo(), chat)
    question = office.database.read(lambda tx: requests.questions(tx, chat.id))[0].id
    office.database.write(lambda tx: questions.enclose(tx, question, [file]))
    archive = unpacked(office.browser().post(link(office, chat)))
    name = f"pertanyaan-{question}/01.jpg"
    assert archive.read(name) == grey_photo()
    assert f'src="{name}"' in archive.read("data-saya.html").decode()
    assert json.loads(archive.read("data-saya.json"))["questions"][0][3] == [name]


def test_the_copy_holds_what_was_said_with_officers_and_sent_there(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    desk = office.signed_in("sari")
    desk.posts(f"/desk/tickets/{number}/talk")
    held = office.database.read(lambda tx: talks.of_chat(tx, chat.id))
    file = office.stores(Photo(), chat)

    def speak(tx: Any) -> None:
        talks.say(tx, held, "citizen", "text", "Ini suratnya, Bu", office.now)
        talks.say(tx, held, "citizen", "photo", "", office.now, file)
        talks.say(tx, held, "sari", "text", "Sudah benar", office.now)

    office.database.write(speak)
    archive = unpacked(office.browser().post(link(office, chat)))
    said = json.loads(archive.read("data-saya.json"))["talks"]
    assert [line[1:3] for line in said] == [
        ["citizen", "Ini suratnya, Bu"], ["citizen", ""], ["officer", "Sudah benar"],
    ]  # fmt: skip
    assert archive.read(said[1][3]) == grey_photo()
    page = archive.read("data-saya.html").decode()
    assert f'src="{said[1][3]}"' in page
    assert "Petugas: Sudah benar" in page
    assert "sari" not in archive.read("data-saya.json").decode()


def test_the_copy_holds_what_was_begun_and_not_sent(office):
    citizen = Citizen(office.database, office.house).starts("ktp_ganti").continues("kk_photo")
    for row in rows(office.database, ATTACHMENTS):
        office.vault.put(row.id, row.office_id, grey_photo())
    (chat,) = rows(office.database, CONVERSATIONS)
    archive = unpacked(office.browser().post(link(office, chat)))
    unsent = json.loads(archive.read("data-saya.json"))["unsent"]
    (begun,) = unsent["begun"]
    assert ["NIK", "3302271708900003"] in begun["answers"]
    name = "draf/01.jpg"
    assert unsent["files"] == [[name, "Surat kehilangan dari kantor polisi"]]
    assert archive.read(name) == grey_photo()
    page = archive.read("data-saya.html").decode()
    for words in ("Belum dikirim", "3302271708900003", f'src="{name}"'):
        assert words in page
    assert citizen.was_asked("kk_photo"), "a copy takes nothing away"


def test_the_copy_tells_when_they_were_to_come_and_came(office):
    number, chat = comes(office)
    comes(office, name="Orang Lain")
    pu = office.house.office("pu")
    ticket = office.database.read(lambda tx: tickets.look(tx, number))
    comer = Comer(
        person_id=ticket.person_id, chat_id=chat.id, service=ticket.service,
        ticket_id=ticket.id,
    )  # fmt: skip
    drawn = office.database.write(lambda tx: arrivals.come(tx, pu, comer, office.now))
    archive = unpacked(office.browser().post(link(office, chat)))
    told = json.loads(archive.read("data-saya.json"))["visits"]
    assert [row[1:] for row in told["booked"]] == [[pu.name, number, "booked"]]
    assert [row[1:] for row in told["drawn"]] == [[pu.name, arrivals.name(drawn), "waiting"]]
    page = archive.read("data-saya.html").decode()
    assert f"untuk {number}: sudah dijanjikan" in page
    assert f"nomor {arrivals.name(drawn)}: menunggu" in page


def test_what_was_sent_is_not_told_of_as_unsent(office):
    chat = office.chat()
    office.receives(chat=chat)
    page = unpacked(office.browser().post(link(office, chat))).read("data-saya.html").decode()
    assert "Belum dikirim" not in page


def test_voice_notes_are_handed_over_as_what_they_are(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    office.signed_in("sari").posts(f"/desk/tickets/{number}/talk")
    held = office.database.read(lambda tx: talks.of_chat(tx, chat.id))
    kinds = {"audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/amr": "amr"}
    for kind in kinds:
        file = office.stores(Photo(data=b"a voice", media_type=kind), chat)
        office.database.write(
            lambda tx, file=file: talks.say(tx, held, "citizen", "voice", "", office.now, file)
        )
    archive = unpacked(office.browser().post(link(office, chat)))
    said = json.loads(archive.read("data-saya.json"))["talks"]
    assert [line[3].rpartition(".")[2] for line in said] == list(kinds.values())
    page = archive.read("data-saya.html").decode()
    for *_, name in said:
        assert archive.read(name) == b"a voice"
        assert f'href="{name}"' in page
        assert f'src="{name}"' not in page


def test_a_wish_before_any_office_was_chosen_is_no_offices(office):
    chat = office.chat()
    office.database.write(
        lambda tx: conversations.consent(tx, "", chat.person_id, "2026-11", False, office.now)
    )
    archive = unpacked(office.browser().post(link(office, chat)))
    assert [given[1:] for given in json.loads(archive.read("data-saya.json"))["consents"]] == [
        [False, "2026-11", ""]
    ]
    assert "tidak setuju (naskah 2026-11)" in archive.read("data-saya.html").decode()


def test_what_an_office_hands_over_says_nothing_of_another(office):
    chat = office.chat()

    def wish(tx: Any) -> None:
        for place, given in (("pu", True), ("ma", False)):
            conversations.consent(tx, place, chat.person_id, "2026-11", given, office.now)
            state = "in" if given else "out"
            optins.keep(tx, place, chat.person_id, state, "menu", office.now)

    office.database.write(wish)
    request = wishes(office, chat, "export")
    archive = unpacked(office.signed_in("camat").posts(f"/desk/privacy/{request}/copy"))
    data = json.loads(archive.read("data-saya.json"))
    assert [row[1] for row in data["consents"]] == [True]
    assert [row[1] for row in data["news"]] == [True]


@pytest.mark.parametrize("how", ["damaged", "gone"])
def test_a_file_that_cannot_be_opened_does_not_cost_the_rest(office, how):
    chat = office.chat()
    number = office.receives(chat=chat)
    file = office.database.read(lambda tx: tickets.look(tx, number)).answers["police"][0]
    office.vault.delete(file)
    if how == "damaged":
        office.vault.put(file, "another office", b"sealed for somebody else")
    archive = unpacked(office.browser().post(link(office, chat)))
    assert [n for n in archive.namelist() if n.startswith(number)] == [f"{number}/02.jpg"]
    data = json.loads(archive.read("data-saya.json"))
    assert (data["missing"], data["files"]) == ([f"{number}/01.jpg"], [f"{number}/02.jpg"])
    page = archive.read("data-saya.html").decode()
    assert f"Berkas {number}/01.jpg tidak bisa disalin" in page
    assert f'src="{number}/01.jpg"' not in page


def test_only_what_that_chat_applied_for_is_in_the_copy(office):
    chat = office.chat()
    office.receives(chat=chat)
    other = office.receives(name="Orang Lain")
    page = unpacked(office.browser().post(link(office, chat))).read("data-saya.html").decode()
    assert other not in page
    assert "Orang Lain" not in page


def test_a_link_is_used_up_by_the_copy_and_not_by_a_preview(office):
    chat = office.chat()
    path, browser = link(office, chat), office.browser()
    for _ in range(3):
        assert "Ambil salinan" in browser.get(path).text
    assert browser.head(path).status_code == 200
    unpacked(browser.post(path))
    again = browser.post(path)
    assert again.status_code == 404
    assert "sudah tidak berlaku" in again.text
    assert browser.get(path).status_code == 404


def test_a_link_ends_after_a_day_and_a_wrong_one_never_was(office):
    path = link(office, office.chat())
    assert office.browser().get(f"{path}x").status_code == 404
    office.waits(hours=24)
    assert office.browser().get(path).status_code == 404
    assert office.browser().post(path).status_code == 404


def test_another_site_cannot_use_a_link_up(office):
    path = link(office, office.chat())
    answer = office.browser().post(path, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert office.browser().get(path).status_code == 200


def test_without_a_public_address_staff_hand_the_copy_over(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    wish = wishes(office, chat, "export")
    head = office.signed_in("camat")
    assert "Minta salinan data" in head.sees("/desk/privacy")
    assert f"{number}/01.jpg" in unpacked(head.posts(f"/desk/privacy/{wish}/copy")).namelist()
    assert "Tidak ada yang menunggu" in head.sees("/desk/privacy")
    assert "mengambil salinan data" in head.sees("/desk/audit?kind=data")


# --- erasing --------------------------------------------------------------------------


def test_a_head_decides_what_stays_and_the_rest_is_gone_with_its_photos(office, tmp_path):
    chat = office.chat(name="Slamet")
    kept, gone = office.receives(chat=chat), office.receives(chat=chat)
    wish = wishes(office, chat)
    head = office.signed_in("camat")
    page = head.sees("/desk/privacy")
    assert "Minta data dihapus" in page
    assert "Slamet" in page
    assert "Sisa 3 hari" in page
    assert kept in head.sees(f"/desk/privacy/{wish}")
    before = len([path for path in (tmp_path / "files").rglob("*") if path.is_file()])
    reason = {f"reason-{kept}": "Sudah jadi arsip."}
    answer = head.posts(f"/desk/privacy/{wish}", keep=kept, **reason)
    assert answer.status_code == 303, answer.text
    after = len([path for path in (tmp_path / "files").rglob("*") if path.is_file()])
    assert (before, after) == (4, 2)
    answers = [
        office.database.read(lambda tx, n=number: tickets.look(tx, n)).answers
        for number in (kept, gone)
    ]
    assert answers[0]["name"] == "Slamet Riyadi"
    assert answers[1] == {}
    assert f"{kept}: Sudah jadi arsip." in office.heard(chat)[-1].text
    assert "Sudah diputuskan" in head.sees(f"/desk/privacy/{wish}")
    assert head.posts(f"/desk/privacy/{wish}").status_code == 409
    assert head.http.get(f"/desk/tickets/{gone}").status_code == 200


def test_keeping_without_a_reason_is_sent_back_with_what_was_ticked(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    wish = wishes(office, chat)
    head = office.signed_in("camat")
    answer = head.posts(f"/desk/privacy/{wish}", keep=number)
    assert answer.status_code == 422
    assert "Tulis dulu alasannya" in answer.text
    assert f'value="{number}" checked' in answer.text


def test_a_limit_that_has_passed_is_told(office):
    wishes(office, office.chat())
    office.waits(hours=50)
    assert "Sisa 22 jam" in office.signed_in("camat").sees("/desk/privacy")
    office.waits(hours=30)
    assert "Lewat 8 jam" in office.signed_in("camat").sees("/desk/privacy")


@pytest.mark.parametrize("deed", ["", "/copy"])
def test_another_office_s_wish_is_not_there(office, deed):
    wish = wishes(office, office.chat(), "export" if deed else "erase")
    other = office.signed_in("lain")
    assert other.http.get(f"/desk/privacy/{wish}").status_code == 404
    assert other.posts(f"/desk/privacy/{wish}{deed}").status_code == 404
    assert other.posts(f"/desk/privacy/999{deed}").status_code == 404
    assert other.posts(f"/desk/privacy/{'9' * 30}{deed}").status_code == 404


# --- who looked -----------------------------------------------------------------------


def test_who_looked_at_a_citizen_is_listed_over_all_their_requests(office):
    chat = office.chat()
    one, other = office.receives(chat=chat), office.receives(chat=chat)
    sari = office.signed_in("sari")
    for number in (one, other):
        file = office.database.read(lambda tx, n=number: tickets.look(tx, n)).answers["police"][0]
        sari.http.get(f"/desk/files/{file}")
    page = office.signed_in("camat").sees(f"/desk/tickets/{one}/looks")
    assert page.count("Bu Sari") == 2
    assert other in page
    log = office.signed_in("camat").sees("/desk/audit?kind=data")
    assert "melihat siapa yang membuka data warga" in log
    assert office.signed_in("lain").http.get(f"/desk/tickets/{one}/looks").status_code == 404
