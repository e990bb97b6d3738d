"""The public pages in a real browser: without scripts, on an old phone, and on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from barriers import EVERY, does_not_overflow, faults
from printed import codes, pages, text
from running import Running

PATHS = ("/info", "/info/pu", "/info/pu/kk", "/info/ma/kia", "/info/belajar")
WIDTHS = (320, 360, 1024)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("info")
    with Running(
        folder, LOKET_WEB__PUBLIC_URL="https://loket.example.go.id",
        LOKET_TELEGRAM__USERNAME="loket_pu_bot", LOKET_CLOCK__NOW="2026-11-23T08:00:00+07:00",
    ) as running:  # fmt: skip
        yield running


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, chromium: Browser, office: Running) -> Iterator[Page]:
    """A browser without scripts."""
    context = chromium.new_context(
        base_url=office.url, java_script_enabled=False, locale="id-ID",
        viewport={"width": request.param, "height": 640},
    )  # fmt: skip
    yield context.new_page()
    context.close()


def test_a_neighbour_finds_what_to_bring_without_scripts(page):
    page.goto("/info")
    page.get_by_role("link", name="Kecamatan Purwokerto Utara").click()
    page.get_by_role("link", name="Ganti KTP").click()
    expect(page.get_by_role("heading", name="Kalau KTP hilang")).to_be_visible()
    expect(page.get_by_text("Surat kehilangan dari kantor polisi")).to_be_visible()
    expect(page.get_by_role("link", name="Mulai lewat Telegram")).to_be_visible()
    page.get_by_role("link", name="Belum dipastikan kantor").or_(
        page.get_by_role("link", name="*")
    ).first.click()
    expect(page.get_by_role("heading", name="Dari mana keterangan ini?")).to_be_in_viewport()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_easy_to_use_for_everybody(chromium, office, path, scheme):
    context = chromium.new_context(
        base_url=office.url, color_scheme=scheme, bypass_csp=True,
        viewport={"width": 360, "height": 740},
    )  # fmt: skip
    page = context.new_page()
    page.goto(path)
    assert faults(page, *EVERY) == []
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wider_than_an_old_phone(chromium, office, path):
    for width in (320, 360):
        page = chromium.new_page(base_url=office.url, viewport={"width": width, "height": 640})
        errors: list[str] = []
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)  # noqa: B023
        page.goto(path)
        assert does_not_overflow(page)
        assert errors == [], "the policy lets through all that the page needs"
        page.close()


def test_a_service_is_one_sheet_of_paper_with_a_code_that_opens_the_chat(
    chromium, office, tmp_path: Path
):
    page = chromium.new_page(base_url=office.url)
    page.goto("/info/pu/ktp_ganti")
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    (sheet,) = pages(printed)
    assert codes(sheet) == ["https://t.me/loket_pu_bot?start=pu-ktp_ganti-info"]
    words = text(printed)
    assert "Kecamatan Purwokerto Utara" in words
    assert "Surat kehilangan dari kantor polisi" in words
    assert "Mulai lewat Telegram" not in words
