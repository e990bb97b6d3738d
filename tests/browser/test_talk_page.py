"""Talking with a citizen at the desk in a real browser, with scripts and without."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from barriers import does_not_overflow, faults
from desk_browser import SCREENS, Visit
from desk_office import PASSWORD, DeskOffice, opened
from flows.model import Said
from handlers.inbound import Inbound, receive


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
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


def writes(office: DeskOffice, chat: Any, text: str) -> None:
    inbound = Inbound(chat.channel, f"u-{text}", chat.address, Said(text), "{}")
    office.database.write(lambda tx: receive(tx, office.house, inbound, office.now))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("screen", SCREENS)
def test_an_officer_talks_with_a_citizen_and_a_colleague_takes_over(
    office, visits, screen, scripts
):
    chat = office.chat()
    number = office.receives(chat=chat)
    visit = visits(screen, scripts)
    page = visit.signs_in()
    page.goto(f"/desk/tickets/{number}")
    page.get_by_role("button", name="Bicara dengan warga").click()
    expect(page.get_by_role("heading", name="Bicara dengan Slamet Riyadi")).to_be_visible()
    page.get_by_label("Balasan siap pakai").select_option("Sedang diperiksa")
    page.get_by_role("button", name="Sisipkan").click()
    box = page.get_by_label("Pesan Anda, langsung dibaca warga")
    expect(box).to_have_value(re.compile(f"Permohonan {number} sedang kami periksa"))
    box.fill("Selamat pagi, Pak.")
    page.get_by_role("button", name="Kirim ke warga").click()
    expect(page.get_by_role("status")).to_contain_text("dikirim ke chat warga")
    writes(office, chat, "Pagi, Bu. Ada yang kurang?")
    page.reload()
    expect(page.get_by_text("Ada yang kurang?")).to_be_visible()
    expect(page.get_by_text("Warga menunggu balasan")).to_be_visible()
    assert does_not_overflow(page)

    other = visits(screen, scripts)
    theirs = other.signs_in(PASSWORD, "budi")
    theirs.goto(page.url)
    theirs.get_by_role("button", name="Ambil alih percakapan").click()
    expect(theirs.get_by_role("status")).to_contain_text("sekarang Anda yang pegang")
    page.get_by_label("Pesan Anda, langsung dibaca warga").fill("Tidak, sudah lengkap.")
    page.get_by_role("button", name="Kirim ke warga").click()
    expect(page.get_by_role("alert")).to_contain_text("sudah dipegang rekan lain")
    theirs.get_by_role("button", name="Selesai, kembalikan ke Loket").click()
    expect(theirs.get_by_role("status")).to_contain_text("Percakapan selesai")
    assert [error for error in visit.errors + other.errors if "409" not in error] == []
    said = [message.text for message in office.heard(chat)]
    assert said[1] == "Bu Sari, petugas:\nSelamat pagi, Pak."
    assert "Sekarang Pak Budi" in said[2]


def test_what_the_citizen_writes_appears_by_itself(office, visits):
    chat = office.chat()
    number = office.receives(chat=chat)
    visit = visits()
    visit.page.clock.install()
    page = visit.signs_in()
    page.goto(f"/desk/tickets/{number}")
    page.get_by_role("button", name="Bicara dengan warga").click()
    box = page.get_by_label("Pesan Anda, langsung dibaca warga")
    box.fill("Sebentar")
    writes(office, chat, "Sudah saya kirim, Bu")
    page.clock.run_for(25_000)
    expect(page.get_by_text("Sudah saya kirim, Bu")).to_be_visible()
    assert box.input_value() == "Sebentar"
    assert visit.errors == []


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_the_pages_of_talking_have_no_serious_findings(office, visits, screen):
    chat = office.chat()
    number = office.receives(chat=chat)
    page = visits(screen).signs_in()
    page.goto(f"/desk/tickets/{number}")
    page.get_by_role("button", name="Bicara dengan warga").click()
    writes(office, chat, "Halo")
    where = page.url
    for path in ("/desk/replies", "/desk/account", f"/desk/tickets/{number}", where):
        page.goto(path)
        assert faults(page) == [], path
        assert does_not_overflow(page), path
