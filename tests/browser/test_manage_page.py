"""The pages of those who lead an office, in a real browser: staff, log, citizens' data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from barriers import does_not_overflow, faults
from desk_browser import SCREENS
from desk_office import PASSWORD, DeskOffice, opened
from handlers import privacy
from storage import privacy as requests
from storage import tickets


def opens(chromium: Browser, office: DeskOffice, screen: str, *, scripts: bool) -> Page:
    """A page of a browser of its own."""
    context = chromium.new_context(
        base_url=office.url, java_script_enabled=scripts, locale="id-ID", **SCREENS[screen]
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, demanding=()) as office:
        office.hires("camat", "Pak Camat Bambang Sutrisno", role="head")
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi", role="kasi")
        yield office


def looks_fine(page: Page, shots: Path, name: str, *, scripts: bool = True) -> None:
    """No barrier, nothing too wide; the picture is kept to be looked at.

    Without scripts in the page axe cannot run; the pages are the same.
    """
    page.screenshot(path=str(shots / f"{name}.png"), full_page=True)
    if not scripts:
        return
    assert faults(page) == [], name
    assert does_not_overflow(page), name


def wish(office: DeskOffice, chat: Any, kind: str) -> None:
    until = office.now + privacy.LIMIT
    office.database.write(lambda tx: requests.ask(tx, "pu", chat.id, kind, until, office.now))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_a_head_looks_after_staff_and_citizens_data(chromium, office, tmp_path, screen, scripts):
    chat = office.chat(name="Slamet")
    kept, gone = office.receives(chat=chat), office.receives(chat=chat)
    office.moves(kept, "take")
    wish(office, chat, "erase")
    wish(office, office.chat(name="Yuni"), "export")
    file = office.database.read(lambda tx: tickets.look(tx, kept)).answers["police"][0]
    office.signed_in("sari").http.get(f"/desk/files/{file}")
    office.waits(hours=50)
    page = opens(chromium, office, screen, scripts=scripts)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/desk/sign-in")
    page.get_by_label("Nama masuk").fill("camat")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()

    page.goto("/desk/staff")
    page.get_by_text("Undang petugas baru").click()
    page.get_by_label("Perannya").select_option("kasi")
    page.get_by_role("button", name="Buat tautan undangan").click()
    expect(page.get_by_text("Hanya bisa dipakai sekali")).to_be_visible()
    looks_fine(page, tmp_path, "invited", scripts=scripts)
    page.goto("/desk/staff")
    page.get_by_text("Atur Bu Sari").click()
    looks_fine(page, tmp_path, "staff", scripts=scripts)
    page.get_by_role("button", name="Tutup akun ini").locator("visible=true").click()
    expect(page.get_by_role("status")).to_contain_text("Akun ditutup")
    expect(page.get_by_text("Akun ditutup", exact=True)).to_be_visible()

    page.get_by_role("link", name="Catatan kegiatan").click()
    expect(page.get_by_text("menutup akun: Bu Sari")).to_be_visible()
    page.get_by_label("Nomor permohonan").fill(kept)
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_text("mulai mengerjakan")).to_be_visible()
    looks_fine(page, tmp_path, "log", scripts=scripts)

    page.get_by_role("link", name="Data warga").click()
    looks_fine(page, tmp_path, "wishes", scripts=scripts)
    page.get_by_role("link", name="Minta data dihapus").click()
    page.get_by_role("checkbox", name=kept).check()
    page.get_by_role("button", name="Hapus sekarang").click()
    expect(page.get_by_role("alert")).to_contain_text("Tulis dulu alasannya")
    looks_fine(page, tmp_path, "wish", scripts=scripts)
    page.get_by_label("Alasan disimpan, dibaca warga").first.fill("Sudah jadi arsip kependudukan.")
    page.get_by_role("button", name="Hapus sekarang").click()
    expect(page.get_by_role("status")).to_contain_text("Sudah dihapus")
    page.goto(f"/desk/tickets/{gone}")
    expect(page.get_by_text("Isinya sudah dihapus")).to_be_visible()
    page.goto(f"/desk/tickets/{kept}/looks")
    expect(page.get_by_text("Bu Sari")).to_be_visible()
    looks_fine(page, tmp_path, "looks", scripts=scripts)
    page.goto("/desk/help/ktp_ganti")
    looks_fine(page, tmp_path, "help", scripts=scripts)
    assert errors == []
    page.context.close()


def test_a_citizen_fetches_the_copy_on_a_phone(chromium, office, tmp_path):
    chat = office.chat(name="Slamet")
    office.receives(chat=chat)
    row = office.database.write(
        lambda tx: requests.ask(tx, "pu", chat.id, "export", office.now, office.now)
    )
    later = office.now + privacy.LINK_LIFE
    office.database.write(
        lambda tx: requests.offer(tx, privacy.kept("token"), "pu", chat.id, row.id, later)
    )
    page = opens(chromium, office, "phone", scripts=True)
    page.goto("/d/token")
    looks_fine(page, tmp_path, "link")
    with page.expect_download() as started:
        page.get_by_role("button", name="Ambil salinan").click()
    assert started.value.suggested_filename == "data-saya.zip"
    page.goto("/d/token")
    expect(page.get_by_text("sudah tidak berlaku")).to_be_visible()
    looks_fine(page, tmp_path, "gone")
    page.context.close()
