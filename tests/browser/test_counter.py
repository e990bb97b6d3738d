"""The counter and its screen in a real browser: an officer calls, a television shows and speaks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from barriers import Looks, faults
from desk_browser import SCREENS
from desk_office import PASSWORD, DeskOffice, opened
from handlers.message import Message
from storage import counter
from storage.outbox import sent_to

TELEVISIONS = {"1080": (1920, 1080), "720": (1280, 720)}
EARS = """
window.said = [];
window.speechSynthesis.speak = (words) => window.said.push([words.text, words.lang]);
"""
"""In place of a voice: what would have been said."""

SIZE = "each => parseFloat(getComputedStyle(each).fontSize)"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
        yield office


@pytest.fixture
def look(chromium: Browser, office: DeskOffice) -> Iterator[Any]:
    """A page of its own browser: `look(scripts=False, **screen)`; no error may be logged."""
    contexts, errors = [], []

    def opens(scripts: bool = True, **screen: Any) -> Page:
        context = chromium.new_context(
            base_url=office.url, java_script_enabled=scripts, locale="id-ID", **screen
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        return page

    yield opens
    for context in contexts:
        context.close()
    expected = ("net::ERR", "status of 422")
    assert [each for each in errors if not any(some in each for some in expected)] == []


def signs_in(page: Page, login: str = "sari") -> Page:
    page.goto("/desk")
    page.get_by_label("Nama masuk").fill(login)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.get_by_role("link", name="Antrean loket").click()
    return page


def draws(page: Page, first: bool = False) -> str:
    """Give a number to somebody without anything; returns it."""
    form = page.locator("form[action$='/draw']")
    if first:
        form.get_by_role("checkbox").check()
    form.get_by_role("button", name="Beri nomor antrean").click()
    return page.locator(".drawn strong").inner_text()


def television(look: Any, size: str, office: DeskOffice, **how: Any) -> Page:
    office.database.write(lambda tx: counter.show(tx, "pu", "abcd-efgh-jkmn", office.now))
    width, height = TELEVISIONS[size]
    page: Page = look(viewport={"width": width, "height": height}, **how)
    page.add_init_script(EARS)
    page.clock.install()
    page.goto("/display/abcd-efgh-jkmn")
    return page


# --- the whole way ----------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_somebody_comes_is_called_and_served(office, look, screen, scripts):
    chat = office.chat()
    number = office.receives(chat=chat)
    page = signs_in(look(scripts, **SCREENS[screen]))
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.get_by_role("heading", name="Loket 2", exact=True)).to_be_visible()
    page.get_by_label("Nomor permohonan atau kode QR").fill(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("B-001")
    assert draws(page, first=True) == "P-001"
    office.waits(minutes=1)
    page.get_by_role("button", name="Panggil berikutnya").click()
    expect(page.locator(".called")).to_have_text("P-001")
    page.get_by_role("button", name="Tidak datang").click()
    expect(page.get_by_role("status")).to_contain_text("belum datang")
    office.waits(minutes=1)
    page.get_by_role("button", name="Panggil berikutnya").click()
    expect(page.locator(".called")).to_have_text("B-001")
    page.get_by_role("button", name="Panggil ulang").click()
    expect(page.locator(".called")).to_have_text("B-001")
    page.get_by_role("button", name="Selesai, istirahat dulu").click()
    expect(page.get_by_text("Belum ada yang dipanggil")).to_be_visible()
    page.get_by_role("button", name="Panggil P-001").click()
    expect(page.locator(".called")).to_have_text("P-001")
    sent = office.database.read(lambda tx: sent_to(tx, chat.channel, chat.address))
    said = [Message.of(row.payload).text.splitlines()[0] for row in sent]
    assert said[-2:] == ["🎫 Nomor antrean: B-001", "🔔 Nomor B-001, silakan ke Loket 2."]


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_the_counter_has_no_serious_barrier_and_is_not_too_wide(office, look, screen):
    number = office.receives()
    page = signs_in(look(**SCREENS[screen]))
    examine = Looks(page)
    examine("without a counter")
    page.get_by_role("button", name="1", exact=True).click()
    examine("empty")
    page.get_by_label("Nomor permohonan atau kode QR").fill("PU-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    examine("a wrong number")
    page.get_by_label("Nomor permohonan atau kode QR").fill(number)
    page.keyboard.press("Enter")
    for _ in range(3):
        draws(page)
    draws(page, first=True)
    for _ in range(2):
        office.waits(minutes=1)
        page.get_by_role("button", name="anggil berikutnya").click()
    page.get_by_role("button", name="Tidak datang").click()
    office.waits(minutes=1)
    page.get_by_role("button", name="Panggil berikutnya").click()
    page.get_by_role("button", name="Buat alamat layar").click()
    expect(page.get_by_role("status")).to_contain_text("Alamat layar sudah dibuat")
    examine("busy")
    assert examine.wrong == {}


# --- the screen -------------------------------------------------------------------------


def test_the_screen_shows_and_speaks_each_call_once(office, look):
    officer = signs_in(look(**SCREENS["desk"]))
    officer.get_by_role("button", name="2", exact=True).click()
    for _ in range(2):
        draws(officer)
    tv = television(look, "1080", office)
    officer.get_by_role("button", name="Panggil berikutnya").click()
    tv.clock.run_for(3000)
    expect(tv.locator("li.newest .number")).to_have_text("B-001")
    assert tv.evaluate("said") == [], "nothing is said before somebody turned the sound on"
    tv.get_by_role("button", name="Nyalakan suara").click()
    expect(tv.get_by_role("button", name="Nyalakan suara")).to_be_hidden()
    officer.get_by_role("button", name="Panggil ulang").click()
    expect(officer.locator(".called")).to_have_text("B-001")
    tv.clock.run_for(3000)
    expect(tv.locator("li.fresh")).to_be_visible()
    office.waits(minutes=1)
    officer.get_by_role("button", name="Selesai, panggil berikutnya").click()
    expect(officer.locator(".called")).to_have_text("B-002")
    tv.clock.run_for(3000)
    expect(tv.locator("li.newest .number")).to_have_text("B-002")
    tv.clock.run_for(9000)
    expect(tv.locator(".last b")).to_have_text(["B-001"])
    assert tv.evaluate("said.filter(([text]) => text)") == [
        ["Nomor B satu, silakan ke loket dua", "id-ID"],
        ["Nomor B dua, silakan ke loket dua", "id-ID"],
    ]


def test_what_did_not_change_is_left_alone(office, look):
    """No flicker: the very same elements stay on the screen."""
    officer = signs_in(look(**SCREENS["desk"]))
    officer.get_by_role("button", name="1", exact=True).click()
    draws(officer)
    officer.get_by_role("button", name="Panggil berikutnya").click()
    expect(officer.locator(".called")).to_have_text("B-001")
    tv = television(look, "720", office)
    tv.evaluate("document.querySelector('.newest').marked = true")
    draws(officer)
    tv.clock.run_for(3000)
    expect(tv.locator(".waiting strong")).to_have_text("1")
    assert tv.evaluate("document.querySelector('.newest').marked") is True


def test_a_lost_connection_is_said_and_found_again(office, look):
    officer = signs_in(look(**SCREENS["desk"]))
    officer.get_by_role("button", name="1", exact=True).click()
    tv = television(look, "720", office)
    tv.context.set_offline(True)
    for _ in range(3):
        tv.clock.run_for(3000)
        tv.wait_for_timeout(100)
    expect(tv.get_by_text("Sambungan terputus")).to_be_visible()
    draws(officer)
    tv.context.set_offline(False)
    tv.clock.run_for(3000)
    expect(tv.get_by_text("Sambungan terputus")).to_be_hidden()
    expect(tv.locator(".waiting strong")).to_have_text("1")


def test_without_scripts_the_screen_reloads_itself(office, look):
    officer = signs_in(look(**SCREENS["desk"]))
    officer.get_by_role("button", name="1", exact=True).click()
    office.database.write(lambda tx: counter.show(tx, "pu", "abcd-efgh-jkmn", office.now))
    tv = look(scripts=False, viewport={"width": 1280, "height": 720})
    tv.goto("/display/abcd-efgh-jkmn")
    draws(officer)
    officer.get_by_role("button", name="Panggil berikutnya").click()
    expect(tv.locator(".number")).to_have_text("B-001", timeout=12_000)
    expect(tv.get_by_role("button", name="Nyalakan suara")).to_be_hidden()


@pytest.mark.parametrize("counters", [1, 2, 3, 4, 6, 9])
@pytest.mark.parametrize("size", TELEVISIONS)
def test_the_screen_is_readable_from_five_metres_and_fits(office, look, size, counters):
    """Digits of a called number are at least 9 % of the screen's height: 35 mm on 32 inches."""

    def work(tx: Any) -> None:
        for n in range(1, counters + 1):
            counter.sit(tx, "pu", n, f"officer{n}", office.now)
            row = counter.arrive(tx, {
                "office_id": "pu", "day": office.now.date(), "series": "B", "number": 100 + n,
                "lane": "B", "draw": "", "service": "", "ticket_id": None, "person_id": None,
                "conversation_id": None, "turn_at": office.now, "arrived_at": office.now,
                "told": False,
            })  # fmt: skip
            counter.call(tx, row.id, "waiting", n, f"officer{n}", office.now)

    office.database.write(work)
    tv = television(look, size, office)
    height = TELEVISIONS[size][1]
    for number in tv.locator(".number").all():
        assert (
            number.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > 0.115 * height
        )
        assert number.evaluate("each => each.scrollWidth <= each.parentElement.clientWidth")
    for small in (".to", ".clock strong", ".waiting"):
        assert tv.locator(small).first.evaluate(SIZE) >= 0.049 * height
    assert tv.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert tv.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(tv) == []


# --- the health protocol ------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_a_level_is_set_for_some_days_on_a_page_without_barriers(office, look, screen, scripts):
    office.hires("rina", "Bu Rina", role="kasi")
    page = look(scripts, **SCREENS[screen])
    signs_in(page, "rina")
    page.get_by_role("link", name="Kesehatan").click()
    page.get_by_label("Ketat").check()
    page.get_by_label("Mulai").fill("2026-11-24")
    page.get_by_label("Sampai (boleh kosong)").fill("2026-11-25")
    page.get_by_role("button", name="Tetapkan", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Tersimpan")
    expect(page.get_by_role("row", name="Selasa 24/11 Ketat 1")).to_be_visible()
    expect(page.get_by_role("row", name="Kamis 26/11 Biasa 2")).to_be_visible()
    if scripts:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
