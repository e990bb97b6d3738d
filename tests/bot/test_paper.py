"""Papers: the same data give the same bytes, and whatever people typed is printed as it stands."""

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot import paper
from printed import codes, opened, pages, text

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ADDRESS = "https://loket.example.go.id/p/ABCDEFGHJKMN"
SLIP: dict[str, Any] = {
    "paper": "58", "number": "PU-2611-00042-7", "title": "Surat Domisili",
    "office": "Kecamatan Purwokerto Utara", "address": "Jalan Raya 1",
    "qr": paper.qr(ADDRESS), "promise": "Senin, 23 November, pukul 12.00 WIB", "state": "",
    "bring": ["KTP"], "hours": "Senin-Jumat 07.15-15.30", "code": "", "code_until": "",
    "chats": "", "printed": "23 November 2026",
}  # fmt: skip
HOSTILE = [
    "#panic()", "$x^2$", "*tebal*", "_miring_", '"; #read("/etc/passwd")', "</svg><script>",
    "\\u{41}", "// komentar", "/* buka", "[kurung", "]", "@label", "<label>", "`kode`", "~", "---",
    "#import \"@preview/cetz:0.3.0\"", "{{ jinja }}", "= Judul", "'",
]  # fmt: skip


@pytest.mark.parametrize("size", ["58", "80", "a4"])
def test_a_slip_has_the_width_of_its_paper_and_a_code_that_scans(size):
    printed = paper.pdf("slip", {**SLIP, "paper": size}, NOW)
    (page,) = pages(printed)
    assert round(page.width / 203 * 25.4) == {"58": 58, "80": 80, "a4": 210}[size]
    assert codes(page) == [ADDRESS]
    assert "PU-2611-00042-7" in text(printed)


def test_a_slip_with_a_code_says_how_to_join_a_chat():
    joined = {
        **SLIP,
        "code": "4829 1375 2204",
        "code_until": "23 Desember 2026",
        "chats": "WhatsApp +62811",
    }
    printed = text(paper.pdf("slip", joined, NOW))
    assert "sambungkan 4829 1375 2204" in printed
    assert "WhatsApp +62811" in printed


def test_the_picture_of_a_paper_shows_the_same_code():
    (picture,) = paper.png("slip", SLIP, NOW)
    assert codes(opened(picture)) == [ADDRESS]


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_was_typed_is_printed_as_it_stands(typed):
    printed = text(paper.pdf("slip", {**SLIP, "title": typed, "promise": typed}, NOW))
    assert printed.count(" ".join(typed.split())) >= 2


def test_a_text_without_end_neither_fails_nor_leaves_the_paper():
    printed = paper.pdf("slip", {**SLIP, "title": "W" * 10_000}, NOW)
    assert text(printed).replace(" ", "").count("W") == 10_001  # one in WIB
    for page in pages(printed, dpi=100):
        edge = page.crop((page.width - 8, 0, page.width, page.height))
        assert edge.getextrema() == (255, 255)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
@hypothesis_settings(max_examples=60)
def test_no_text_stops_the_press(typed):
    assert paper.pdf("slip", {**SLIP, "title": typed, "bring": [typed]}, NOW).startswith(b"%PDF")


def test_the_same_data_give_the_same_bytes_and_the_time_is_an_argument():
    later = NOW.replace(year=2027)
    assert paper.pdf("slip", SLIP, NOW) == paper.pdf("slip", SLIP, NOW)
    assert paper.pdf("slip", SLIP, NOW) != paper.pdf("slip", SLIP, later)


def test_papers_are_made_beside_the_event_loop():
    async def many() -> int:
        press, beats = paper.Press(), 0
        papers = asyncio.gather(*(press.print("slip", SLIP, NOW) for _ in range(20)))
        while not papers.done():
            await asyncio.sleep(0.001)
            beats += 1
        assert {each[:4] for each in papers.result()} == {b"%PDF"}
        return beats

    assert asyncio.run(many()) > 5
    assert threading.active_count() < 60
