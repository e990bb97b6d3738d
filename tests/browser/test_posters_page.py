"""Posters at the desk in a real browser, without scripts, on small phones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from barriers import EVERY, does_not_overflow, faults
from desk_browser import SCREENS, Visit
from desk_office import DeskOffice, opened
from printed import codes, pages
from talk import Citizen, house

HOUSE = house(
    LOKET_WEB__PUBLIC_URL="https://loket.example.go.id", LOKET_TELEGRAM__USERNAME="loket_pu_bot"
)


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, HOUSE) as office:
        office.hires("sari", "Bu Sari")
        yield office


@pytest.mark.parametrize("screen", SCREENS)
def test_an_officer_makes_and_prints_a_poster_and_sees_who_came(chromium, office, screen):
    visit = Visit(chromium, office, screen, scripts=False)
    page = visit.signs_in()
    page.get_by_role("link", name="Poster dan kartu meja").click()
    expect(page.get_by_text("Belum ada poster")).to_be_visible()
    page.get_by_label("Ditempel di mana?").fill("Pasar Segamas, dekat pintu selatan")
    page.get_by_label("Layanan").select_option(label="Ganti KTP")
    page.get_by_label("Bentuk").select_option(label="Kartu meja (A4 dilipat)")
    page.get_by_role("button", name="Buat poster").click()
    expect(page.get_by_role("status")).to_contain_text("Posternya sudah dibuat")
    link = page.get_by_role("link", name="Cetak untuk Pasar Segamas").get_attribute("href")
    assert link == "/desk/posters/k1.pdf"
    (sheet,) = pages(visit.context.request.get(f"{office.url}{link}").body(), dpi=120)
    assert "https://t.me/loket_pu_bot?start=pu-ktp_ganti-k1" in codes(sheet)

    Citizen(office.database, HOUSE).opens("pu-ktp_ganti-k1").says("1")
    page.reload()
    expect(page.locator(".brought")).to_contain_text("Datang")
    assert page.locator(".brought dd").all_inner_texts() == ["1", "1", "0"]
    assert does_not_overflow(page)
    assert visit.errors == []
    visit.context.close()


def test_the_page_is_easy_to_use_for_everybody(chromium, office):
    office.signed_in().posts("/desk/posters", kind="poster", service="", place="Masjid")
    context = chromium.new_context(base_url=office.url, bypass_csp=True, **SCREENS["phone"])
    page = context.new_page()
    page.goto("/desk/sign-in")
    page.get_by_label("Nama masuk").fill("sari")
    page.get_by_label("Kata sandi").fill("kapal hijau terbang")
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.goto("/desk/posters")
    assert faults(page, *EVERY) == []
    context.close()
