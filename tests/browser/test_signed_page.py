"""A signed result in a real browser: uploaded without scripts, confirmed on a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import talk
from barriers import does_not_overflow, faults
from desk_browser import Visit
from desk_office import DeskOffice, opened, small_pdf
from printed import codes
from printed import opened as seen
from storage.tables import SIGNED
from talk import rows

SECTIONS = (
    '[{id = "pelayanan", label = "Seksi Pelayanan Umum", services = ["ktp_ganti"]},'
    ' {id = "sosial", label = "Seksi Sosial", services = ["sktm"]}]'
)


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    house = talk.house(LOKET_OFFICES__PU__SECTIONS=SECTIONS)
    with opened(sqlite_url, tmp_path, house, demanding=()) as office:
        office.hires("sari", "Bu Sari")
        office.hires("eko", "Pak Eko", role="kasi")
        office.hires("admin", "Bu Admin", role="admin")
        yield office


@pytest.fixture
def visits(chromium: Browser, office: DeskOffice) -> Iterator[Any]:
    opened: list[Visit] = []

    def visit(screen: str = "desk", scripts: bool = True) -> Visit:
        opened.append(Visit(chromium, office, screen, scripts))
        return opened[-1]

    yield visit
    for each in opened:
        each.context.close()


@pytest.mark.parametrize(("screen", "scripts"), [("desk", True), ("phone", False)])
def test_an_officer_uploads_a_signed_result_and_anybody_can_check_it(
    office, visits, tmp_path, screen, scripts
):
    chat = office.chat()
    number = office.receives(chat=chat)
    office.moves(number, "take")
    scan = tmp_path / "pindai.pdf"
    scan.write_bytes(small_pdf())
    visit = visits(screen, scripts)
    page = visit.signs_in()
    page.goto(f"/desk/tickets/{number}")
    page.get_by_text("Unggah hasil pindai").click()
    page.get_by_label("Foto atau PDF yang sudah ditandatangani").set_input_files(scan)
    page.get_by_role("button", name="Simpan hasil").click()
    expect(page.get_by_role("status")).to_contain_text("Tersimpan. Lihat dulu hasilnya")
    assert does_not_overflow(page)
    assert not scripts or faults(page) == []
    page.screenshot(path=tmp_path / f"ticket-{screen}.png", full_page=True)
    page.get_by_role("button", name="Kirim hasil ke chat warga").click()
    expect(page.get_by_role("status")).to_contain_text("dikirim ke chat warga")
    (row,) = rows(office.database, SIGNED)
    assert office.heard(chat)[-1].file == row.file

    anybody = visits("phone", scripts)
    public = anybody.page
    public.goto(f"/v/{row.token}")
    public.get_by_label("Pilih berkasnya").set_input_files(scan)
    public.get_by_role("button", name="Cocokkan", exact=True).click()
    expect(public.get_by_role("alert")).to_contain_text("berbeda dengan yang kami terbitkan")
    assert does_not_overflow(public)
    assert not scripts or faults(public) == []
    public.screenshot(path=tmp_path / f"proof-{screen}.png", full_page=True)
    assert visit.errors + anybody.errors == []


def test_a_phone_can_scan_the_code_that_lets_it_take_the_picture(office, visits):
    number = office.receives()
    office.moves(number, "take")
    visit = visits()
    page = visit.signs_in()
    page.goto(f"/desk/tickets/{number}")
    page.get_by_text("Unggah hasil pindai").click()
    page.get_by_role("button", name="Foto dengan HP").click()
    expect(page.get_by_role("heading", name="Foto hasil dengan HP")).to_be_visible()
    assert faults(page) == []
    (address,) = codes(seen(page.screenshot(full_page=True)))
    phone = visits("phone").page
    phone.goto(address)
    expect(phone.get_by_label("Foto")).to_be_visible()
    assert faults(phone) == []
    assert does_not_overflow(phone)


def test_a_head_of_section_begins_with_their_own_and_widens_it(office, visits, tmp_path):
    number = office.receives()
    admin = visits().signs_in(login="admin")
    admin.goto("/desk/staff")
    admin.get_by_text("Atur Pak Eko").click()
    admin.get_by_label("Memimpin seksi").select_option("Seksi Sosial")
    admin.locator("form", has=admin.get_by_label("Memimpin seksi")).get_by_role("button").click()
    expect(admin.get_by_role("status")).to_contain_text("seksinya sudah diganti")
    assert faults(admin) == []
    page = visits("phone").signs_in(login="eko")
    expect(page.get_by_text("Tidak ada yang cocok dengan saringan ini")).to_be_visible()
    assert faults(page) == []
    assert does_not_overflow(page)
    page.screenshot(path=tmp_path / "queue.png", full_page=True)
    page.get_by_role("link", name="Seksi: Seksi Sosial").click()
    expect(page.get_by_text(number)).to_be_visible()
