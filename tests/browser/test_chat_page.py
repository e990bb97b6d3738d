"""The chat page in a real browser: by touch, by keyboard, on a bad network, on a small screen."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import (
    Browser,
    FileChooser,
    FilePayload,
    Locator,
    Page,
    expect,
)

import pictures
from barriers import faults
from handlers.message import Button, Message
from running import Running
from storage import outbox
from storage.db import Database

SMALL = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
SCREENS = {"small": SMALL, "phone": PHONE, "desktop": DESKTOP, "zoomed": ZOOMED}
MONDAY = "2026-11-23T08:00:00+07:00"
PATIENCE = 15_000
_places = count(1)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("page"), LOKET_CLOCK__NOW=MONDAY) as running:
        yield running


@pytest.fixture(scope="module")
def letter() -> bytes:
    return pictures.jpeg(pictures.card("letter"))


@pytest.fixture(scope="module")
def family_card() -> bytes:
    return pictures.jpeg(pictures.card("kk", fill=0.97))


class Visitor:
    """Somebody with a browser of their own; no script of theirs may ever fail."""

    def __init__(
        self, browser: Browser, program: Running, screen: str = "phone", **more: Any
    ) -> None:
        self.program = program
        self.context = browser.new_context(
            base_url=program.url,
            locale="id-ID",
            extra_http_headers={"x-forwarded-for": f"10.1.{next(_places)}.1"},
            **{**SCREENS[screen], **more},
        )
        self.errors: list[str] = []
        self.page = self.window()

    def window(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self._listen(said.text))
        return page

    def _listen(self, said: str) -> None:
        if "Content Security Policy" in said or "Refused to" in said:
            self.errors.append(said)

    # --- what a person does ---

    def opens(self, link: str = "pu") -> "Visitor":
        self.page.goto(f"/?to={link}" if link else "/")
        expect(self.of_office.first).to_be_visible(timeout=PATIENCE)
        return self

    def types(self, text: str) -> "Visitor":
        self.text.fill(text)
        self.text.press("Enter")
        return self

    def says(self, text: str) -> "Visitor":
        before = self.of_office.count()
        self.types(text)
        return self.answered(before)

    def taps(self, label: str) -> "Visitor":
        before = self.of_office.count()
        self.choice(label).click()
        return self.answered(before)

    def answered(self, before: int) -> "Visitor":
        expect(self.of_office.nth(before)).to_be_attached(timeout=PATIENCE)
        return self

    def loses_the_network(self) -> "Visitor":
        """The browser cuts the line a moment after it was asked to: wait until it is cut."""
        self.context.set_offline(True)
        until(lambda: not self.page.evaluate("fetch('/healthz').then(() => true, () => false)"))
        return self

    def chooses(self, *files: FilePayload) -> "Visitor":
        self.page.locator("#files").set_input_files(list(files))
        return self

    def hears(self, words: str) -> Locator:
        said = self.of_office.filter(has_text=words).last
        expect(said).to_be_visible(timeout=PATIENCE)
        return said

    # --- what a person sees ---

    @property
    def text(self) -> Locator:
        return self.page.get_by_label("Tulis pesan")

    @property
    def of_office(self) -> Locator:
        return self.page.locator("article.office")

    @property
    def mine(self) -> Locator:
        return self.page.locator("article.me")

    @property
    def sent(self) -> Locator:
        return self.page.locator("article.me.sent")

    def choice(self, label: str) -> Locator:
        return self.page.locator(".choice:enabled").filter(
            has=self.page.get_by_text(label, exact=True)
        )

    def overflow(self) -> int:
        found: int = self.page.evaluate(
            "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth,"
            " document.getElementById('scroll').scrollWidth"
            "   + innerWidth - document.getElementById('scroll').clientWidth) - innerWidth"
        )
        return found


def photo(data: bytes, name: str = "foto.jpg") -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


@pytest.fixture
def visits(chromium: Browser, program: Running) -> Iterator[Callable[..., Visitor]]:
    """Somebody comes: `visits("small", color_scheme="dark")`."""
    visitors: list[Visitor] = []

    def visit(screen: str = "phone", running: Running = program, **more: Any) -> Visitor:
        visitors.append(Visitor(chromium, running, screen, **more))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.context.close()
        assert visitor.errors == []


@pytest.fixture
def visitor(visits: Callable[..., Visitor]) -> Visitor:
    """Somebody with a phone in the chat of Purwokerto Utara."""
    return visits().opens()


def promise(program: Running, words: str, *messages: Message) -> None:
    """The office writes by itself into the chat in which somebody wrote these words."""
    with sqlite3.connect(program.folder / "loket.db") as connection:
        (row,) = connection.execute(
            "SELECT address, received_at FROM inbox WHERE raw LIKE ?", (f"%{words}%",)
        )
    database = Database(program.environment["LOKET_DATABASE__URL"])
    database.write(
        lambda tx: outbox.put(
            tx, office_id="pu", channel="web", address=row[0],
            payloads=[each.payload() for each in messages],
            now=datetime.fromisoformat(f"{row[1]}+00:00"),
        )
    )  # fmt: skip
    database.close()


def taken(program: Running, words: str) -> int:
    """How often the server took in a message with these words."""
    with sqlite3.connect(program.folder / "loket.db") as connection:
        sql = "SELECT count(*) FROM inbox WHERE raw LIKE ?"
        found: int = connection.execute(sql, (f"%{words}%",)).fetchone()[0]
    return found


def until(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


# --- a whole application --------------------------------------------------------------------


@pytest.mark.parametrize("screen", ["small", "phone", "desktop"])
def test_an_application_from_the_greeting_to_its_number(
    visits: Callable[..., Visitor], screen: str, letter: bytes, family_card: bytes
) -> None:
    visitor = visits(screen).opens("")
    visitor.taps("Purwokerto Utara")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Kecamatan Purwokerto Utara")
    expect(visitor.page).to_have_title("Kecamatan Purwokerto Utara · Loket")
    visitor.says("bkin ktp ilg gmn yaa").taps("Ya, mulai").taps("Saya sendiri")
    visitor.taps("Ya, mulai").taps("Setuju")
    visitor.says("330227170890").says("3302271708900003").says("slamet riyadi")
    visitor.says("3302270101150007").taps("Grendeng")
    visitor.chooses(photo(letter))
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    visitor.hears("saya catat sebagai Surat kehilangan")
    visitor.chooses(photo(family_card))
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    visitor.hears("saya catat sebagai Kartu Keluarga")
    visitor.taps("Ya, kirim")
    visitor.hears("PU-2611-")
    expect(visitor.page.locator("article.me:not(.sent)")).to_have_count(0)
    assert visitor.overflow() <= 0


def test_an_application_with_the_keyboard_alone(
    visits: Callable[..., Visitor], letter: bytes, family_card: bytes
) -> None:
    visitor = visits("desktop").opens("pu-ktp_ganti")
    page, keys = visitor.page, visitor.page.keyboard
    expect(visitor.text).to_be_focused()
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))

    def answers(*pressed: str) -> None:
        before = visitor.of_office.count()
        for key in pressed:
            keys.press(key)
        visitor.answered(before)
        expect(visitor.text).to_be_focused()

    def writes(text: str) -> None:
        keys.type(text)
        answers("Enter")

    def sends(data: bytes) -> None:
        keys.press("Shift+Tab")
        expect(page.get_by_role("button", name="Kirim foto atau PDF")).to_be_focused()
        keys.press("Enter")
        for _ in range(200):
            if choosers:
                break
            page.wait_for_timeout(50)
        choosers.pop().set_files([photo(data)])
        expect(page.get_by_label("Foto yang akan dikirim").locator("li")).to_have_count(1)
        expect(visitor.text).to_be_focused()
        answers("Enter")

    hears = visitor.hears
    hears("KTP-nya kenapa?")
    visitor.choice("KTP hilang").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    answers("Enter")
    hears("KTP ini milik siapa?")
    writes("1")
    writes("ya")
    writes("1")
    hears("Tulis NIK")
    writes("3302271708900003")
    writes("Slamet Riyadi")
    writes("3302270102150004")
    writes("5")
    sends(letter)
    hears("saya catat sebagai Surat kehilangan")
    sends(family_card)
    hears("saya catat sebagai Kartu Keluarga")
    writes("1")
    hears("PU-2611-")


def test_whoever_types_anywhere_writes_a_message(visits: Callable[..., Visitor]) -> None:
    visitor = visits("desktop").opens()
    visitor.page.locator("#scroll").focus()
    visitor.page.keyboard.type("halo")
    expect(visitor.text).to_have_value("halo")


# --- for everybody --------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["small", "desktop", "zoomed"])
def test_nothing_keeps_anybody_out(
    visits: Callable[..., Visitor], screen: str, scheme: str, letter: bytes
) -> None:
    visitor = visits(screen, color_scheme=scheme).opens("pu-ktp_ganti")
    assert faults(visitor.page) == []
    visitor.taps("KTP hilang").says("x" * 300)
    visitor.chooses(photo(letter, "surat dengan nama yang panjang sekali dari polsek.jpg"))
    assert faults(visitor.page) == []
    assert visitor.overflow() <= 0
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    expect(visitor.sent).to_have_count(3)
    visitor.page.locator("#info > summary").click()
    visitor.page.locator("#leave > summary").click()
    assert faults(visitor.page) == []
    assert visitor.overflow() <= 0


def test_a_refused_message_is_readable_too(visits: Callable[..., Visitor]) -> None:
    visitor = visits("small").opens()
    visitor.chooses(
        {"name": "besar.pdf", "mimeType": "application/pdf", "buffer": b"x" * 17 * 2**20}
    )
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    problem = visitor.page.locator("article.refused .problem")
    expect(problem).to_contain_text("lebih dari 16 MB")
    assert faults(visitor.page) == []
    assert visitor.overflow() <= 0
    problem.get_by_role("button", name="Hapus").click()
    expect(visitor.mine).to_have_count(0)
    expect(visitor.choice("Cek status")).to_be_enabled()


def test_every_target_is_large_enough_for_a_thumb(visitor: Visitor) -> None:
    visitor.page.locator("#info > summary").click()
    small = visitor.page.evaluate(
        """[...document.querySelectorAll('button, summary, textarea, a')]
           .filter((each) => each.checkVisibility() && !each.matches('.skip'))
           .map((each) => [each.outerHTML.slice(0, 60), each.getBoundingClientRect()])
           .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
    )
    assert small == []


def test_no_letter_is_smaller_than_sixteen_pixels(visitor: Visitor) -> None:
    visitor.says("ktp hilang").taps("Ya, mulai")
    visitor.page.locator("#info > summary").click()
    sizes = visitor.page.evaluate(
        """[...document.querySelectorAll('body *')].filter((each) => each.checkVisibility()
           && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
           .map((each) => parseFloat(getComputedStyle(each).fontSize))"""
    )
    assert min(sizes) >= 16


def test_a_screen_reader_hears_new_messages_and_who_speaks(visitor: Visitor) -> None:
    log = visitor.page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    visitor.says("ktp hilang")
    assert visitor.mine.first.inner_text().startswith("Bapak/Ibu:")
    assert visitor.of_office.first.inner_text().startswith("Loket:")
    expect(visitor.sent.locator(".said")).to_have_text("Terkirim")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "id")


def test_messages_of_the_past_are_not_read_aloud_again(visitor: Visitor) -> None:
    visitor.says("ktp hilang").taps("Ya, mulai")
    visitor.page.reload()
    expect(visitor.page.get_by_role("log")).to_have_attribute("aria-live", "off")
    expect(visitor.page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_escape_closes_what_is_open_and_gives_the_focus_back(
    visits: Callable[..., Visitor], letter: bytes
) -> None:
    visitor = visits("desktop").opens()
    summary = visitor.page.locator("#info > summary")
    summary.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_text("Senin-Kamis 07.15-15.30")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_text("Senin-Kamis 07.15-15.30")).to_be_hidden()
    expect(summary).to_be_focused()
    visitor.chooses(photo(letter))
    expect(visitor.page.locator("#tray li")).to_have_count(1)
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("#tray li")).to_have_count(0)


def test_nothing_moves_for_those_who_asked_for_it(visits: Callable[..., Visitor]) -> None:
    visitor = visits(reduced_motion="reduce").opens()
    moving = visitor.page.evaluate(
        """[...document.querySelectorAll('*')]
           .filter((each) => getComputedStyle(each).animationName !== 'none').length"""
    )
    assert moving == 0


def test_without_scripts_the_page_says_how_to_reach_the_office(
    visits: Callable[..., Visitor],
) -> None:
    visitor = visits(java_script_enabled=False)
    visitor.page.goto("/?to=ma")
    plain = visitor.page.locator(".plain")
    expect(plain).to_be_visible()
    expect(plain).to_contain_text("Kantor Kecamatan Medan Area, Kota Medan")
    expect(plain).to_contain_text("Senin-Kamis 07.30-16.00")
    visitor.page.goto("/")
    visitor.page.locator("#info > summary").click()
    expect(visitor.page.locator("#offices")).to_contain_text("Kantor Kecamatan Medan Area")


# --- choices --------------------------------------------------------------------------------


def test_old_buttons_rest_once_they_were_answered(visitor: Visitor) -> None:
    visitor.says("ktp hilang").taps("Ya, mulai")
    old = visitor.page.locator(".choice:disabled")
    assert "Urus surat/kartu" in "".join(old.all_inner_texts())
    expect(visitor.page.locator(".choice.taken")).to_have_text(re.compile("Ya, mulai"))
    visitor.page.reload()
    expect(visitor.page.locator(".choice.taken")).to_have_text(re.compile("Ya, mulai"))
    expect(visitor.choice("Saya sendiri")).to_be_enabled()


def test_an_impatient_double_tap_answers_once(visitor: Visitor) -> None:
    visitor.says("ktp hilang")
    visitor.choice("Ya, mulai").dblclick()
    visitor.hears("KTP ini milik siapa?")
    expect(visitor.mine).to_have_count(2)
    assert "Tombol itu" not in visitor.page.locator("#log").inner_text()


def test_a_choice_is_numbered_and_a_link_opens_elsewhere(
    visitor: Visitor, program: Running
) -> None:
    visitor.says("nilam sembilan")
    expect(visitor.choice("Urus surat/kartu").locator("b")).to_have_text("1")
    link = Button("Peta", url="https://example.go.id/peta")
    promise(
        program, "nilam sembilan",
        Message("Lihat https://example.go.id/a?b=1. <b>Terima kasih</b>", (link,)),
    )  # fmt: skip
    said = visitor.hears("Terima kasih")
    expect(said.locator(".text")).to_have_text(
        "Lihat https://example.go.id/a?b=1. <b>Terima kasih</b>"
    )
    inside, below = said.locator("a").all()
    expect(inside).to_have_attribute("href", "https://example.go.id/a?b=1")
    expect(below).to_have_attribute("href", "https://example.go.id/peta")
    for each in (inside, below):
        expect(each).to_have_attribute("rel", "noopener noreferrer")


# --- writing --------------------------------------------------------------------------------


def test_enter_sends_and_shift_enter_begins_a_line(visits: Callable[..., Visitor]) -> None:
    visitor = visits("desktop").opens()
    keys = visitor.page.keyboard

    def height() -> float:
        found: float = visitor.text.evaluate("(e) => e.getBoundingClientRect().height")
        return found

    low = height()
    keys.type("satu")
    keys.press("Shift+Enter")
    keys.type("dua")
    keys.press("Shift+Enter")
    keys.type("tiga")
    assert height() > low
    keys.press("Enter")
    expect(visitor.mine.locator(".text")).to_have_text("satu\ndua\ntiga")
    expect(visitor.text).to_have_value("")
    assert height() == low


def test_nothing_is_not_sent(visitor: Visitor) -> None:
    visitor.types("   ")
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    expect(visitor.mine).to_have_count(0)


def test_what_looks_like_markup_is_shown_as_it_was_written(visitor: Visitor) -> None:
    written = "<img src=x onerror=alert(1)> &amp; <script>alert(2)</script>"
    visitor.says(written)
    expect(visitor.mine.locator(".text")).to_have_text(written)
    visitor.page.reload()
    expect(visitor.mine.locator(".text")).to_have_text(written)


def test_a_reload_keeps_the_history_and_what_was_being_written(visitor: Visitor) -> None:
    visitor.says("ktp hilang").taps("Ya, mulai")
    visitor.text.fill("belum selesai")
    expect(visitor.page.locator("article.me:not(.sent)")).to_have_count(0)
    before = visitor.page.locator("article").all_inner_texts()
    visitor.page.reload()
    expect(visitor.page.locator("article")).to_have_count(len(before))
    assert visitor.page.locator("article").all_inner_texts() == before
    expect(visitor.text).to_have_value("belum selesai")
    expect(visitor.page.locator(".day")).to_have_text("Hari ini")


def test_a_deep_link_begins_once(visitor: Visitor) -> None:
    visitor.page.goto("/?to=pu-ktp_ganti")
    visitor.hears("KTP-nya kenapa?")
    assert "to=" not in visitor.page.url
    visitor.page.reload()
    expect(visitor.of_office.filter(has_text="KTP-nya kenapa?")).to_have_count(1)


def test_two_windows_show_the_same_chat(visitor: Visitor) -> None:
    other = visitor.window()
    other.goto("/")
    expect(other.locator("article")).to_have_count(1)
    visitor.says("ktp hilang")
    expect(other.locator("article.office")).to_have_count(2)
    texts = "article .text"
    expect(other.locator(texts)).to_have_count(visitor.page.locator(texts).count())
    assert other.locator(texts).all_inner_texts() == visitor.page.locator(texts).all_inner_texts()
    expect(other.locator(".day")).to_have_count(1)


def test_a_closed_chat_leaves_nothing_on_the_device(visitor: Visitor) -> None:
    visitor.says("rahasia sekali")
    visitor.page.locator("#info > summary").click()
    visitor.page.locator("#leave > summary").click()
    visitor.page.get_by_role("button", name="Tutup chat di perangkat ini").click()
    expect(visitor.mine).to_have_count(0)
    expect(visitor.of_office).to_have_count(1)
    assert "rahasia" not in visitor.page.evaluate("JSON.stringify({...localStorage})")


def test_many_messages_at_once_are_all_sent_though_the_server_holds_them_back(
    visitor: Visitor, program: Running
) -> None:
    for number in range(26):
        visitor.types(f"pandan wangi {number:02}")
    expect(visitor.sent).to_have_count(26, timeout=30_000)
    assert taken(program, "pandan wangi") == 26
    texts = visitor.mine.locator(".text").all_inner_texts()
    assert texts == [f"pandan wangi {number:02}" for number in range(26)]


# --- on a bad network -----------------------------------------------------------------------


def test_what_is_written_without_a_network_is_sent_once_it_is_back(
    visitor: Visitor, program: Running
) -> None:
    visitor.loses_the_network()
    visitor.types("melati satu").types("melati dua")
    expect(visitor.page.get_by_role("status")).to_have_text(re.compile("Tidak ada internet"))
    expect(visitor.page.locator("article.me.waiting .said")).to_have_text("Menunggu sambungan")
    assert taken(program, "melati") == 0
    visitor.context.set_offline(False)
    expect(visitor.sent).to_have_count(2)
    expect(visitor.page.get_by_role("status")).to_be_hidden()
    assert visitor.mine.locator(".text").all_inner_texts() == ["melati satu", "melati dua"]
    visitor.hears("belum paham")
    assert (taken(program, "melati satu"), taken(program, "melati dua")) == (1, 1)


def test_unsent_words_and_photos_survive_a_closed_page(
    visitor: Visitor, program: Running, letter: bytes
) -> None:
    visitor.loses_the_network()
    visitor.types("kenanga satu")
    visitor.chooses(photo(letter))
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    expect(visitor.mine).to_have_count(2)
    visitor.page.wait_for_timeout(500)
    visitor.page.close()
    assert taken(program, "kenanga") == 0
    visitor.context.set_offline(False)
    visitor.page = visitor.window()
    visitor.page.goto("/")
    expect(visitor.sent).to_have_count(2)
    assert taken(program, "kenanga satu") == 1
    visitor.hears("Foto")
    left = visitor.page.evaluate("Object.keys(localStorage).filter((key) => key !== 'loket-draft')")
    assert left == []


def test_the_page_outlives_a_restart_of_the_server(
    visits: Callable[..., Visitor], tmp_path: Path
) -> None:
    program = Running(tmp_path).start()
    try:
        visitor = visits(running=program).opens()
        program.kill()
        visitor.types("cempaka")
        expect(visitor.page.get_by_role("status")).to_have_text(re.compile("Menyambung lagi"))
        program.start()
        expect(visitor.sent).to_have_count(1, timeout=30_000)
        visitor.hears("belum paham")
        expect(visitor.page.get_by_role("status")).to_be_hidden()
        assert taken(program, "cempaka") == 1
        visitor.says("ktp hilang")
        program.stop()
        program.start()
        promise(program, "cempaka", Message("Kabar dari kantor."))
        visitor.hears("Kabar dari kantor.")
    finally:
        visitor.context.close()
        program.stop()


def test_a_chat_whose_server_forgot_it_begins_anew_and_loses_nothing(
    visitor: Visitor, program: Running
) -> None:
    visitor.says("ktp hilang")
    visitor.context.clear_cookies()
    visitor.types("flamboyan")
    expect(visitor.sent.filter(has_text="flamboyan")).to_have_count(1)
    expect(visitor.of_office.filter(has_text="Selamat pagi")).to_have_count(1)
    assert taken(program, "flamboyan") == 1


# --- photos ---------------------------------------------------------------------------------


def test_photos_are_shown_before_and_after_they_are_sent(
    visitor: Visitor, program: Running, letter: bytes
) -> None:
    visitor.chooses(photo(letter, "a.jpg"), photo(letter, "b.jpg"), photo(letter, "c.jpg"))
    tray = visitor.page.get_by_label("Foto yang akan dikirim")
    expect(tray.locator("img")).to_have_count(3)
    tray.get_by_role("button", name="Batal kirim: b.jpg").click()
    expect(tray.locator("img")).to_have_count(2)
    visitor.text.fill("surat dan kartu")
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    expect(tray).to_be_hidden()
    expect(visitor.sent).to_have_count(2)
    expect(visitor.mine.first.locator(".text")).to_have_text("surat dan kartu")
    visitor.hears("Foto")
    visitor.page.reload()
    for image in visitor.mine.locator("figure img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        expect(image).not_to_have_js_property("naturalWidth", 0)
    with sqlite3.connect(program.folder / "loket.db") as connection:
        sql = "SELECT count(*) FROM inbox WHERE raw LIKE '%c.jpg%' AND raw LIKE '%\"album\":true%'"
        assert connection.execute(sql).fetchone() == (1,)


def test_a_large_photo_is_made_smaller_before_it_is_sent(
    visitor: Visitor, program: Running
) -> None:
    noise = Image.effect_noise((4000, 3000), 40).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG", quality=92)
    assert len(out.getvalue()) > 4_000_000
    visitor.chooses(photo(out.getvalue(), "kamera besar.jpg"))
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    expect(visitor.sent).to_have_count(1, timeout=30_000)
    until(lambda: taken(program, "kamera besar.jpg") == 1)
    with sqlite3.connect(program.folder / "loket.db") as connection:
        sql = "SELECT json_extract(raw, '$.size') FROM inbox WHERE raw LIKE '%kamera besar%'"
        (size,) = connection.execute(sql).fetchone()
    assert size < len(out.getvalue()) / 1.5


def test_a_file_that_only_looks_like_a_photo_is_sent_as_it_is(visitor: Visitor) -> None:
    visitor.chooses(photo(b"\xff\xd8\xff" + b"x" * 2_000_000, "rusak.jpg"))
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    expect(visitor.sent).to_have_count(1)
    expect(visitor.mine.locator("figcaption")).to_have_text("rusak.jpg")


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_photo_can_be_pasted_and_dropped(visitor: Visitor, how: str) -> None:
    visitor.page.evaluate(
        """(how) => {
          const carried = new DataTransfer();
          carried.items.add(new File(['x'], 'tempel.png', { type: 'image/png' }));
          const place = document.getElementById('text');
          if (how === 'paste') {
            place.dispatchEvent(new ClipboardEvent('paste', { clipboardData: carried, bubbles: true, cancelable: true }));
          } else {
            place.dispatchEvent(new DragEvent('dragover', { dataTransfer: carried, bubbles: true, cancelable: true }));
            if (document.getElementById('drop').hidden) throw new Error('no sign of where to drop');
            place.dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true }));
          }
        }""",  # noqa: E501
        how,
    )
    expect(visitor.page.locator("#tray li")).to_have_count(1)
    expect(visitor.page.locator("#drop")).to_be_hidden()


def test_a_slow_upload_shows_how_far_it_is(visitor: Visitor, letter: bytes) -> None:
    session = visitor.context.new_cdp_session(visitor.page)
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 50, "downloadThroughput": 60_000, "uploadThroughput": 60_000},
    )
    visitor.chooses(photo(letter + b"\0" * 200_000))
    visitor.page.get_by_role("button", name="Kirim", exact=True).click()
    bar = visitor.page.locator("article.me.sending progress")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("value", re.compile(r"^0\.\d*[1-9]"))
    expect(visitor.sent).to_have_count(1, timeout=30_000)
    expect(visitor.page.locator("progress:visible")).to_have_count(0)


# --- a long chat ----------------------------------------------------------------------------


def test_a_reader_who_scrolled_up_stays_there_and_is_told_of_news(
    visitor: Visitor, program: Running
) -> None:
    visitor.says("anggrek bulan")
    promise(program, "anggrek bulan", *(Message(f"baris {n}\n\n{n}") for n in range(15)))
    visitor.hears("baris 14")
    scroll = visitor.page.locator("#scroll")
    at_end = "(e) => e.scrollHeight - e.scrollTop - e.clientHeight < 3"
    until(lambda: bool(scroll.evaluate(at_end)))
    scroll.evaluate("(e) => { e.scrollTop = 0; }")
    visitor.page.wait_for_timeout(200)
    promise(program, "anggrek bulan", Message("kabar paling baru"))
    news = visitor.page.get_by_role("button", name="Pesan baru")
    expect(news).to_be_visible()
    assert scroll.evaluate("(e) => e.scrollTop") == 0
    news.click()
    until(lambda: bool(scroll.evaluate(at_end)))
    expect(news).to_be_hidden()


def test_older_messages_come_when_asked_for(visitor: Visitor, program: Running) -> None:
    visitor.says("seruni putih")
    promise(program, "seruni putih", *(Message(f"lembar {n}") for n in range(230)))
    visitor.hears("lembar 229")
    visitor.page.reload()
    expect(visitor.page.locator("article")).to_have_count(100)
    older = visitor.page.get_by_role("button", name="Lihat pesan sebelumnya")
    older.click()
    expect(visitor.page.locator("article")).to_have_count(200)
    older.click()
    expect(older).to_be_hidden()
    texts = visitor.of_office.locator(".text").all_inner_texts()
    assert [text for text in texts if text.startswith("lembar")] == [
        f"lembar {n}" for n in range(230)
    ]
    expect(visitor.page.locator(".day")).to_have_count(1)
