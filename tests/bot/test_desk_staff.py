"""The page of the staff over HTTP: inviting, roles, locking out, who has a second factor."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import talk
from desk_office import PASSWORD, DeskOffice, Officer, opened
from handlers import staff
from storage import audit


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, demanding=()) as office:
        office.hires("camat", "Pak Camat", role="head")
        office.hires("admin", "Bu Admin", role="admin")
        office.hires("sari", "Bu Sari")
        office.hires("lain", "Pak Lain", "ma")
        yield office


def role(office: DeskOffice, login: str = "sari") -> str:
    rows = office.database.read(lambda tx: staff.everyone(tx))
    return next(str(row.role) for row in rows if row.login == login)


def last_deed(office: DeskOffice) -> tuple[str, str, str]:
    row = office.database.read(lambda tx: audit.head(tx, "pu"))
    assert row is not None
    return row.actor, row.action, row.subject


def person(page: str, name: str) -> str:
    """One card of the page."""
    cards = re.split(r'<li class="card', page)
    return next(card for card in cards if f"<bdi>{name}</bdi></h2>" in card or name in card[:200])


def is_in(officer: Officer) -> bool:
    return officer.http.get("/desk").status_code == 200


def test_the_page_shows_who_works_here_and_how_safely(office):
    office.signed_in("sari")
    page = office.signed_in("camat").sees("/desk/staff")
    assert "Pak Lain" not in page
    sari = person(page, "Bu Sari")
    assert "Petugas" in sari
    assert "Terakhir masuk hari ini" in sari
    assert "sedang masuk di 1 perangkat" in sari
    assert "Tanpa kode HP" in sari
    assert "Belum pernah masuk" in person(page, "Bu Admin")


def test_an_invitation_is_shown_once_and_makes_one_account(office):
    head = office.signed_in("camat")
    answer = head.posts("/desk/staff/invite", role="kasi")
    link = re.search(r"http://[^<]+(/desk/invite/[\w-]+)", answer.text)
    assert link is not None
    assert link[1] not in head.sees("/desk/staff")
    new = {"login": "rina", "name": "Bu Rina", "password": PASSWORD, "again": PASSWORD}
    assert office.browser().post(link[1], data=new).status_code == 303
    assert role(office, "rina") == "kasi"
    assert office.browser().post(link[1], data={**new, "login": "budi"}).status_code == 404


def test_a_head_invites_no_administrator(office):
    answer = office.signed_in("camat").posts("/desk/staff/invite", role="admin")
    assert answer.status_code == 403
    assert office.signed_in("admin").posts("/desk/staff/invite", role="admin").status_code == 200


def test_a_new_role_counts_from_the_next_click(office):
    sari, head = office.signed_in("sari"), office.signed_in("camat")
    assert sari.http.get("/desk/audit").status_code == 403
    answer = head.posts("/desk/staff/sari/role", was="officer", role="kasi")
    assert answer.status_code == 303
    assert role(office) == "kasi"
    assert is_in(sari)
    assert last_deed(office) == ("camat", "staff.role", "sari")


def test_whoever_becomes_head_signs_in_anew(office):
    sari = office.signed_in("sari")
    office.signed_in("admin").posts("/desk/staff/sari/role", was="officer", role="head")
    assert not is_in(sari)


def test_of_two_who_change_a_role_at_once_one_is_told(office):
    head = office.signed_in("camat")
    assert head.posts("/desk/staff/sari/role", was="kasi", role="head").status_code == 409
    assert role(office) == "officer"


def test_whoever_is_locked_out_is_out_at_once_and_can_come_back(office):
    sari, head = office.signed_in("sari"), office.signed_in("camat")
    assert head.posts("/desk/staff/sari/disable").status_code == 303
    assert not is_in(sari)
    refused = office.browser().post("/desk/sign-in", data={"login": "sari", "password": PASSWORD})
    assert refused.status_code == 422
    assert "Akun ditutup" in person(head.sees("/desk/staff"), "Bu Sari")
    assert head.posts("/desk/staff/sari/disable").status_code == 409
    assert head.posts("/desk/staff/sari/enable").status_code == 303
    assert is_in(office.signed_in("sari"))


def test_all_browsers_of_somebody_are_signed_out(office):
    first, second, head = (office.signed_in(login) for login in ("sari", "sari", "camat"))
    head.posts("/desk/staff/sari/sign-out")
    assert not is_in(first)
    assert not is_in(second)
    assert last_deed(office) == ("camat", "staff.signed_out", "sari")


@pytest.mark.parametrize("deed", ["disable", "sign-out", "reset-factor", "role"])
def test_nobody_changes_themselves_or_an_administrator_above_them(office, deed):
    head = office.signed_in("camat")
    fields = {"was": "admin", "role": "officer"}
    assert head.posts("/desk/staff/admin/" + deed, **fields).status_code == 403
    assert head.posts("/desk/staff/camat/" + deed, **fields).status_code == 403
    assert role(office, "admin") == "admin"
    assert is_in(head)


@pytest.mark.parametrize("login", ["lain", "nobody", "%3Cb%3E"])
def test_another_office_s_staff_are_not_there(office, login):
    head = office.signed_in("camat")
    for deed in ("disable", "enable", "sign-out", "reset-factor", "role"):
        answer = head.posts(f"/desk/staff/{login}/{deed}", was="officer", role="officer")
        assert answer.status_code == 404
    assert head.posts("/desk/staff/sari/dance").status_code == 404
    assert role(office, "lain") == "officer"


def test_a_lost_phone_is_taken_off_the_account(office):
    head = office.signed_in("camat")
    assert head.posts("/desk/staff/sari/reset-factor").status_code == 303
    assert last_deed(office) == ("camat", "staff.factor_reset", "sari")


def test_the_app_gets_its_secret_by_a_picture_drawn_in_the_page(office):
    sari = office.signed_in("sari")
    sari.posts("/desk/account/factor", password=PASSWORD)
    page = sari.sees("/desk/account/factor")
    assert '<div class="qr" role="img"' in page
    assert "<svg" in page
    assert "style=" not in page
    assert "data:" not in page


# --- help -----------------------------------------------------------------------------


def test_help_with_a_service_names_its_fourteen_components(office):
    page = office.signed_in("sari").sees("/desk/help/ktp_ganti")
    assert page.count("<dt>") == 14
    for words in ("Langkah kerja", "Sering keliru", "1 hari kerja", "Surat kehilangan",
                  "UU 24/2013", "Belum dipastikan kantor", "Belum ditetapkan kantor"):  # fmt: skip
        assert words in page
    assert office.signed_in("sari").http.get("/desk/help/nothing").status_code == 404


def test_a_ticket_carries_the_help_with_its_service(office):
    page = office.signed_in("sari").sees(f"/desk/tickets/{office.receives()}")
    assert "Bantuan petugas" in page
    assert "/desk/help/ktp_ganti" in page


# --- sections -------------------------------------------------------------------------


@pytest.fixture
def divided(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    """An office with two sections."""
    sections = (
        '[{id = "pelayanan", label = "Seksi Pelayanan", services = ["ktp_ganti"]},'
        ' {id = "sosial", label = "Seksi Sosial", services = ["sktm"]}]'
    )
    house = talk.house(LOKET_OFFICES__PU__SECTIONS=sections)
    with opened(sqlite_url, tmp_path, house, demanding=()) as office:
        office.hires("admin", "Bu Admin", role="admin")
        office.hires("eko", "Pak Eko", role="kasi")
        office.hires("sari", "Bu Sari")
        yield office


def leads(office: DeskOffice, section: str, was: str = "", login: str = "eko") -> int:
    path = f"/desk/staff/{login}/section"
    return int(office.signed_in("admin").posts(path, was=was, section=section).status_code)


def test_an_administrator_says_which_section_somebody_leads(divided):
    admin = divided.signed_in("admin")
    assert "Memimpin seksi" in person(admin.sees("/desk/staff"), "Pak Eko")
    assert "Memimpin seksi" not in person(admin.sees("/desk/staff"), "Bu Sari")
    assert leads(divided, "sosial") == 303
    assert "Kepala seksi · Seksi Sosial" in person(admin.sees("/desk/staff"), "Pak Eko")
    assert last_deed(divided) == ("admin", "staff.section", "eko")
    assert leads(divided, "pelayanan", was="") == 409, "somebody was quicker"
    assert leads(divided, "keuangan", was="sosial") == 404
    assert leads(divided, "sosial", login="sari") == 409, "only heads of sections lead one"


def test_the_queue_of_a_head_of_section_begins_with_their_section_and_can_be_widened(divided):
    number = divided.receives()
    eko = divided.signed_in("eko")
    assert number in eko.sees()
    leads(divided, "sosial")
    page = eko.sees()
    assert number not in page
    assert "Seksi: Seksi Sosial" in page
    assert "Tidak ada yang cocok dengan saringan ini" in page
    wider = re.search(r'href="(/desk\?tab=work&(?:amp;)?section=all)"', page)
    assert wider is not None
    everything = eko.sees(wider[1].replace("&amp;", "&"))
    assert number in everything
    assert "Hapus semua saringan" not in everything
    assert 'href="/desk?tab=ready&section=all"' in everything
    assert number in eko.sees("/desk?tab=work&section=pelayanan")
    assert number in eko.sees("/desk?tab=work&section=")
    assert number in divided.signed_in("sari").sees()
    assert eko.http.get("/desk?section=keuangan").status_code == 404
