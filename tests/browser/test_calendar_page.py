"""The calendar of the desk in a real browser: on a desk, on a phone, without scripts, on paper."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from barriers import Looks
from desk_office import PASSWORD, DeskOffice, opened
from flows.outings import Outing
from visitors import EIGHT, HALL, comes

SCREENS = {
    "desk": {"viewport": {"width": 1024, "height": 768}},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
    "narrow": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True},
}


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("rina", "Bu Rina", role="kasi")
        before = office.house.offices
        hall = Outing(date(2026, 11, 24), ((time(9), time(10)),), HALL)
        there = {**before, "pu": replace(before["pu"], outings=(hall,))}
        object.__setattr__(office.house, "offices", there)
        comes(office, name="Slamet Riyadi")
        comes(office, name="Sri Wahyuni Kusumaningtyas", priority=True)
        comes(office, EIGHT + timedelta(hours=1), "Tukinem", place=HALL)
        comes(office, EIGHT + timedelta(hours=2), "Yuni", purpose="before", ready=False)
        yield office
        object.__setattr__(office.house, "offices", before)


Visits = Callable[..., Page]


@pytest.fixture
def visits(chromium: Browser, office: DeskOffice) -> Iterator[Visits]:
    opened: list[Any] = []

    def visit(screen: str = "desk", scripts: bool = True) -> Page:
        context = chromium.new_context(
            **SCREENS[screen], java_script_enabled=scripts, base_url=office.url
        )
        opened.append(context)
        page = context.new_page()
        page.goto("/desk/sign-in")
        page.fill("#login", "rina")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Masuk").click()
        expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
        return page

    yield visit
    for context in opened:
        context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_morning_is_closed_and_opened_again(visits: Visits, scripts: bool) -> None:
    page = visits(scripts=scripts)
    page.get_by_role("link", name="Kalender").click()
    page.get_by_role("link", name="Berikutnya").click()
    expect(page.get_by_role("heading", name="Selasa, 24 November 2026")).to_be_visible()
    expect(page.get_by_role("link", name="Slamet Riyadi")).to_be_visible()
    page.get_by_label("Dari jam").fill("07.15")
    page.get_by_label("Sampai jam").fill("09.00")
    page.get_by_label("Alasan lain, tulis di bawah").check()
    page.get_by_label("Alasan lain", exact=True).fill("Genset rusak.")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_text("2 orang sudah punya janji di jam itu.")).to_be_visible()
    page.get_by_role("button", name="Ya, tutup dan kabari").click()
    expect(page.get_by_text("Ditutup 07.15-09.00.")).to_be_visible()
    expect(page.get_by_text("Genset rusak.")).to_be_visible()
    expect(page.get_by_role("link", name="Slamet Riyadi")).to_have_count(0)
    expect(page.get_by_role("link", name="Tukinem")).to_be_visible()
    page.get_by_role("button", name="Buka lagi").click()
    expect(page.get_by_role("link", name="Slamet Riyadi")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_calendar_has_no_barrier_and_fits_the_screen(
    visits: Visits, office: DeskOffice, screen: str
) -> None:
    office.now = EIGHT - timedelta(minutes=30)
    page = visits(screen)
    look = Looks(page)
    page.goto("/desk/calendar")
    look("day")
    page.goto("/desk/calendar/week")
    look("week")
    page.goto("/desk/calendar")
    page.get_by_label("Petugas sedang berhalangan.").check()
    page.get_by_label("Sampai jam").fill("10.00")
    page.get_by_role("button", name="Lanjut").click()
    look("asked again")
    page.get_by_role("button", name="Ya, tutup").click()
    look("closed")
    assert look.wrong == {}


def test_the_day_and_the_week_each_print_on_one_page_of_paper(visits: Visits) -> None:
    """A4; buttons and forms are not printed, people are."""
    page = visits()
    for path in ("/desk/calendar?day=2026-11-24", "/desk/calendar/week?day=2026-11-24"):
        page.goto(path)
        assert page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1
        page.emulate_media(media="print")
        expect(page.get_by_text("Slamet Riyadi")).to_be_visible()
        expect(page.get_by_role("link", name="Berikutnya")).to_have_count(0)
        expect(page.get_by_role("button", name="Lanjut")).to_have_count(0)
        page.emulate_media(media="screen")
