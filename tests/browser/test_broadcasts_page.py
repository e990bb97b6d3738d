"""Broadcasts in a real browser: written, looked at, sent, paused; with scripts and without."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import talk
from barriers import Looks
from campaign import NEWS, Campaign
from desk_browser import SCREENS
from desk_office import PASSWORD, DeskOffice, opened
from handlers.offices import House
from pictures import card, jpeg


@pytest.fixture(scope="module")
def house() -> House:
    return talk.house(LOKET_BROADCASTS__PER_MONTH="2")


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path, house: House) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, house, demanding=()) as office:
        office.hires("rina", "Bu Rina", role="kasi")
        yield office


@pytest.fixture
def visits(chromium: Browser, office: DeskOffice) -> Iterator[Callable[..., Page]]:
    """Somebody of the desk, signed in: `visits("phone", scripts=False)`."""
    contexts: list[Any] = []

    def visit(screen: str = "desk", scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=office.url, java_script_enabled=scripts, locale="id-ID", **SCREENS[screen]
        )
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto("/desk/sign-in")
        page.get_by_label("Nama masuk").fill("rina")
        page.get_by_label("Kata sandi").fill(PASSWORD)
        page.get_by_role("button", name="Masuk", exact=True).click()
        return page

    yield visit
    for each in contexts:
        each.close()


def writes(page: Page) -> None:
    page.goto("/desk/broadcasts")
    page.get_by_role("link", name="Tulis siaran").click()
    page.get_by_label("Judul, hanya untuk petugas").fill("Domisili lewat chat")
    page.get_by_label("Pesan untuk warga").fill("Halo {name}, surat domisili bisa lewat chat.")
    page.get_by_label("Tulisan tombol 1").fill("Coba sekarang")
    page.get_by_label("Membuka layanan").first.select_option("domisili")


@pytest.mark.parametrize(
    ("screen", "scripts"), [("desk", True), ("phone", False)], ids=["scripts", "no_scripts"]
)
def test_a_broadcast_is_written_looked_at_sent_and_paused(office, visits, house, screen, scripts):
    Campaign(office.database, house, office.now).people(40)
    page = visits(screen, scripts)
    writes(page)
    if scripts:
        count = page.locator("#body-count li")
        expect(count.nth(0)).to_have_text(re.compile(r"Telegram: 88 dari 4\.0\d\d huruf"))
        expect(count.nth(2)).to_have_text(re.compile(r"SMS: 88 dari 1\.4\d\d huruf, 1 bagian"))
    picture = {"name": "poster.jpg", "mimeType": "image/jpeg", "buffer": jpeg(card("ktp"))}
    page.get_by_label("Pilih satu").set_input_files(picture)
    page.get_by_role("button", name="Hitung penerima dan biaya").click()
    expect(page.locator("#counted + p")).to_contain_text("40 warga")
    expect(page.get_by_text("poster.jpg")).to_be_visible()
    page.get_by_role("button", name="Simpan dan lihat").click()
    expect(page.locator(".phone img.enclosed").first).to_have_js_property("complete", value=True)
    expect(page.locator(".bubble").first).to_contain_text("Halo Bapak/Ibu, surat domisili")
    expect(page.locator(".taps").first).to_have_text("Coba sekarang")
    expect(page.get_by_text("40 warga")).to_be_visible()
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.get_by_text("Siaran mulai dikirim.")).to_be_visible()
    page.get_by_role("button", name="Jeda").click()
    expect(page.locator(".mark.paused")).to_have_text("Dijeda")
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.locator(".mark.sending")).to_be_visible()


def test_people_are_counted_while_they_are_chosen(office, visits, house):
    campaign = Campaign(office.database, house, office.now)
    campaign.people(30)
    campaign.people(12, channel="whatsapp")
    page = visits()
    writes(page)
    counted = page.locator("#counted + p")
    expect(counted).to_contain_text("42 warga")
    page.locator("summary").click()
    page.locator("input[name=channels][value=whatsapp]").check()
    expect(counted).to_contain_text("12 warga")
    page.locator("input[name=channels][value=telegram]").check()
    expect(counted).to_contain_text("42 warga")


def test_what_is_too_long_is_said_and_nothing_is_lost(office, visits):
    page = visits()
    writes(page)
    page.get_by_label("Pesan untuk warga").fill("panjang " * 200)
    page.get_by_role("button", name="Simpan dan lihat").click()
    expect(page.get_by_role("alert")).to_contain_text("terlalu panjang")
    expect(page.get_by_label("Judul, hanya untuk petugas")).to_have_value("Domisili lewat chat")
    expect(page.get_by_label("Tulisan tombol 1")).to_have_value("Coba sekarang")


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_no_page_has_a_serious_barrier_or_is_wider_than_the_screen(office, visits, house, screen):
    campaign = Campaign(office.database, house, office.now)
    campaign.people(120)
    campaign.goes(NEWS)
    campaign.delivers("failed", "Forbidden: bot was blocked by the user", most=6)
    campaign.delivers(most=80)
    page = visits(screen)
    looks = Looks(page)

    def look(name: str) -> None:
        looks(name)
        if folder := os.environ.get("LOKET_TEST_SHOTS"):
            page.screenshot(path=f"{folder}/{screen}-{name}.png", full_page=True)

    page.goto("/desk/broadcasts")
    look("list")
    writes(page)
    page.locator("summary").click()
    look("form")
    page.get_by_role("button", name="Simpan dan lihat").click()
    look("draft")
    page.goto(f"/desk/broadcasts/{campaign.number}")
    look("progress")
    assert looks.wrong == {}
