"""A file for a broadcast at the desk: chosen in the form, looked at, kept, shown, let go of."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import talk
from bot.config import ROOT
from bot.enclosing import MOST
from bot.gate import Gate
from bot.purge import purge
from desk_office import DeskOffice, Officer, opened, small_pdf
from films import film
from handlers.retention import Keeping
from pictures import card, jpeg
from storage.tables import BROADCASTS, DOOMED_FILES, ENCLOSURES

FORM = {
    "title": "Poster", "body": "Halo {name}, lihat gambarnya.", "purpose": "news",
    "label": ["Coba sekarang", ""], "service": ["domisili", "kia"], "holdout": "5", "every": "",
}  # fmt: skip
LIST = "/desk/broadcasts"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    house = talk.house(
        LOKET_BROADCASTS__PER_MONTH="2", LOKET_WEB__PUBLIC_URL="https://loket.example.go.id"
    )
    with opened(sqlite_url, tmp_path, house, demanding=()) as office:
        office.hires("sari", "Bu Sari")
        office.hires("medan", "Bu Medan", office="ma", role="head")
        yield office


def sends(
    officer: Officer, data: bytes = b"", name: str = "poster.jpg", to: str = LIST, **changed: Any
) -> httpx.Response:
    """The form as a browser sends it: without a file there is one without a name."""
    fields = {"csrf": officer.csrf, **FORM, **changed}
    made = officer.http.build_request("POST", to, data=fields, files={"file": (name, data)})
    body = (
        made.read() if data else made.read().replace(f'filename="{name}"'.encode(), b'filename=""')
    )
    kind = {"content-type": made.headers["content-type"]}
    return officer.http.post(to, content=body, headers=kind)


def kept(office: DeskOffice) -> Any:
    """The newest broadcast."""
    return talk.rows(office.database, BROADCASTS)[-1]


def test_a_picture_is_kept_and_shown_as_people_will_see_it(office):
    sari = office.signed_in()
    answer = sends(sari, jpeg(card("ktp")))
    assert answer.status_code == 303, answer.text
    (row,) = talk.rows(office.database, ENCLOSURES)
    assert (row.kind, row.name, row.office_id) == ("photo", "poster.jpg", "pu")
    page = sari.sees(answer.headers["location"])
    picture = f"{LIST}/files/{row.id}"
    assert page.count(f'<img class="enclosed" src="{picture}"') == 2
    assert f"Gambarnya: https://loket.example.go.id/media/{row.id}.jpg" in page
    shown = sari.http.get(picture)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.content == office.vault.get(row.id, "pu")
    assert office.signed_in("medan").http.get(picture).status_code == 404
    assert office.browser().get(picture).status_code == 303


def test_a_film_and_a_pdf_are_taken_as_well(office):
    sari = office.signed_in()
    page = sari.sees(sends(sari, film(), "cara.mp4").headers["location"])
    assert '<video class="enclosed"' in page
    page = sari.sees(sends(sari, small_pdf(), "syarat.pdf").headers["location"])
    assert "Berkas PDF" in page
    assert [row.kind for row in talk.rows(office.database, ENCLOSURES)] == ["pdf", "video"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MZ" + bytes(2000), "bukan gambar, PDF, atau video MP4"),
        (jpeg(card("ktp"))[:900], "rusak"),
        (film(brand=b"qt  "), "tidak bisa diputar di semua HP"),
        (film(seconds=200), "lebih dari 3 menit"),
        (film(size=MOST["video"]), "Videonya terlalu besar"),
    ],
    ids=["program", "broken", "quicktime", "long", "large"],
)
def test_what_cannot_be_sent_is_refused_in_words_and_the_form_stays(office, data, words):
    answer = sends(office.signed_in(), data)
    assert answer.status_code == 422
    assert words in answer.text
    assert FORM["body"] in answer.text
    assert talk.rows(office.database, ENCLOSURES) == []


def test_a_name_that_lies_helps_nothing(office):
    answer = sends(office.signed_in(), b"<script>alert(1)</script>" * 9, "poster.jpg")
    assert answer.status_code == 422


def test_a_file_chosen_once_stays_when_something_else_is_wrong(office):
    sari = office.signed_in()
    answer = sends(sari, jpeg(card("ktp")), title="")
    assert answer.status_code == 422
    assert "poster.jpg" in answer.text
    (file,) = re.findall(r'name="enclosure" value="([^"]+)"', answer.text)
    assert sends(sari, enclosure=file).status_code == 303
    assert kept(office).enclosure == file


def test_it_can_be_changed_and_taken_away(office):
    sari = office.signed_in()
    at = sends(sari, jpeg(card("ktp"))).headers["location"]
    first = kept(office).enclosure
    sends(sari, small_pdf(), "syarat.pdf", f"{at}/write", enclosure=first)
    assert kept(office).enclosure.startswith("pdf-")
    sends(sari, to=f"{at}/write", enclosure=kept(office).enclosure, unfile="yes")
    assert kept(office).enclosure == ""


def test_another_office_s_file_cannot_be_taken(office):
    sends(office.signed_in("medan"), jpeg(card("ktp")))
    (theirs,) = talk.rows(office.database, ENCLOSURES)
    answer = sends(office.signed_in(), enclosure=theirs.id)
    assert answer.status_code == 422
    assert "sudah tidak ada" in answer.text
    assert theirs.name not in answer.text


def test_a_form_without_its_token_keeps_nothing(office):
    sari = office.signed_in()
    answer = sari.http.post(LIST, data={**FORM, "csrf": "x"}, files={"file": ("a.jpg", b"x")})
    assert answer.status_code == 403
    assert talk.rows(office.database, ENCLOSURES) == []


def test_what_nobody_needs_goes_after_a_day_and_what_was_sent_with_the_chat(office):
    sari = office.signed_in()
    sends(sari, jpeg(card("ktp")), title="")
    at = sends(sari, small_pdf(), "syarat.pdf").headers["location"]
    used = kept(office).enclosure

    def cleans(days: int) -> set[str]:
        """Whose bytes go on that day."""

        async def work() -> None:
            keeping = Keeping(chat=timedelta(days=90))
            await purge(Gate(office.database), keeping, office.now + timedelta(days=days))

        asyncio.run(work())
        return {row.id.partition("-")[0] for row in talk.rows(office.database, DOOMED_FILES)}

    assert cleans(2) == {"photo"}
    office.hires("rina", "Bu Rina", role="kasi")
    office.signed_in("rina").posts(f"{at}/cancel")
    assert cleans(80) == {"photo"}
    assert cleans(100) == {"photo", "pdf"}
    assert (kept(office).enclosure, talk.rows(office.database, ENCLOSURES)) == ("", [])
    assert used in {row.id for row in talk.rows(office.database, DOOMED_FILES)}


def test_whatever_can_be_wrong_with_a_file_has_its_words():
    raised = "".join(path.read_text() for path in (ROOT / "bot").glob("*.py"))
    codes = set(re.findall(r'(?:Unfit|Unsuited)\("(\w+)"', raised))
    words = (ROOT / "templates" / "desk" / "broadcast_words.html").read_text()
    wanted = codes | {f"too_big_{kind}" for kind in MOST}
    assert {code for code in wanted if f'"file_{code}"' not in words} == set()


# --- what it amounts to ---------------------------------------------------------------------


def test_people_and_money_are_counted_before_anything_is_kept(office):
    answer = sends(office.signed_in(), deed="count")
    assert answer.status_code == 200
    assert "Hasil hitungan" in answer.text
    assert "0 warga" in answer.text
    assert talk.rows(office.database, BROADCASTS) == []
