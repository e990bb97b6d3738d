"""Posters: what is printed opens the chat it names, and the desk shows whom each brought."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import paper
from bot.channels.whatsapp_read import read
from bot.cli import run
from desk_office import DeskOffice, opened
from flows.model import Opened
from handlers import posters, sources
from printed import codes, pages, text
from running import KEY
from talk import MONDAY, Citizen, house

SETTINGS = {
    "LOKET_WEB__PUBLIC_URL": "https://loket.example.go.id",
    "LOKET_TELEGRAM__USERNAME": "loket_pu_bot",
    "LOKET_WHATSAPP__ACCOUNT_SID": "AC" + "0" * 32,
    "LOKET_WHATSAPP__AUTH_TOKEN": "secret",
    "LOKET_WHATSAPP__FROM": "+628111222333",
}
HOUSE = house(**SETTINGS)
EVERY = [
    (office, service)
    for office in HOUSE.offices
    for service in ("", *HOUSE.catalog(office).services)
]
MILLIMETRES = {"poster": (210, 297), "sheet": (148, 210), "card": (210, 297)}
DPI = 120


def printed(kind: str, service: str = "ktp_ganti", office: str = "pu", code: str = "k7") -> bytes:
    data = posters.data(HOUSE, office, kind, service, code, paper.qr, MONDAY)
    return paper.pdf("poster", data, MONDAY)


@pytest.mark.parametrize("kind", sources.PRINTED)
@pytest.mark.parametrize(("office", "service"), EVERY)
def test_every_poster_is_one_page_whose_codes_open_every_chat(office, service, kind):
    made = printed(kind, service, office)
    (page,) = pages(made, dpi=DPI)
    size = tuple(round(side / DPI * 25.4) for side in (page.width, page.height))
    assert size == MILLIMETRES[kind]
    link = "-".join(filter(None, (office, service, "k7")))
    assert set(codes(page)) == {
        f"https://wa.me/628111222333?text=mulai%20{link}",
        f"https://t.me/loket_pu_bot?start={link}",
        f"https://loket.example.go.id/?to={link}",
    }
    assert HOUSE.office(office).name in text(made)


def test_what_the_whatsapp_link_types_is_read_as_the_link():
    form = {"MessageSid": "SM1", "From": "whatsapp:+6281234567890", "Body": "mulai pu-ktp_ganti-k7"}
    (inbound,) = read(form)
    assert inbound.event == Opened("pu-ktp_ganti-k7")


def test_a_poster_says_what_to_prepare_and_that_it_is_free():
    words = text(printed("poster"))
    assert "Kalau KTP hilang: Surat kehilangan dari kantor polisi, Kartu Keluarga (KK)" in words
    assert "Gratis." in words
    assert "mulai pu-ktp_ganti-k7" in words, "who cannot scan can type it"


def test_both_sides_of_a_table_card_can_be_scanned():
    (page,) = pages(printed("card"), dpi=DPI)
    half = page.height // 2
    for side in ((0, 0, page.width, half), (0, half, page.width, page.height)):
        assert len(codes(page.crop(side))) == 3


# --- the desk ---------------------------------------------------------------------------


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, HOUSE) as office:
        office.hires("sari", "Bu Sari")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def makes(office: DeskOffice, **fields: str):
    sari = office.signed_in()
    given = {"kind": "poster", "service": "ktp_ganti", "place": "Pasar Segamas", **fields}
    return sari, sari.posts("/desk/posters", **given)


def test_an_officer_makes_a_poster_prints_it_and_sees_whom_it_brought(office):
    sari, answer = makes(office)
    assert answer.headers["location"] == "/desk/posters"
    page = sari.sees("/desk/posters")
    assert "<bdi>Pasar Segamas</bdi>" in page
    paper_ = sari.http.get("/desk/posters/k1.pdf")
    assert paper_.headers["content-type"] == "application/pdf"
    (sheet,) = pages(paper_.content, dpi=DPI)
    assert "https://t.me/loket_pu_bot?start=pu-ktp_ganti-k1" in codes(sheet)
    Citizen(office.database, HOUSE).opens("pu-ktp_ganti-k1").continues()
    assert "<dt>Terkirim</dt><dd>1</dd>" in sari.sees("/desk/posters")


def test_another_office_neither_sees_nor_prints_it(office):
    makes(office)
    andi = office.signed_in("andi")
    assert "<bdi>Pasar Segamas" not in andi.sees("/desk/posters")
    assert andi.http.get("/desk/posters/k1.pdf").status_code == 404


def test_what_cannot_be_made_is_said_and_what_was_typed_stays(office):
    _, answer = makes(office, place=" ", service="kk")
    assert answer.status_code == 422
    assert "Tulis dulu tempatnya" in answer.text
    assert '<option value="kk" selected>' in answer.text


def test_a_place_is_shown_as_it_was_typed(office):
    sari, _ = makes(office, place='<script>alert("x")</script>')
    assert "<script>alert" not in sari.sees("/desk/posters")


@pytest.mark.parametrize("path", ["/desk/posters", "/desk/posters/k1.pdf"])
def test_nobody_else_comes_in(office, path):
    assert office.browser().get(path).status_code == 303


def test_a_form_without_its_token_makes_nothing(office):
    sari = office.signed_in()
    fields = {"kind": "poster", "service": "", "place": "Pasar"}
    assert sari.http.post("/desk/posters", data=fields).status_code == 403


@pytest.mark.parametrize("code", ["k1", "info", "x" * 300, "%00"])
def test_a_poster_that_was_never_made_is_not_there(office, code):
    assert office.signed_in().http.get(f"/desk/posters/{code}.pdf").status_code == 404


def test_without_any_address_for_others_no_poster_is_offered(sqlite_url, tmp_path):
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        page = office.signed_in().sees("/desk/posters")
        assert "Belum ada nomor WhatsApp" in page
        assert "Buat poster</button>" not in page


# --- for scripts ------------------------------------------------------------------------


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Path:
    more = {
        "LOKET_DATABASE__URL": sqlite_url, "LOKET_FILES__PATH": str(tmp_path / "files"),
        "LOKET_FILES__KEY": KEY,
    }  # fmt: skip
    for name, value in {**SETTINGS, **more}.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "out"


def test_a_script_writes_posters_and_twice_the_same(console, capsys):
    command = ["posters", str(console), "--place", "Pasar", "--office", "pu", "--service", "kk"]
    assert run(command) == 0
    names = sorted(path.name for path in console.iterdir())
    assert names == ["pu-kk-k1-poster.pdf", "pu-kk-k2-sheet.pdf", "pu-kk-k3-card.pdf"]
    assert run(command) == 0
    assert sorted(path.name for path in console.iterdir()) == names


def test_a_script_is_told_what_is_missing(console, capsys, monkeypatch):
    assert run(["posters", str(console), "--place", "Pasar", "--office", "xx"]) == 2
    assert "no office 'xx'" in capsys.readouterr().err
    for name in SETTINGS:
        monkeypatch.delenv(name)
    assert run(["posters", str(console), "--place", "Pasar"]) == 2
    assert "telegram.username" in capsys.readouterr().err
