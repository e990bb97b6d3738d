"""Letters over HTTP: the draft, the issued PDF in the vault, its public page, its link in chat."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import paper
from desk_office import DeskOffice, Photo, opened
from handlers import letters as handler
from handlers.desk import Sight
from handlers.staff import Officer
from printed import codes, pages, text
from storage import letters, tickets
from talk import MONDAY
from talk import house as make_house

ANSWERS = {
    "applicant": "self", "ready": "yes", "consent": "yes", "nik": "3302271708900003",
    "name": "Yuni #Astuti", "kelurahan": "grendeng", "rt_rw": "RT 003 / RW 002",
    "street": "Jalan *Kenanga* 12 $x$", "since": "Maret 2023", "purpose": "daftar [sekolah]",
    "review": "send",
}  # fmt: skip
PHOTOS = {"rt_letter": [Photo()], "ktp": [Photo()], "kk_photo": [Photo()]}


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    public = make_house(LOKET_WEB__PUBLIC_URL="https://loket.example.go.id")
    with opened(sqlite_url, tmp_path) as office:
        object.__setattr__(office.house, "pages_url", public.pages_url)
        office.hires("sari", "Bu Sari")
        office.hires("rina", "Bu Rina", role="kasi")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def in_hand(office: DeskOffice, chat: Any = None) -> str:
    number = office.receives("domisili", chat=chat, photos=PHOTOS, **ANSWERS)
    office.moves(number, "take")
    return number


def in_force(office: DeskOffice, number: str) -> Any:
    def work(tx: Any) -> Any:
        return letters.of_ticket(tx, tickets.look(tx, number).id)[0]

    return office.database.read(work)


def test_a_draft_is_marked_and_bears_no_number(office):
    sari, number = office.signed_in(), in_hand(office)
    draft = sari.http.get(f"/desk/tickets/{number}/letter")
    assert draft.headers["content-type"] == "application/pdf"
    assert "Draf. Belum berlaku" in text(draft.content)
    assert "470/" not in text(draft.content)
    (page,) = pages(draft.content, dpi=60)
    assert codes(page) == []


def test_an_issued_letter_is_kept_encrypted_and_its_code_confirms_it(office):
    sari, number = office.signed_in(), in_hand(office)
    assert sari.posts(f"/desk/tickets/{number}/letter").status_code == 303
    row = in_force(office, number)
    assert (row.number, row.file) == ("470/001/XI/2026", f"letter-{row.token}")
    letter = sari.http.get(f"/desk/tickets/{number}/letter").content
    said = text(letter)
    for words in ("470/001/XI/2026", "Yuni #Astuti", "Jalan *Kenanga* 12 $x$", "daftar [sekolah]"):
        assert words in said
    assert office.vault.get(row.file, "pu") == letter
    blobs = b"".join(p.read_bytes() for p in office.vault._folder.rglob("letter-*"))
    assert b"%PDF" not in blobs
    (page,) = pages(letter)
    (address,) = codes(page)
    confirmed = office.browser().get(address.removeprefix(office.url)).text
    assert "Surat ini asli dan masih berlaku" in confirmed
    assert "Y. #." in confirmed or "Y. A." in confirmed
    for personal in ("Yuni", "3302271708900003", "Kenanga"):
        assert personal not in confirmed


def test_a_letter_whose_printing_was_cut_off_is_printed_when_it_is_opened(office):
    number = in_hand(office)
    officer = Officer("pu", "sari", "Bu Sari", "officer", "", office.now)
    office.database.write(
        lambda tx: handler.issue(tx, Sight.of(tx, office.house, officer, office.now), number)
    )
    assert in_force(office, number).file == ""
    sari = office.signed_in()
    letter = sari.http.get(f"/desk/tickets/{number}/letter")
    assert "470/001/XI/2026" in text(letter.content)
    assert in_force(office, number).file != ""


def test_a_letter_is_issued_once(office):
    sari, number = office.signed_in(), in_hand(office)
    path = f"/desk/tickets/{number}/letter"
    assert sari.posts(path).status_code == 303
    second = sari.posts(path)
    assert second.status_code == 409
    assert "sudah diterbitkan" in second.text


def test_a_head_of_section_takes_a_letter_back_and_an_officer_does_not(office):
    number = in_hand(office)
    sari, rina = office.signed_in(), office.signed_in("rina")
    sari.posts(f"/desk/tickets/{number}/letter")
    token = in_force(office, number).token
    path = f"/desk/tickets/{number}/letter/revoke"
    assert sari.posts(path, reason="Salah").status_code == 403
    assert rina.posts(path, reason="").status_code == 422
    assert rina.posts(path, reason="Alamat salah").status_code == 303
    assert "sudah dicabut" in office.browser().get(f"/v/{token}").text


def test_a_link_in_chat_shows_the_letter_only_when_it_is_asked_for(office):
    chat = office.chat()
    sari, number = office.signed_in(), in_hand(office, chat)
    sari.posts(f"/desk/tickets/{number}/letter")
    assert sari.posts(f"/desk/tickets/{number}/letter/send").status_code == 303
    told = office.heard(chat)[-1].text
    path = "/r/" + told.partition("/r/")[2].split()[0]
    browser = office.browser()
    preview = browser.get(path)
    assert "Buka surat" in preview.text
    assert "Yuni" not in preview.text
    assert "dibuka 0 kali" in sari.sees(f"/desk/tickets/{number}")
    assert "Yuni #Astuti" in text(browser.post(path).content)
    page = sari.sees(f"/desk/tickets/{number}")
    assert "dibuka 1 kali" in page
    assert "membuka surat di chat" in page
    office.waits(days=15)
    assert browser.get(path).status_code == 404
    assert browser.post(path).status_code == 404
    assert browser.get("/r/" + "x" * 43).status_code == 404


def test_the_register_lists_the_letters_of_the_year(office):
    sari, number = office.signed_in(), in_hand(office)
    sari.posts(f"/desk/tickets/{number}/letter")
    assert "470/001/XI/2026" in sari.sees("/desk/letters")
    assert "Belum ada surat di tahun 2025" in sari.sees("/desk/letters?year=2025")
    assert sari.http.get("/desk/letters?year=x").status_code == 404
    assert "470/001" not in office.signed_in("andi").sees("/desk/letters")


def test_letters_of_another_office_are_out_of_reach(office):
    sari, number = office.signed_in(), in_hand(office)
    sari.posts(f"/desk/tickets/{number}/letter")
    andi, path = office.signed_in("andi"), f"/desk/tickets/{number}/letter"
    assert andi.http.get(path).status_code == 404
    for action in ("", "/send"):
        assert andi.posts(path + action).status_code == 404


def test_no_letter_is_drawn_for_a_service_that_has_none(office):
    sari, number = office.signed_in(), office.receives()
    assert sari.http.get(f"/desk/tickets/{number}/letter").status_code == 404
    assert "Surat camat" not in sari.sees(f"/desk/tickets/{number}")


@pytest.mark.parametrize("name", sorted(make_house().letters))
def test_every_letter_prints_whatever_was_answered(name):
    house = make_house()
    flow = house.catalog("pu").services[name]
    hostile = '#panic() $x$ *t* "q" \\ [k] <l> @m ' + "W" * 300
    answers = {step.id: hostile for step in flow.steps if step.kind != "document"}
    data = {
        "draft": False, "number": "1/2", "title": "T", "office": hostile, "address": hostile,
        "government": hostile, "contact": "", "place": "P", "day": "1 Januari 2027",
        "signer": {"title": hostile, "name": hostile, "nip": "1"}, "until": "2 Januari",
        "ticket": "PU-2611-00001-4", "answers": answers, "chosen": {}, "check": "https://x/v/A",
        "qr": paper.qr("https://x/v/A"),
    }  # fmt: skip
    printed = text(paper.pdf(f"letter_{name}", data, MONDAY))
    assert printed.count("#panic() $x$ *t*") > 3
    empty = {**data, "answers": {}, "draft": True, "qr": ""}
    assert paper.pdf(f"letter_{name}", empty, MONDAY).startswith(b"%PDF")
