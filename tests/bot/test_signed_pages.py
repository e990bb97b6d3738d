"""Results as they were signed: uploaded over HTTP, sent in chat, confirmed by their page."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest

import pictures
from desk_office import DeskOffice, Photo, opened, small_pdf
from handlers import staff
from printed import codes, pages, text
from storage import erasure, letters, tickets
from storage.tables import ATTACHMENTS, DOOMED_FILES, SIGNED
from talk import house as make_house
from talk import rows

PHOTO = pictures.jpeg(pictures.card("letter", size=(960, 1280), fill=1.0))
NAME, NIK = "Yuni", "3302271708900003"
ANSWERS = {
    "applicant": "self", "ready": "yes", "consent": "yes", "nik": NIK, "name": "Yuni Astuti",
    "kelurahan": "grendeng", "rt_rw": "RT 003 / RW 002", "street": "Jalan Kenanga 12",
    "since": "Maret 2023", "purpose": "daftar sekolah", "review": "send",
}  # fmt: skip
PHOTOS = {"rt_letter": [Photo()], "ktp": [Photo()], "kk_photo": [Photo()]}


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    public = make_house(LOKET_WEB__PUBLIC_URL="https://loket.example.go.id")
    with opened(sqlite_url, tmp_path) as office:
        object.__setattr__(office.house, "pages_url", public.pages_url)
        office.hires("sari", "Bu Sari")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def in_hand(office: DeskOffice, chat: Any = None) -> str:
    number = office.receives("domisili", chat=chat, photos=PHOTOS, **ANSWERS)
    office.moves(number, "take")
    return number


def signs(officer: Any, number: str, data: bytes, **fields: str) -> httpx.Response:
    """Upload a scan as the page does without scripts."""
    form = {"csrf": officer.csrf, **fields}
    files = {"file": ("pindai.pdf", data, "application/pdf")}
    answer: httpx.Response = officer.http.post(
        f"/desk/tickets/{number}/signed", data=form, files=files
    )
    return answer


def kept(office: DeskOffice) -> list[Any]:
    return rows(office.database, SIGNED)


def paper(office: DeskOffice) -> bytes:
    """The signed result that was uploaded last, as the citizen gets it."""
    return office.vault.get(kept(office)[-1].file, "pu")


def link(office: DeskOffice, chat: Any) -> str:
    told = office.heard(chat)[-1].text
    return "/r/" + told.partition("/r/")[2].split()[0]


def test_a_scan_is_bound_with_a_sheet_whose_code_confirms_it(office):
    sari, number = office.signed_in(), in_hand(office)
    assert "Unggah hasil pindai" in sari.sees(f"/desk/tickets/{number}")
    assert signs(sari, number, small_pdf()).status_code == 303
    (row,) = kept(office)
    assert (row.number, row.state, row.by) == (number, "current", "sari")
    whole = paper(office)
    assert len(pages(whole, dpi=30)) == 3
    assert "Lembar pengecek keaslian" in text(whole)
    (address,) = codes(pages(whole)[-1])
    confirmed = office.browser().get(address.removeprefix(office.url)).text
    assert "diterbitkan kantor kami dan masih berlaku" in confirmed
    assert number in confirmed
    assert row.sha256[:8] in confirmed
    for personal in (NAME, NIK, "Kenanga"):
        assert personal not in confirmed
        assert personal not in text(whole)
    blobs = b"".join(p.read_bytes() for p in office.vault._folder.rglob("signed-*"))
    assert b"%PDF" not in blobs
    page = sari.sees(f"/desk/tickets/{number}")
    assert "menyimpan hasil bertanda tangan" in page
    assert "Foto lain yang pernah dikirim" not in page


def test_what_the_officer_looks_at_carries_their_name_and_what_the_citizen_gets_does_not(office):
    sari, number = office.signed_in(), in_hand(office)
    signs(sari, number, small_pdf())
    shown = sari.http.get(f"/desk/files/{kept(office)[0].file}")
    assert "Bu Sari" in text(shown.content)
    assert "Bu Sari" not in text(paper(office))
    assert "Siapa yang membuka foto (1)" in sari.sees(f"/desk/tickets/{number}")
    assert office.signed_in("andi").http.get(shown.url.path).status_code == 404


def test_a_photo_becomes_a_pdf_that_comes_to_the_chat_as_a_file_and_as_a_link(office):
    chat = office.chat()
    sari, number = office.signed_in(), in_hand(office, chat)
    assert signs(sari, number, PHOTO).status_code == 303
    assert len(pages(paper(office), dpi=30)) == 2
    assert sari.posts(f"/desk/tickets/{number}/signed/send").status_code == 303
    told = office.heard(chat)[-1]
    assert told.file == kept(office)[0].file
    assert f"/v/{kept(office)[0].token}" in told.text
    browser = office.browser()
    assert "Buka surat" in browser.get(link(office, chat)).text
    assert "dibuka 0 kali" in sari.sees(f"/desk/tickets/{number}")
    assert browser.post(link(office, chat)).content == paper(office)
    assert "dibuka 1 kali" in sari.sees(f"/desk/tickets/{number}")
    office.waits(days=15)
    assert browser.post(link(office, chat)).status_code == 404


def test_where_no_page_of_ours_can_be_reached_the_file_alone_is_sent(office):
    object.__setattr__(office.house, "pages_url", "")
    chat = office.chat()
    sari, number = office.signed_in(), in_hand(office, chat)
    signs(sari, number, small_pdf())
    assert sari.posts(f"/desk/tickets/{number}/signed/send").status_code == 303
    told = office.heard(chat)[-1]
    assert told.file == kept(office)[0].file
    assert "Suratnya kami kirim bersama pesan ini" in told.text
    assert "/r/" not in told.text


def test_a_chat_that_takes_no_files_now_gets_the_link_alone(office):
    chat = office.chat(phone="+6281234567890")
    sari, number = office.signed_in(), in_hand(office, chat)
    signs(sari, number, small_pdf())
    office.waits(days=1)
    office.signed_in().posts(f"/desk/tickets/{number}/signed/send")
    told = office.heard(chat)[-1]
    assert told.file == ""
    assert (told.template, told.values["link"][-8:]) == ("result_sent", link(office, chat)[-8:])


def test_an_issued_letter_gives_its_number_and_taking_it_back_takes_the_scan_back(office):
    chat = office.chat()
    sari, number = office.signed_in(), in_hand(office, chat)
    sari.posts(f"/desk/tickets/{number}/letter")
    signs(sari, number, small_pdf())
    sari.posts(f"/desk/tickets/{number}/signed/send")
    (row,) = kept(office)
    assert row.number == "470/001/XI/2026"
    page = office.browser().get(f"/v/{row.token}").text
    assert "470/001/XI/2026" in page
    assert "Berlaku sampai" in page
    letter = office.database.read(lambda tx: letters.of_ticket(tx, tickets.look(tx, number).id)[0])
    office.database.write(
        lambda tx: letters.revoke(tx, letter.id, "rina", "Alamat salah", office.now)
    )
    assert "sudah dicabut" in office.browser().get(f"/v/{row.token}").text
    assert office.browser().post(link(office, chat)).status_code == 404
    assert sari.posts(f"/desk/tickets/{number}/signed/send").status_code == 422


def test_the_page_holds_a_file_against_what_was_issued_and_keeps_nothing_of_it(office):
    sari, number = office.signed_in(), in_hand(office)
    signs(sari, number, small_pdf())
    (row,), whole = kept(office), paper(office)
    before = sorted(p.name for p in office.vault._folder.rglob("*"))

    def compared(data: bytes) -> str:
        files = {"file": ("surat.pdf", data, "application/pdf")}
        return office.browser().post(f"/v/{row.token}", files=files).text

    assert "sama persis" in compared(whole)
    assert "berbeda dengan yang kami terbitkan" in compared(whole[:-1] + b"x")
    assert sorted(p.name for p in office.vault._folder.rglob("*")) == before


def test_a_newer_scan_replaces_the_older_one_whose_bytes_and_links_go(office):
    chat = office.chat()
    sari, number = office.signed_in(), in_hand(office, chat)
    signs(sari, number, small_pdf())
    sari.posts(f"/desk/tickets/{number}/signed/send")
    assert signs(sari, number, PHOTO).status_code == 303
    old, new = kept(office)
    assert (old.state, new.state) == ("replaced", "current")
    assert "sudah diganti" in office.browser().get(f"/v/{old.token}").text
    assert office.browser().post(link(office, chat)).status_code == 404
    assert [row.id for row in rows(office.database, DOOMED_FILES)] == [old.file]
    assert sari.http.get(f"/desk/files/{old.file}").status_code == 404


def test_the_wrong_scan_is_taken_back(office):
    sari, number = office.signed_in(), in_hand(office)
    signs(sari, number, small_pdf())
    assert sari.posts(f"/desk/tickets/{number}/signed/drop").status_code == 303
    (row,) = kept(office)
    assert "sudah dicabut" in office.browser().get(f"/v/{row.token}").text
    assert [each.id for each in rows(office.database, DOOMED_FILES)] == [row.file]
    assert sari.posts(f"/desk/tickets/{number}/signed/drop").status_code == 422
    assert sari.posts(f"/desk/tickets/{number}/signed/send").status_code == 422


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(small_pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="x", user="y"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>surat</html>", "tidak bisa dibuka"),
        (locked(), "kata sandi"),
        (small_pdf() + b"\n/ByteRange [0 1 2 3]\n", "tanda tangan elektronik"),
    ],
)
def test_what_is_no_scan_is_refused_with_its_reason(office, data, words):
    sari, number = office.signed_in(), in_hand(office)
    answer = signs(sari, number, data)
    assert answer.status_code == 422
    assert words in answer.text
    assert kept(office) == []
    assert not list(office.vault._folder.rglob("signed-*"))


def test_only_the_own_office_uploads_and_only_while_the_request_is_in_hand(office):
    sari, andi, number = office.signed_in(), office.signed_in("andi"), in_hand(office)
    assert signs(andi, number, small_pdf()).status_code == 404
    assert signs(sari, number, small_pdf(), csrf="x").status_code == 403
    fresh = office.receives("domisili", photos=PHOTOS, **ANSWERS)
    assert signs(sari, fresh, small_pdf()).status_code == 409
    assert "Unggah hasil pindai" not in sari.sees(f"/desk/tickets/{fresh}")
    assert kept(office) == []


def test_erasing_a_request_leaves_of_its_result_only_that_it_was_issued(office):
    sari, number = office.signed_in(), in_hand(office)
    signs(sari, number, small_pdf())
    ticket = office.database.read(lambda tx: tickets.look(tx, number))
    office.database.write(lambda tx: erasure.tickets(tx, [ticket.id]))
    (row,) = kept(office)
    assert (row.state, row.initials, row.sha256) == ("erased", "", "")
    assert row.file in {each.id for each in rows(office.database, DOOMED_FILES)}
    state = {each.id: each.state for each in rows(office.database, ATTACHMENTS)}
    assert state[row.file] == "erased"
    page = office.browser().get(f"/v/{row.token}").text
    assert number in page
    assert "Cocokkan</button>" not in page


# --- by phone -------------------------------------------------------------------------------


def shown(office: DeskOffice, officer: Any, number: str) -> str:
    """The address in the code that the desk shows for a phone."""
    page = officer.posts(f"/desk/tickets/{number}/signed/phone").text
    assert "Pindai kode ini dengan HP" in page
    found = re.search(r"/s/[A-Za-z0-9_-]+", page)
    assert found is not None
    return found.group()


def test_a_phone_that_scans_the_code_takes_the_picture_for_this_ticket_alone(office):
    sari, number = office.signed_in(), in_hand(office)
    phone, path = office.browser(), shown(office, sari, number)
    assert number not in path
    assert "Kirim foto" in phone.get(path).text
    assert NAME not in phone.get(path).text
    files = {"file": ("foto.jpg", PHOTO, "image/jpeg")}
    answer = phone.post(path, files=files)
    assert answer.status_code == 303
    assert "Tersimpan" in phone.get(answer.headers["location"]).text
    (row,) = kept(office)
    assert (row.number, row.by) == (number, "sari")
    assert "Kirim hasil ke chat warga" in sari.sees(f"/desk/tickets/{number}")
    wrong = phone.post(path, files={"file": ("x.jpg", b"<html>", "image/jpeg")})
    assert (wrong.status_code, "tidak bisa dibuka" in wrong.text) == (422, True)
    office.waits(minutes=15)
    assert phone.get(path).status_code == 404
    assert phone.post(path, files=files).status_code == 404
    assert phone.get("/s/" + "x" * 200).status_code == 404
    assert len(kept(office)) == 1


def test_the_code_of_somebody_who_was_locked_out_opens_nothing(office):
    sari, number = office.signed_in(), in_hand(office)
    path = shown(office, sari, number)
    office.database.write(lambda tx: staff.disable(tx, "sari", office.now))
    assert office.browser().get(path).status_code == 404
