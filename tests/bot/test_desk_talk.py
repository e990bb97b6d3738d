"""Talking with a citizen at the desk, over HTTP: who may, what is shown, what is refused."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.channels.counter import Counter
from bot.fetcher import Fetcher
from bot.gate import Gate
from desk_office import PASSWORD, DeskOffice, grey_photo, opened, small_pdf
from flows.model import Said, Sent, Unsupported
from handlers.attachments import Found, judge
from handlers.inbound import Inbound, receive
from storage import staff_doors as rows_of
from storage import talks as talks_of
from storage.tables import (
    ATTACHMENTS,
    AUDIT,
    CANNED_REPLIES,
    STAFF_DOORS,
    TALK_WORDS,
    TALKS,
    VIEWS,
)
from talk import rows

SOUND = b"OggS" + b"voice" * 20


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        yield office


def writes(office: DeskOffice, chat, event, **more) -> None:
    """The citizen of that chat does something."""
    inbound = Inbound(chat.channel, f"u{next(office._ids)}", chat.address, event, "{}", **more)
    office.database.write(lambda tx: receive(tx, office.house, inbound, office.now))


def begun(office: DeskOffice, officer, number: str) -> str:
    answer = officer.posts(f"/desk/tickets/{number}/talk")
    assert answer.status_code == 303
    where: str = answer.headers["location"]
    return where


def said(office: DeskOffice, chat) -> list[str]:
    return [message.text for message in office.heard(chat)]


def test_an_officer_talks_with_the_citizen_of_a_ticket(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    sari = office.signed_in()
    assert "Bicara dengan warga" in sari.sees(f"/desk/tickets/{number}")
    where = begun(office, sari, number)
    assert office.woken
    answer = sari.posts(f"{where}/say", text="Selamat pagi, Pak.")
    assert answer.status_code == 303
    writes(office, chat, Said("Pagi, Bu <b>Sari</b>"))
    page = sari.sees(where)
    assert "Selamat pagi, Pak." in page
    assert "Pagi, Bu &lt;b&gt;Sari" in page
    assert "Warga menunggu balasan" in page
    assert "Pagi, Bu" in sari.sees(f"/desk/tickets/{number}")
    assert "Lanjutkan percakapan" in sari.sees(f"/desk/tickets/{number}")
    answer = sari.posts(f"{where}/end")
    assert answer.headers["location"] == f"/desk/tickets/{number}"
    assert "Percakapan dengan Bu Sari selesai" in said(office, chat)[-1]
    assert "Bicara lagi dengan warga" in sari.sees(where)


def test_an_officer_talks_with_whoever_asked_a_question(office):
    chat = office.is_asked("Buka jam berapa?")
    sari = office.signed_in()
    found = re.search(r'action="(/desk/questions/\d+/talk)"', sari.sees())
    where = sari.posts(found[1]).headers["location"]
    sari.posts(f"{where}/say", text="Jam 7.15.")
    assert said(office, chat)[-1] == "Bu Sari, petugas:\nJam 7.15."
    assert "Tidak ada yang menunggu balasan" in sari.sees()


@pytest.mark.parametrize("text", ["", "   ", "x" * 3001])
def test_what_cannot_be_sent_stays_in_the_field(office, text):
    sari = office.signed_in()
    where = begun(office, sari, office.receives())
    answer = sari.posts(f"{where}/say", text=text)
    assert answer.status_code == 422
    assert "maxlength" in answer.text
    assert text.strip() in answer.text


def test_a_colleague_sees_who_holds_the_chat_and_may_take_over(office):
    office.hires("budi", "Pak Budi")
    number = office.receives()
    sari, budi = office.signed_in(), office.signed_in("budi")
    where = begun(office, sari, number)
    assert begun(office, budi, number) == where
    assert "Bu Sari</bdi> sedang bicara" in budi.sees(where)
    assert budi.posts(f"{where}/say", text="Halo").status_code == 409
    assert budi.posts(f"{where}/take", holder="sari").status_code == 303
    assert sari.posts(f"{where}/say", text="Halo").status_code == 409
    assert sari.posts(f"{where}/take", holder="sari").status_code == 409


def test_another_office_finds_none_of_it(office):
    office.hires("ani", "Bu Ani", "ma")
    number = office.receives()
    sari, ani = office.signed_in(), office.signed_in("ani")
    where = begun(office, sari, number)
    assert ani.http.get(where).status_code == 404
    for path in ("say", "take", "end"):
        assert ani.posts(f"{where}/{path}", text="x", holder="sari").status_code == 404
    assert ani.posts(f"/desk/tickets/{number}/talk").status_code == 404
    assert ani.posts("/desk/questions/1/talk").status_code == 404
    assert sari.http.get("/desk/talks/999999999999999999999").status_code == 404


def test_nobody_talks_without_signing_in_or_without_the_form(office):
    number = office.receives()
    where = begun(office, office.signed_in(), number)
    stranger = office.browser()
    assert stranger.get(where).headers["location"] == f"/desk/sign-in?next={where}"
    sari = office.signed_in()
    for path in (f"{where}/say", f"{where}/end", f"/desk/tickets/{number}/talk"):
        assert sari.http.post(path, data={"csrf": "x", "text": "x"}).status_code == 403


def a_voice_note(office: DeskOffice, chat) -> str:
    writes(office, chat, Unsupported("voice"), remote={"file_id": "v", "voice": True})
    file = next(row.id for row in rows(office.database, ATTACHMENTS) if row.remote.get("voice"))
    kept = office.vault.put(file, "pu", SOUND)
    found = Found("stored", "good", "voice", "audio/ogg", kept.sha256, kept.size)
    office.database.write(lambda tx: judge(tx, office.house, file, found, office.now))
    return file


def test_a_voice_note_is_played_at_the_desk_and_the_look_is_written_down(office):
    office.hires("ani", "Bu Ani", "ma")
    chat = office.chat()
    number = office.receives(chat=chat)
    sari = office.signed_in()
    where = begun(office, sari, number)
    file = a_voice_note(office, chat)
    assert f'src="/desk/talks/files/{file}"' in sari.sees(where)
    played = sari.http.get(f"/desk/talks/files/{file}")
    assert played.content == SOUND
    assert played.headers["content-type"] == "audio/ogg"
    assert played.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in played.headers["content-security-policy"]
    assert played.headers["cache-control"] == "no-store"
    assert "Siapa yang membuka foto (1)" in sari.sees(f"/desk/tickets/{number}")
    assert office.signed_in("ani").http.get(f"/desk/talks/files/{file}").status_code == 404
    assert sari.http.get("/desk/talks/files/no-such-file-here").status_code == 404
    assert office.browser().get(f"/desk/talks/files/{file}").status_code == 303


async def fetches(office: DeskOffice, answer: "Future[Any]") -> None:
    """The fetcher at work, until the desk has answered."""
    clock, channels = (lambda: office.now), {"desk": Counter(office.vault)}
    fetcher = Fetcher(
        Gate(office.database), office.house, channels, office.vault, clock, lambda: None
    )
    while not answer.done():
        await fetcher.drain()
        await asyncio.sleep(0.05)
    await fetcher.close()


def encloses(office: DeskOffice, officer, where: str, data: bytes, **fields: str) -> Any:
    """The officer chooses a file in the talk's page, and sends it without scripts."""
    form = {"csrf": officer.csrf, **fields}
    files = {"file": ("surat.pdf", data, "application/pdf")}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(officer.http.post, f"{where}/file", data=form, files=files)
        asyncio.run(fetches(office, answer))
        return answer.result()


@pytest.mark.parametrize(("data", "kind"), [(small_pdf(), "pdf"), (grey_photo(), "photo")])
def test_an_officer_sends_the_citizen_a_file(office, data, kind):
    chat = office.chat()
    sari = office.signed_in()
    where = begun(office, sari, office.receives(chat=chat))
    answer = encloses(office, sari, where, data, caption="Ini formulirnya, Pak.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{where}#write")
    told = office.heard(chat)[-1]
    assert told.text == "Bu Sari, petugas:\nIni formulirnya, Pak."
    row = next(row for row in rows(office.database, ATTACHMENTS) if row.id == told.file)
    assert (row.kind, row.state) == (kind, "stored")
    assert f'/desk/talks/files/{row.id}"' in sari.sees(where)
    assert not list(office.vault._folder.rglob("raw-*"))


def test_what_is_no_photo_or_paper_goes_nowhere(office):
    chat = office.chat()
    sari = office.signed_in()
    where = begun(office, sari, office.receives(chat=chat))
    before = office.heard(chat)
    answer = encloses(office, sari, where, b"<html>bukan foto</html>")
    assert answer.status_code == 422
    assert "tidak bisa dibuka, jadi tidak dikirim" in answer.text
    assert office.heard(chat) == before


def test_files_are_sent_only_by_who_holds_the_chat_and_where_it_takes_them(office):
    office.hires("budi", "Pak Budi")
    office.hires("ani", "Bu Ani", "ma")
    chat = office.chat(phone="+6281234567890")
    sari, budi, ani = office.signed_in(), office.signed_in("budi"), office.signed_in("ani")
    where = begun(office, sari, office.receives(chat=chat))
    files = {"file": ("x.jpg", grey_photo(), "image/jpeg")}

    def tries(officer, **fields: str) -> int:
        form = {"csrf": officer.csrf, **fields}
        return int(officer.http.post(f"{where}/file", data=form, files=files).status_code)

    assert 'type="file"' in sari.sees(where)
    assert 'type="file"' not in budi.sees(where)
    assert (tries(budi), tries(ani), tries(sari, csrf="x")) == (409, 404, 403)
    office.waits(days=1)
    sari = office.signed_in()
    assert 'type="file"' not in sari.sees(where)
    assert tries(sari) == 422
    assert rows(office.database, TALK_WORDS) == []
    assert not list(office.vault._folder.rglob("raw-*"))


def test_a_photo_of_a_talk_carries_the_name_of_its_viewer_and_the_look_is_kept(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    sari = office.signed_in()
    where = begun(office, sari, number)
    writes(office, chat, Sent("file-of-the-talk"), remote={"file_id": "p"})
    kept = office.vault.put("file-of-the-talk", "pu", grey_photo())
    found = Found("stored", "good", "photo", "image/jpeg", kept.sha256, kept.size)
    office.database.write(lambda tx: judge(tx, office.house, "file-of-the-talk", found, office.now))
    assert "file-of-the-talk" in sari.sees(where)
    shown = [sari.http.get("/desk/talks/files/file-of-the-talk") for _ in range(2)]
    assert shown[0].headers["content-type"] == "image/jpeg"
    with Image.open(BytesIO(shown[0].content)) as picture:
        tones = picture.convert("L").getextrema()
    assert tones[1] - tones[0] > 20, "the picture was one even grey before"
    looks = [row for row in rows(office.database, VIEWS) if row.attachment_id == "file-of-the-talk"]
    assert len(looks) == 2
    logged = [row for row in rows(office.database, AUDIT) if row.action == "document.viewed"]
    assert [row.subject for row in logged] == ["file-of-the-talk"]


def asks_with_a_photo(office: DeskOffice, chat, file: str, text: str = "") -> None:
    """A citizen writes to an officer and sends a photo, which is examined."""
    writes(office, chat, Said("petugas"))
    writes(office, chat, Sent(file, text), remote={"file_id": "p"})
    kept = office.vault.put(file, "pu", grey_photo())
    found = Found("stored", "good", "photo", "image/jpeg", kept.sha256, kept.size)
    office.database.write(lambda tx: judge(tx, office.house, file, found, office.now))


def test_the_queue_links_to_the_photos_of_a_question_and_every_look_is_kept(office):
    office.hires("ani", "Bu Ani", "ma")
    chat = office.chat()
    number = office.receives(chat=chat)
    asks_with_a_photo(office, chat, "file-of-a-question", "Surat ini <b>berlaku</b>?")
    writes(office, chat, Sent("file-on-its-way-yet"), remote={"file_id": "q"})
    sari = office.signed_in()
    page = sari.sees()
    assert "Surat ini &lt;b&gt;berlaku" in page
    assert "Dikirim 2 berkas:" in page
    assert 'href="/desk/talks/files/file-of-a-question">Foto 1</a> · sedang dibuka' in page
    assert "file-on-its-way-yet" not in page
    shown = [sari.http.get("/desk/talks/files/file-of-a-question") for _ in range(2)]
    assert shown[0].headers["content-type"] == "image/jpeg"
    assert "sandbox" in shown[0].headers["content-security-policy"]
    with Image.open(BytesIO(shown[0].content)) as picture:
        tones = picture.convert("L").getextrema()
    assert tones[1] - tones[0] > 20, "the picture was one even grey before"
    looks = [row for row in rows(office.database, VIEWS) if row.attachment_id.endswith("question")]
    assert len(looks) == 2
    assert "Siapa yang membuka foto (2)" in sari.sees(f"/desk/tickets/{number}")
    ani = office.signed_in("ani")
    assert "berkas:" not in ani.sees()
    assert ani.http.get("/desk/talks/files/file-of-a-question").status_code == 404
    assert sari.http.get("/desk/talks/files/file-on-its-way-yet").status_code == 404
    assert sari.http.get("/desk/files/file-of-a-question").status_code == 404
    assert office.browser().get("/desk/talks/files/file-of-a-question").status_code == 303


def test_the_photo_of_somebody_without_a_request_is_seen_in_the_talk(office):
    asks_with_a_photo(office, office.chat(), "file-of-a-question")
    sari = office.signed_in()
    found = re.search(r'action="(/desk/questions/\d+/talk)"', sari.sees())
    where = sari.posts(found[1]).headers["location"]
    assert '<img src="/desk/talks/files/file-of-a-question"' in sari.sees(where)
    assert sari.http.get("/desk/talks/files/file-of-a-question").status_code == 200
    logged = [row for row in rows(office.database, AUDIT) if row.action == "document.viewed"]
    assert [row.subject for row in logged] == ["file-of-a-question"]


def test_a_chat_is_linked_with_a_code_that_only_the_owner_sees(office):
    sari = office.signed_in()
    wrong = sari.posts("/desk/account/doors", password="salah sekali")
    assert wrong.status_code == 422
    assert "sambungkan" not in wrong.text
    shown = sari.posts("/desk/account/doors", password=PASSWORD)
    code = re.search(r"sambungkan (\d{4} \d{4})", shown.text)
    chat = office.chat()
    writes(office, chat, Said(f"sambungkan {code[1]}"))
    page = sari.sees("/desk/account")
    assert "Tersambung" in page
    assert code[1] not in page
    assert sari.posts("/desk/account/doors/close", channel="telegram").status_code == 303
    assert rows(office.database, STAFF_DOORS) == []


def test_two_officers_who_begin_at_once_find_one_talk(office):
    office.hires("budi", "Pak Budi")
    number = office.receives()
    for login in ("sari", "budi", "sari"):
        begun(office, office.signed_in(login), number)
    (talk,) = rows(office.database, TALKS)
    assert talk.officer == "sari"
    assert office.database.read(lambda tx: rows_of.of_office(tx, "pu")) == []


# --- what is said often -----------------------------------------------------------------


def test_a_canned_reply_is_put_into_the_field_with_its_variables_filled_in(office):
    number = office.receives()
    sari = office.signed_in()
    where = begun(office, sari, number)
    page = sari.posts(f"{where}/say", text="Halo.", do="insert", canned="Sedang diperiksa").text
    field = unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1])
    assert field.startswith(f"Halo.\nPermohonan {number} sedang kami periksa.")
    assert "Selasa, 24 November" in field
    page = sari.posts(f"{where}/say", text="", do="insert", canned="Salam pembuka").text
    assert "Selamat pagi, Slamet Riyadi. Saya dari Kecamatan Purwokerto Utara." in page
    assert sari.posts(f"{where}/say", text="x", do="insert", canned="nothing").status_code == 200
    assert office.database.read(lambda tx: talks_of.words(tx, "pu", [1, 2, 3])) == []


def test_what_is_not_known_is_left_for_the_officer_to_see(office):
    office.is_asked("Halo?")
    sari = office.signed_in()
    found = re.search(r'action="(/desk/questions/\d+/talk)"', sari.sees())
    where = sari.posts(found[1]).headers["location"]
    page = sari.posts(f"{where}/say", text="", do="insert", canned="Penutup").text
    assert "Terima kasih, …." in page


def test_an_office_writes_its_own_replies_and_no_other_sees_them(office):
    office.hires("ani", "Bu Ani", "ma")
    sari, ani = office.signed_in(), office.signed_in("ani")
    assert (
        sari.posts(
            "/desk/replies", title="Hari libur", text="{kantor} libur hari Minggu."
        ).status_code
        == 303
    )
    assert "Hari libur" in sari.sees("/desk/replies")
    assert "Hari libur" not in ani.sees("/desk/replies")
    sari.posts("/desk/replies", title="Gratis", text="Gratis, {nama}.")
    assert "Gratis, {nama}." in sari.sees("/desk/replies")
    ani.posts("/desk/replies/drop", title="Hari libur")
    assert "Hari libur" in sari.sees("/desk/replies")
    sari.posts("/desk/replies/drop", title="Gratis")
    assert "Gratis, {nama}." not in sari.sees("/desk/replies")
    assert "Kalau ada yang minta uang" in sari.sees("/desk/replies")


@pytest.mark.parametrize(
    ("title", "text"),
    [("", "x"), ("x" * 41, "x"), ("x", " "), ("x", "x" * 1501), ("x", "{nik}"), ("x", "{nama"),
     ("x", "{}"), ("x", "{nama.__class__}"), ("x", "{nama!r}"), ("x", "{nama:>99999999}")],
)  # fmt: skip
def test_a_reply_that_could_not_be_filled_in_is_not_kept(office, title, text):
    sari = office.signed_in()
    answer = sari.posts("/desk/replies", title=title, text=text)
    assert answer.status_code == 422
    assert rows(office.database, CANNED_REPLIES) == []


def test_the_queue_shows_the_talks_that_go_on_and_who_waits(office):
    office.hires("ani", "Bu Ani", "ma")
    chat = office.chat()
    number = office.receives(chat=chat)
    sari = office.signed_in()
    where = begun(office, sari, number)
    assert f'href="{where}"' in sari.sees()
    assert "Menunggu balasan" not in sari.sees()
    writes(office, chat, Said("Halo Bu?"))
    assert "Menunggu balasan" in sari.sees()
    assert where not in office.signed_in("ani").sees()
    sari.posts(f"{where}/end")
    assert where not in sari.sees()
