"""An officer's whole day in a real browser, with scripts and without; and two at one ticket.

Every page on the way is held against axe-core and its width, and photographed into the test's
folder, to be looked at.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from barriers import does_not_overflow, faults
from desk_browser import Visit
from desk_office import DeskOffice, opened
from pictures import card, jpeg
from storage import attachments, tickets, views
from storage.files import Occupied
from talk import Citizen

POLICE = "Surat kehilangan dari kantor polisi"
KK = "Kartu Keluarga (KK)"
MANDATE = "Surat kuasa bermeterai dari pemilik KTP"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
        yield office


@pytest.fixture
def visits(chromium: Browser, office: DeskOffice) -> Iterator[Any]:
    begun: list[Visit] = []

    def visit(screen: str = "desk", scripts: bool = True) -> Visit:
        begun.append(Visit(chromium, office, screen, scripts))
        return begun[-1]

    yield visit
    for each in begun:
        each.context.close()


class Look:
    """Every page that was looked at: what is wrong with it, and its picture."""

    def __init__(self, page: Page, folder: Path, scripts: bool) -> None:
        self.page, self.folder, self.scripts = page, folder, scripts
        self.wrong: dict[str, list[str]] = {}

    def __call__(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        found = faults(self.page) if self.scripts else []
        if not does_not_overflow(self.page):
            found.append("too wide")
        if found:
            self.wrong[name] = found
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True)


def photographs(office: DeskOffice, number: str) -> None:
    """What the citizen sent gets the bytes of a real photo."""
    row = office.database.read(lambda tx: tickets.look(tx, number))
    for file in office.database.read(lambda tx: attachments.of_ticket(tx, row.id)):
        kind = "kk" if file.id in row.answers["kk_photo"] else "letter"
        size = (1280, 960) if kind == "kk" else (960, 1280)
        try:
            office.vault.put(file.id, "pu", jpeg(card(kind, size=size, fill=1.0)))
        except Occupied:
            continue


@pytest.mark.parametrize(
    ("screen", "scripts"),
    [("desk", True), ("desk", False), ("phone", True), ("phone", False)],
    ids=["desk", "desk_no_scripts", "phone", "phone_no_scripts"],
)
def test_an_officers_day(office, visits, tmp_path, screen, scripts):
    citizen = Citizen(office.database, office.house, "1")
    number = citizen.submits("ktp_ganti", applicant="Orang lain").ticket
    photographs(office, number)
    office.receives("domisili", photos={}, name="Yuni Astuti", nik="3302274107900002")
    visit = visits(screen, scripts)
    page, look = visit.page, Look(visit.page, tmp_path, scripts)
    page.goto("/desk")
    look("01-sign-in")

    visit.signs_in()
    expect(page.get_by_role("link", name="Belum ada petugas 2")).to_be_visible()
    look("02-queue")
    page.get_by_text("Saringan lain").click()
    page.get_by_label("Layanan", exact=True).select_option(label="Ganti KTP (1)")
    if not scripts:
        page.get_by_role("button", name="Tampilkan").click()
    expect(page.locator("a.line")).to_have_count(1)
    look("03-filtered")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("0 dari 3 diperiksa")).to_be_visible()
    look("04-ticket")

    page.locator("#paper-police .sheet a").click()
    expect(page.get_by_text("1 dari 3", exact=True)).to_be_visible()
    look("05-viewer")
    if scripts:
        page.keyboard.press("ArrowRight")
    else:
        page.get_by_role("link", name="Berikutnya →").click()
    expect(page.get_by_role("heading", name=KK, level=1)).to_be_visible()
    page.get_by_text("Putar", exact=True).click()
    page.get_by_text("Perbesar", exact=True).click()
    look("06-viewer-turned")
    page.get_by_role("link", name=number).click()

    page.get_by_role("button", name=f"Terima {POLICE}").click()
    expect(page.get_by_role("status")).to_contain_text("Diterima")
    paper = page.locator("#paper-kk_photo")
    paper.get_by_text("✗ Minta ulang").click()
    look("07-refusing")
    paper.get_by_label("Apa yang salah?").select_option(label="Ada bagian yang terpotong")
    paper.get_by_role("button", name="Tandai perlu dikirim ulang").click()
    expect(page.get_by_role("status")).to_contain_text("Warga belum dikabari")
    page.get_by_role("button", name=f"Terima {MANDATE}").click()
    expect(page.get_by_text("3 dari 3 diperiksa")).to_be_visible()
    look("08-judged")
    page.get_by_text("Minta foto ulang ke warga", exact=True).click()
    page.get_by_role("button", name="Kirim ke warga").click()
    expect(page.get_by_text("Menunggu foto baru dari warga")).to_be_visible()
    look("09-sent-back")

    citizen.hears()
    assert f"{KK}: ada bagian yang terpotong" in citizen.heard[-2].text
    assert citizen.was_asked("kk_photo")
    citizen.sends()
    photographs(office, number)
    page.goto(f"/desk/tickets/{number}")
    expect(page.get_by_text("Baru masuk", exact=True)).to_be_visible()
    expect(page.get_by_text("2 dari 3 diperiksa")).to_be_visible()
    look("10-returned")
    page.get_by_role("button", name=f"Terima {KK}").click()

    page.get_by_text("Tulis catatan untuk rekan", exact=True).click()
    page.get_by_label("Catatan untuk rekan", exact=True).fill("KK baru sudah cocok.")
    page.get_by_role("button", name="Simpan catatan").click()
    page.get_by_text("Serahkan ke rekan", exact=True).click()
    page.get_by_label("Rekan yang mengerjakan").select_option(label="Pak Budi")
    page.get_by_role("button", name="Serahkan", exact=True).click()
    expect(page.get_by_text("Ini sedang dikerjakan Pak Budi")).to_be_visible()
    look("11-handed-on")

    budi = visits(screen, scripts)
    page = look.page = budi.signs_in(login="budi")
    page.goto("/desk?tab=work&officer=me")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("KK baru sudah cocok.")).to_be_visible()
    page.get_by_text("Sudah jadi", exact=True).click()
    page.get_by_role("button", name="Ya, kabari warga").click()
    expect(page.get_by_text("minta warga menunjukkan aslinya")).to_be_visible()
    look("12-ready")
    page.get_by_text("Sudah diserahkan", exact=True).click()
    page.get_by_role("button", name="Ya, sudah diserahkan").click()
    expect(page.get_by_role("alert")).to_contain_text("Centang dulu asli yang ditunjukkan")
    for original in (POLICE, KK, MANDATE):
        page.get_by_role("button", name=f"Sudah ditunjukkan: {original}").click()
    page.get_by_text("Sudah diserahkan", exact=True).click()
    look("13-originals")
    page.get_by_role("button", name="Ya, sudah diserahkan").click()
    expect(page.get_by_text("Tidak ada yang perlu dikerjakan")).to_be_visible()
    look("14-collected")

    seen = office.database.read(lambda tx: views.of_ticket(tx, tickets.look(tx, number).id))
    assert {each.login for each in seen} == {"sari", "budi"}
    assert look.wrong == {}
    assert [error for error in visit.errors + budi.errors if "422" not in error] == []


def test_of_two_who_take_the_same_ticket_the_second_is_told_who_has_it(office, visits):
    number = office.receives()
    sari, budi = visits(), visits("phone")
    first, second = sari.signs_in(), budi.signs_in(login="budi")
    for page in (first, second):
        page.goto(f"/desk/tickets/{number}")
    first.get_by_role("button", name="Ambil, saya kerjakan").click()
    expect(first.get_by_role("status")).to_contain_text("Anda yang kerjakan")
    second.get_by_role("button", name="Ambil, saya kerjakan").click()
    expect(second.get_by_role("alert")).to_contain_text("Yang mengerjakan: Bu Sari")
    expect(second.get_by_role("button", name="Ambil alih, saya kerjakan")).to_be_visible()


def test_the_queue_is_walked_with_the_keys(office, visits):
    older, newer = office.receives(), office.waits(minutes=30).receives(name="Yuni Astuti")
    page = visits().signs_in()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    lines = page.locator("a.line")
    page.keyboard.press("j")
    expect(lines.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(lines.nth(0)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_text("ke permohonan di bawahnya")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_text("ke permohonan di bawahnya")).to_be_hidden()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{office.url}/desk/tickets/{newer}")
    assert older != newer
