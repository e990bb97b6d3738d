"""The counter over HTTP: passes for everybody, scanning, slips and handing over for officers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk_office import DeskOffice, opened
from printed import codes, pages, text
from storage import collections, passes, tickets

ADDRESS = "https://loket.example.go.id"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    """Bu Sari works at one office, Pak Andi at another."""
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("andi", "Pak Andi", "ma")
        yield office


@pytest.fixture
def sari(office: DeskOffice) -> Any:
    return office.signed_in("sari")


def token(office: DeskOffice, sari: Any, number: str) -> str:
    sari.sees(f"/desk/tickets/{number}")
    assert sari.http.get(f"/desk/tickets/{number}/slip").status_code == 200
    return str(office.database.read(lambda tx: passes.of_ticket(tx, tickets.look(tx, number).id)))


def ready(office: DeskOffice, chat: Any = None) -> str:
    number = office.receives(chat=chat)
    office.moves(number, "take")
    office.moves(number, "finish")
    return number


# --- passes -----------------------------------------------------------------------------


def test_a_pass_shows_number_state_and_promise_but_no_person(office, sari):
    number = office.receives()
    page = office.browser().get(f"/p/{token(office, sari, number)}")
    assert page.status_code == 200
    assert number in page.text
    assert "Menunggu diperiksa petugas" in page.text
    assert "Tunjukkan halaman ini di loket" in page.text
    for personal in ("Slamet", "3302271708900003", "3302270102150004", "grendeng"):
        assert personal not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex"


def test_an_officer_of_that_office_comes_to_the_ticket_and_no_other_does(office, sari):
    number = office.receives()
    secret = token(office, sari, number)
    answer = sari.http.get(f"/p/{secret}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/tickets/{number}")
    foreign = office.signed_in("andi").http.get(f"/p/{secret}")
    assert foreign.status_code == 200


def test_a_wrong_pass_is_told_kindly_and_guessing_gets_slow(office):
    browser = office.browser()
    answers = [browser.get("/p/AAAAAAAAAAAA").status_code for _ in range(40)]
    assert set(answers[:30]) == {404}
    assert set(answers[-5:]) == {429}
    office.waits(hours=2)
    assert "Nomor tidak ditemukan" in browser.get("/p/AAAAAAAAAAAA").text


def test_opening_a_right_pass_again_and_again_never_gets_slow(office, sari):
    path = f"/p/{token(office, sari, office.receives())}"
    assert {office.browser().get(path).status_code for _ in range(60)} == {200}


# --- scanning ---------------------------------------------------------------------------


def test_scanning_a_pass_leads_to_its_ticket(office, sari):
    number = office.receives()
    secret = token(office, sari, number)
    for typed in (f"{ADDRESS}/p/{secret}", secret, number):
        answer = sari.posts("/desk/scan", code=typed)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/tickets/{number}")


def test_what_was_scanned_in_vain_is_told(office, sari):
    answer = sari.posts("/desk/scan", code="PU-2611-00042-7")
    assert answer.status_code == 422
    assert "tidak ada di kantor ini" in answer.text


def test_another_offices_ticket_is_not_found_by_scanning(office, sari):
    number = office.receives()
    secret = token(office, sari, number)
    andi = office.signed_in("andi")
    assert {andi.posts("/desk/scan", code=each).status_code for each in (number, secret)} == {422}


# --- slips ------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["58", "80", "a4"])
def test_a_slip_is_a_pdf_with_number_promise_and_a_code_that_leads_to_the_pass(office, sari, paper):
    number = office.receives()
    answer = sari.http.get(f"/desk/tickets/{number}/slip?paper={paper}")
    assert answer.headers["content-type"] == "application/pdf"
    said = text(answer.content)
    assert number in said
    assert "Kabar paling lambat Selasa, 24 November" in said
    (page,) = pages(answer.content)
    (address,) = codes(page)
    path = address.removeprefix(office.url)
    assert re.fullmatch(r"/p/[2-9A-Z]{12}", path)
    assert number in office.browser().get(path).text


def test_a_slip_of_a_chat_offers_no_code_to_join_it(office, sari):
    answer = sari.http.get(f"/desk/tickets/{office.receives()}/slip")
    assert "sambungkan" not in text(answer.content)


def test_there_is_no_slip_of_another_office_or_for_strangers_or_on_odd_paper(office, sari):
    number = office.receives()
    slip = f"/desk/tickets/{number}/slip"
    assert office.signed_in("andi").http.get(slip).status_code == 404
    assert office.browser().get(slip).status_code == 303
    assert sari.http.get(f"{slip}?paper=99").status_code == 404
    assert sari.http.get("/desk/tickets/PU-2611-00042-7/slip").status_code == 404


# --- handing over -----------------------------------------------------------------------


def collected(office: DeskOffice, number: str) -> Any:
    return office.database.read(lambda tx: collections.of_ticket(tx, tickets.look(tx, number).id))


def test_handing_over_to_the_applicant_is_kept_and_told(office, sari):
    chat = office.chat()
    number = ready(office, chat)
    sari.shows(number, "police", "kk_photo")
    answer = sari.posts(f"/desk/tickets/{number}/collect", collector="self")
    assert answer.status_code == 303
    assert (collected(office, number).collector, collected(office, number).officer) == (
        "self", "sari",
    )  # fmt: skip
    assert "sudah selesai dan diambil" in office.heard(chat)[-1].text


def test_a_proxy_is_named_with_relation_and_mandate(office, sari):
    chat = office.chat()
    number = ready(office, chat)
    sari.shows(number, "police", "kk_photo")
    path = f"/desk/tickets/{number}/collect"
    assert "Tulis nama yang mengambil" in sari.posts(path, collector="proxy", mandate="yes").text
    half = {"collector": "proxy", "name": "Budi Santoso", "relation": "anak"}
    assert "Lihat dulu surat kuasanya" in sari.posts(path, **half).text
    assert sari.posts(path, **half, mandate="yes", note="KTP dicocokkan.").status_code == 303
    kept = collected(office, number)
    assert (kept.collector, kept.name, kept.relation) == ("proxy", "Budi Santoso", "anak")
    told = office.heard(chat)[-1].text
    assert "Diambil oleh Budi Santoso (anak), dengan surat kuasa." in told
    assert "Diambil oleh Budi Santoso" in sari.sees(f"/desk/tickets/{number}")


def test_a_result_is_handed_over_once(office, sari):
    number = ready(office)
    sari.shows(number, "police", "kk_photo")
    path = f"/desk/tickets/{number}/collect"
    assert sari.posts(path, collector="self").status_code == 303
    assert sari.posts(path, collector="self").status_code == 409


def test_an_original_that_was_not_shown_is_excused_to_colleagues(office, sari):
    chat = office.chat()
    number = ready(office, chat)
    path = f"/desk/tickets/{number}/collect"
    answer = sari.posts(path, collector="self")
    assert answer.status_code == 422
    assert "Centang dulu asli yang ditunjukkan" in answer.text
    assert collected(office, number) is None
    assert sari.posts(path, collector="self", excuse="KK masih di Dukcapil.").status_code == 303
    assert "KK masih di Dukcapil." in sari.sees(f"/desk/tickets/{number}")
    assert "Dukcapil" not in office.heard(chat)[-1].text


def test_another_office_hands_nothing_over(office):
    number = ready(office)
    andi = office.signed_in("andi")
    assert andi.posts(f"/desk/tickets/{number}/collect", collector="self").status_code == 404
    assert collected(office, number) is None
