"""The desk in a real browser, with scripts and without, on a desk and on a phone."""

from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from barriers import Looks
from desk_browser import SCREENS, Visit
from desk_office import PASSWORD, DeskOffice, Photo, opened
from handlers import staff, totp
from pictures import card, jpeg


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        yield office


def photographed() -> dict[str, list[Photo]]:
    letter = jpeg(card("letter", size=(960, 1280), fill=1.0))
    return {
        "police": [Photo(data=letter)],
        "kk_photo": [Photo("blurred", jpeg(card("kk", fill=0.97, blur=2.5)))],
    }


@pytest.fixture
def visits(chromium: Browser, office: DeskOffice) -> Iterator[Any]:
    """Somebody at the desk: `visits("phone", scripts=False)`."""
    opened: list[Visit] = []

    def visit(screen: str = "desk", scripts: bool = True) -> Visit:
        opened.append(Visit(chromium, office, screen, scripts))
        return opened[-1]

    yield visit
    for each in opened:
        each.context.close()


# --- the whole way --------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("screen", SCREENS)
def test_an_officer_works_a_request_from_the_queue_to_handing_over(office, visits, screen, scripts):
    chat = office.chat()
    number = office.receives(chat=chat, photos=photographed())
    visit = visits(screen, scripts)
    page = visit.signs_in()
    page.get_by_role("link", name="Kerjakan yang paling mendesak").click()
    expect(page).to_have_url(f"{office.url}/desk/tickets/{number}")
    page.get_by_role("button", name="Ambil, saya kerjakan").click()
    expect(page.get_by_role("status")).to_contain_text("Anda yang kerjakan")

    card = page.locator("#paper-kk_photo")
    card.get_by_text("Minta ulang").first.click()
    card.get_by_label("Apa yang salah?").select_option("blurred")
    card.get_by_role("button", name="Tandai perlu dikirim ulang").click()
    page.get_by_text("Minta foto ulang ke warga", exact=True).click()
    page.get_by_role("button", name="Kirim ke warga").click()
    expect(page.get_by_role("status")).to_contain_text("diminta mengirim foto itu lagi")
    expect(page.get_by_text("Diminta ulang", exact=True)).to_be_visible()

    page.get_by_text("Tindakan lain", exact=True).click()
    page.get_by_text("Tolak permohonan", exact=True).click()
    page.get_by_label("Alasan untuk warga").fill("Alamatnya di kecamatan lain.")
    page.get_by_role("button", name="Ya, tolak").click()
    page.get_by_text("Buka lagi", exact=True).click()
    page.get_by_role("button", name="Ya, buka lagi").click()
    page.get_by_role("button", name="Terima Kartu Keluarga (KK)").click()
    page.get_by_text("Sudah jadi", exact=True).click()
    page.get_by_label("Catatan untuk warga").first.fill("Ambil di Loket 2.")
    page.get_by_role("button", name="Ya, kabari warga").click()
    for paper in ("Surat kehilangan dari kantor polisi", "Kartu Keluarga (KK)"):
        page.get_by_role("button", name=f"Sudah ditunjukkan: {paper}").click()
    page.get_by_text("Sudah diserahkan", exact=True).click()
    page.get_by_role("button", name="Ya, sudah diserahkan").click()
    expect(page.get_by_text("Tidak ada yang perlu dikerjakan")).to_be_visible()

    said = [message.text for message in office.heard(chat)]
    assert len(said) == 6
    assert "tulisannya kabur" in said[0]
    assert "Ambil di Loket 2." in said[-2]
    assert visit.errors == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_an_invited_colleague_makes_an_account_and_answers_a_question(office, visits, scripts):
    office.invites("secret")
    chat = office.is_asked("Buka jam berapa?")
    page = visits("phone", scripts).page
    page.goto("/desk/invite/secret")
    page.get_by_label("Nama panggilan").fill("Bu Rina")
    page.get_by_label("Nama masuk").fill("rina")
    page.get_by_label("Kata sandi", exact=True).fill(PASSWORD)
    page.get_by_label("Kata sandi, sekali lagi").fill(PASSWORD)
    page.get_by_role("button", name="Buat akun").click()
    page.get_by_label("Nama masuk").fill("rina")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_label("Balasan, langsung dibaca warga").fill("Jam 7.15, Bu.")
    page.get_by_role("button", name="Kirim balasan").click()
    expect(page.get_by_role("status")).to_contain_text("Balasan dikirim")
    assert [m.text for m in office.heard(chat)] == ["Dari petugas, Bu Rina:\nJam 7.15, Bu."]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_a_ticket_found_by_name_is_taken_over_with_a_note(office, visits, scripts):
    office.hires("budi", "Pak Budi")
    older, newer = office.receives(), office.receives()
    office.moves(older, "take", by="budi")
    visit = visits("phone", scripts)
    page = visit.signs_in()
    page.get_by_label("Cari nomor, nama, NIK, atau HP").fill("slam riy")
    page.get_by_role("button", name="Cari", exact=True).click()
    expect(page.get_by_role("heading", name="Hasil pencarian")).to_be_visible()
    expect(page.locator("a.line")).to_have_count(2)
    expect(page.locator("a.line").first).to_contain_text(newer)
    page.locator("a.line").filter(has_text=older).click()
    page.get_by_role("button", name="Ambil alih, saya kerjakan").click()
    expect(page.get_by_role("status")).to_contain_text("sekarang Anda yang kerjakan")
    page.get_by_text("Tulis catatan untuk rekan", exact=True).click()
    page.get_by_label("Catatan untuk rekan", exact=True).fill("Sudah ditelepon.")
    page.get_by_role("button", name="Simpan catatan").click()
    expect(page.get_by_role("status")).to_contain_text("Catatan disimpan")
    expect(page.get_by_text("Sudah ditelepon.")).to_be_visible()
    page.get_by_text("Serahkan ke rekan", exact=True).click()
    page.get_by_label("Rekan yang mengerjakan").select_option(label="Pak Budi")
    page.get_by_role("button", name="Serahkan", exact=True).click()
    expect(page.get_by_text("Ini sedang dikerjakan Pak Budi")).to_be_visible()
    assert visit.errors == []


# --- what scripts add -----------------------------------------------------------------


def test_a_photo_is_enlarged_turned_and_put_back(office, visits):
    number = office.receives(photos=photographed())
    visit = visits()
    page = visit.signs_in()
    page.goto(f"/desk/tickets/{number}")
    photo = page.get_by_role("img", name="Foto: Surat kehilangan dari kantor polisi")
    expect(photo).to_be_visible()
    expect(photo).not_to_have_js_property("naturalWidth", 0)

    def size() -> tuple[float, float]:
        box = photo.bounding_box()
        return box["width"], box["height"]

    before = size()
    tools = page.locator(".tools").first
    tools.get_by_role("button", name="Perbesar").click()
    tools.get_by_role("button", name="Perbesar").click()
    assert size()[1] > 2 * before[1]
    tools.get_by_role("button", name="Putar").click()
    assert size()[0] > size()[1]
    sheet = page.locator(".sheet").first
    sheet.press("0")
    assert size() == before
    sheet.press("+")
    assert size()[1] > before[1]
    assert visit.errors == []


def test_the_queue_keeps_itself_fresh_but_leaves_a_reply_alone(office, visits):
    office.is_asked("Buka jam berapa?")
    visit = visits()
    visit.page.clock.install()
    page = visit.signs_in()
    reply = page.get_by_label("Balasan, langsung dibaca warga")
    reply.fill("Jam 7.15")
    number = office.receives()
    office.is_asked("Bisa diwakilkan?")
    page.clock.run_for(25_000)
    expect(page.get_by_role("link", name=number)).to_be_visible()
    expect(page).to_have_title("Antrean (1) · Loket")
    assert reply.input_value() == "Jam 7.15"
    reply.fill("")
    page.get_by_role("heading", name="Antrean").click()
    page.clock.run_for(25_000)
    expect(page.get_by_text("Bisa diwakilkan?")).to_be_visible()
    assert visit.errors == []


def test_somebody_disabled_is_shown_the_door_by_the_page_itself(office, visits):
    visit = visits()
    visit.page.clock.install()
    page = visit.signs_in()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    office.database.write(lambda tx: staff.disable(tx, "sari", office.now))
    page.clock.run_for(25_000)
    expect(page.get_by_role("heading", name="Meja petugas")).to_be_visible()


def test_the_slash_leads_to_the_search_and_a_number_to_its_ticket(office, visits):
    number = office.receives()
    page = visits().signs_in()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(number.replace("-", ""))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{office.url}/desk/tickets/{number}")


# --- for everybody --------------------------------------------------------------------


@pytest.mark.parametrize("screen", SCREENS)
def test_no_page_has_a_serious_barrier_or_is_wider_than_the_screen(office, visits, screen):
    office.hires("budi", "Pak Budi")
    chat = office.chat()
    swapped = {"nik": "3302270102150004", "kk": "3302271708900003"}
    name = "Bambang Kusumaningrat Wijayanto"
    number = office.receives(chat=chat, photos=photographed(), name=name, **swapped)
    ready = office.receives()
    office.moves(ready, "take", by="budi")
    office.moves(ready, "finish")
    office.invites("secret")
    office.waits(days=9)
    office.is_asked("https://contoh.id/" + "panjang" * 30, chat=chat)
    office.is_asked("Buka jam berapa?")
    office.loses("Sudah jadi", "Forbidden", chat=chat)
    visit = visits(screen)
    page = visit.page
    look = Looks(page)

    page.goto("/desk/sign-in")
    look("sign-in")
    visit.signs_in("not the password")
    look("sign-in, wrong")
    page.goto("/desk/invite/secret")
    look("invite")
    page.goto("/desk/nothing")
    look("message")
    visit.signs_in()
    for summary in page.locator("summary").all():
        summary.click()
    look("queue")
    page.goto("/desk?tab=closed")
    look("queue, empty")
    page.get_by_label("Cari nomor, nama, NIK, atau HP").fill("Nobody")
    page.get_by_role("button", name="Cari", exact=True).click()
    look("queue, searched in vain")
    page.get_by_label("Cari nomor, nama, NIK, atau HP").fill("0003")
    page.get_by_role("button", name="Cari", exact=True).click()
    look("found")
    page.goto(f"/desk/tickets/{number}")
    page.get_by_role("button", name="Ambil, saya kerjakan").click()
    look("ticket, taken")
    for summary in page.locator("summary").all():
        summary.click()
    look("ticket, everything open")
    page.get_by_label("Catatan untuk rekan", exact=True).fill("panjang" * 60)
    page.get_by_role("button", name="Simpan catatan").click()
    expect(page.get_by_role("status")).to_contain_text("Catatan disimpan")
    look("ticket, with a note")
    page.goto(f"/desk/tickets/{ready}")
    look("ticket, ready")
    assert look.wrong == {}


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_of_the_second_factor_have_no_barrier(office, visits, screen):
    office.hires("camat", "Pak Camat Kusumaningrat Wijayanto", role="head")
    visit = visits(screen)
    page = visit.page
    look = Looks(page)

    def code() -> str:
        return totp.code(secret, totp.step(office.now))

    visit.signs_in(login="camat")
    look("set-up, begun by signing in")
    page.get_by_role("button", name="Mulai").click()
    expect(page.locator(".secret")).to_be_visible()
    secret = b32decode("".join(page.locator(".secret span").all_inner_texts()))
    look("the secret")
    page.get_by_label("Kode dari aplikasi").fill("000000")
    page.get_by_role("button", name="Nyalakan").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("a wrong code")
    page.get_by_label("Kode dari aplikasi").fill(code())
    page.get_by_role("button", name="Nyalakan").click()
    expect(page.locator(".papers li")).to_have_count(10)
    look("papers")
    page.get_by_role("link", name="Sudah saya simpan").click()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    page.get_by_role("link", name="Akun" if screen != "desk" else "Pak Camat").click()
    expect(page.get_by_role("heading", name="Anda sedang masuk di")).to_be_visible()
    look("account")
    page.get_by_role("button", name="Keluar", exact=True).click()
    visit.signs_in(login="camat")
    expect(page.get_by_role("heading", name="Kode dari HP")).to_be_visible()
    look("code")
    page.get_by_label("Kode", exact=True).fill("000000")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("code, wrong")
    office.waits(seconds=30)
    page.get_by_label("Kode", exact=True).fill(code())
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    assert look.wrong == {}


def test_the_desk_can_be_worked_with_the_keyboard_alone(office, visits):
    number = office.receives()
    page = visits().signs_in()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Kerjakan yang paling mendesak")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{office.url}/desk/tickets/{number}")
    page.get_by_role("button", name="Ambil, saya kerjakan").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Sudah jadi", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Ambil di Loket 2.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("bisa diambil")
