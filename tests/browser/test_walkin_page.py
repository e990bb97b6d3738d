"""A person without a phone at the counter, in a real browser, against the real program."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from barriers import does_not_overflow, faults
from desk_browser import SCREENS
from pictures import card, jpeg
from printed import codes, opened, pages, text
from running import Running

PASSWORD = "kapal hijau terbang"
SHOTS = Path(__file__).resolve().parent.parent / "screenshots"
TYPED = {
    "nik": "3302271708900003", "name": "Yuni Astuti", "rt_rw": "RT 3 RW 2",
    "street": "Jalan Kenanga 12", "since": "Maret 2023", "purpose": "daftar sekolah anak",
}  # fmt: skip


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("counter")
    running = Running(folder, LOKET_CLOCK__NOW="2026-11-23T08:00:00+07:00").start(patience=90)
    for login, name in (("sari", "Bu Sari"), ("budi", "Pak Budi")):
        subprocess.run(
            [sys.executable, "-m", "bot", "staff", "add", login, "--name", name],
            env=running.environment, input=f"{PASSWORD}\n", text=True, check=True,
            capture_output=True,
        )  # fmt: skip
    yield running
    running.stop(patience=30)


def signed_in(
    chromium: Browser, program: Running, screen: str, scripts: bool, login: str = "sari"
) -> Page:
    context = chromium.new_context(
        base_url=program.url, java_script_enabled=scripts, locale="id-ID", **SCREENS[screen]
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto("/desk")
    page.get_by_label("Nama masuk").fill(login)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    return page


def begins(page: Page, family: bool = False) -> None:
    page.get_by_role("link", name="Warga datang langsung").click()
    page.get_by_label("Mau urus apa?").select_option("Surat Domisili")
    if family:
        page.get_by_text("Keluarga, mewakili pemohon").click()
        if not page.get_by_label("Nama yang mewakili").is_visible():
            page.get_by_text("Kalau diwakilkan, isi ini juga").click()
        page.get_by_label("Nama yang mewakili").fill("Budi Santoso")
        page.get_by_label("Hubungannya dengan pemohon").fill("anak")
        page.get_by_label("Atas dasar apa?").fill("surat kuasa bermeterai")
    page.get_by_role("button", name="Mulai isi bersama warga").click()


def asked(page: Page) -> str:
    return page.locator("input[name=asked]").first.input_value()


def letter() -> dict[str, Any]:
    picture = jpeg(card("letter", size=(960, 1280), fill=1.0))
    return {"name": "surat.jpg", "mimeType": "image/jpeg", "buffer": picture}


def fills(page: Page, until: str = "") -> None:
    """Answer what is asked, until that question or the end."""
    for _ in range(60):
        if page.locator("input[name=asked]").count() == 0:
            return
        step = asked(page)
        if step == until:
            return
        form = page.locator("input[name=nonce]").first.input_value()
        if page.locator("#photo").count():
            page.locator("#photo").set_input_files([letter()])
            page.get_by_role("button", name="Pakai foto ini").click()
        elif page.locator("#text").count():
            page.locator("#text").fill(TYPED[step])
            page.get_by_role("button", name="Lanjut", exact=True).click()
        elif page.locator(".choices button").count():
            likely = page.locator(".choices button.main")
            (likely if likely.count() else page.locator(".choices button")).first.click()
        else:
            page.get_by_role("link", name="Lihat hasilnya").click()
        page.locator(f"input[value='{form}']").first.wait_for(state="detached")
        page.wait_for_load_state()
        expect(page.locator("main h1")).to_be_visible()
    raise AssertionError(page.content())


def presses(page: Page, button: str) -> None:
    """Press a button of the walk-in's page and wait for the page that follows."""
    form = page.locator("input[name=nonce]").first.input_value()
    page.get_by_role("button", name=button, exact=True).click()
    page.locator(f"input[value='{form}']").first.wait_for(state="detached")
    page.wait_for_load_state()


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"walkin_{name}.png", full_page=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_an_officer_registers_a_person_and_prints_the_slip(chromium, program, screen, scripts):
    page = signed_in(chromium, program, screen, scripts)
    begins(page)
    fills(page, "nik")
    page.locator("#text").fill("330227170890")
    page.get_by_role("button", name="Lanjut", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("12 angka")
    fills(page)
    expect(page.get_by_role("heading", name="Selesai")).to_be_visible()
    number = page.locator(".number.big").inner_text()
    slip = page.request.get(page.get_by_role("link", name="Slip 58 mm").get_attribute("href"))
    assert slip.headers["content-type"] == "application/pdf"
    (roll,) = pages(slip.body())
    (address,) = codes(roll)
    assert "sambungkan" in text(slip.body())
    page.goto(address)
    expect(page).to_have_url(f"{program.url}/desk/tickets/{number}")
    expect(page.get_by_role("heading", name="Datang langsung")).to_be_visible()
    stranger = chromium.new_context(java_script_enabled=scripts).new_page()
    stranger.goto(address)
    expect(stranger.get_by_text("Tunjukkan halaman ini di loket")).to_be_visible()
    assert "Yuni" not in stranger.content()
    if scripts:
        assert does_not_overflow(stranger)
        assert faults(stranger) == []
    page.context.close()
    stranger.context.close()


def test_a_phone_takes_the_photos_by_scanning_the_code(chromium, program):
    page = signed_in(chromium, program, "desk", True)
    begins(page, family=True)
    fills(page, "rt_letter")
    page.get_by_role("button", name="Foto pakai HP").click()
    shot(page, "code")
    (address,) = codes(opened(page.locator(".qr").screenshot()))
    phone = chromium.new_context(**SCREENS["phone"]).new_page()
    phone.goto(address)
    assert faults(phone) == []
    assert does_not_overflow(phone)
    phone.locator("#photo").set_input_files([letter()])
    phone.get_by_role("button", name="Kirim foto").click()
    expect(phone.get_by_role("status")).to_contain_text("Foto terkirim")
    shot(phone, "phone")
    expect(page.locator("input[name=asked]").first).to_have_value("ktp", timeout=20_000)
    pdf = {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"}
    phone.locator("#photo").set_input_files([pdf])
    phone.get_by_role("button", name="Kirim foto").click()
    expect(phone.get_by_role("heading")).to_contain_text("Kirim foto saja")
    phone.context.close()
    page.context.close()


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_every_page_of_a_walk_in_is_without_serious_findings(chromium, program, screen):
    page = signed_in(chromium, program, screen, True)
    seen: dict[str, list[str]] = {}

    def looks(name: str) -> None:
        assert does_not_overflow(page), name
        seen[name] = faults(page)
        shot(page, f"{name}_{screen}")

    page.goto("/desk/walkin")
    looks("start")
    page.goto("/desk")
    begins(page)
    expect(page.locator("#question")).to_be_visible()
    looks("choice")
    fills(page, "nik")
    page.locator("#text").fill("12")
    presses(page, "Lanjut")
    looks("wrong")
    fills(page, "kelurahan")
    looks("kelurahan")
    fills(page, "rt_letter")
    looks("document")
    presses(page, "Foto pakai HP")
    looks("phone_code")
    fills(page, "review")
    looks("review")
    fills(page)
    looks("sent")
    page.get_by_role("link", name="Buka permohonan").click()
    expect(page.get_by_role("heading", name="Datang langsung")).to_be_visible()
    looks("ticket")
    assert {name: found for name, found in seen.items() if found} == {}
    page.context.close()


def test_a_draft_is_resumed_by_its_officer_and_by_nobody_else(chromium, program):
    page = signed_in(chromium, program, "desk", False)
    begins(page)
    fills(page, "nik")
    address = page.url
    page.goto("/desk/walkin")
    page.get_by_role("link", name="Surat Domisili, mulai").first.click()
    assert asked(page) == "nik"
    other = signed_in(chromium, program, "desk", False, "budi")
    assert other.goto(address).status == 404
    page.get_by_text("Hapus isian ini").click()
    page.get_by_role("button", name="Ya, hapus").click()
    expect(page.get_by_role("status")).to_contain_text("sudah dihapus")
    assert page.goto(address).status == 404
    for each in (page, other):
        each.context.close()
