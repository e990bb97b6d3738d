"""The words: every message renders, every name that the code says exists, dates as people say."""

import ast
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from flows.calendar import Hours
from flows.checks import CHECKS, Refused, check
from flows.lifecycle import MOVES, STATUSES
from flows.model import DOUBTS
from handlers.words import Words, days_since, say_date, say_hours, say_short_time, say_time
from talk import house as make_house

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates" / "messages").glob("*.j2"))
}
HOUSE = make_house()
NAMES = sorted(HOUSE.words.names())
WIB = ZoneInfo("Asia/Jakarta")

VALUES = {
    "accepts": ("photo",), "answer": "x", "bring": ["Kartu Keluarga (KK)", "KTP lama"],
    "count": 2, "days": 3, "digits": 12, "documents": ["Surat kehilangan"], "doubtful": 1,
    "hours": "Senin-Kamis 07.15-15.30", "id": "-1001", "kind": "voice", "label": "Kartu Keluarga",
    "left": 2, "letters": 200, "most": 100, "name": "Yuni", "note": "Capnya belum kelihatan.",
    "number": "PU-2611-00042-5", "office": "Kecamatan Purwokerto Utara", "officer": "Bu Sari",
    "open": True, "opens": "Selasa, 24 November, pukul 07.15 WIB", "original": True,
    "promise": "Selasa, 24 November, pukul 08.06 WIB", "salam": True, "service": "Ganti KTP",
    "submitted": "Sen 23/11 08.06", "text": "Boleh.", "title": "Ganti KTP", "tries": 1,
    "value": "Grendeng", "years": 120,
    "tickets": [{"title": "Ganti KTP", "number": "PU-2611-00042-5", "status": "Diperiksa.",
                 "promise": "Selasa", "note": "", "applicant": "Yuni Astuti", "purpose": "before",
                 "visit": "Selasa, 24 November, pukul 09.00 WIB"}],
    "code": "4829 1375", "closes": "7 Desember 2026", "soon": ["PU-2611-00041-7"],
    "late": ["PU-2611-00042-5"], "long_late": ["PU-2611-00040-9"], "more": 2, "waiting": 5,
    "time": "Selasa, 24 November, pukul 09.00 WIB", "address": "Jalan Kenanga 12", "hour": 9,
    "first": ["PU-2611-00041-7"], "role": "petugas", "status": "in_review", "waits": True,
    "enclosed": True, "check": "https://loket.example.go.id/v/ABCDEFGHJKMN",
    "protocol": "Mohon pakai masker.", "full": False,
    "counter": 2, "day": "Senin 23/11", "series": "A", "minutes": 20, "nth": 12,
    "relation": "anak", "letter": "470/001/XI/2026",
    "link": "https://loket.example.go.id/p/ABCDEFGHJKMN",
    "stage": "soon", "due": "Kam 26/11 08.00",
    "kept": [("PU-2611-00042-5", "Sudah jadi arsip kependudukan.")],
    "overdue": 1, "before": "Pak Budi", "by": "Bu Rina", "correcting": 2, "ready": 3,
    "cases": [["KTP rusak", "ada data yang berubah"], ["diwakilkan"]],
    "errand": "ambil hasil Ganti KTP", "purpose": "pickup", "reason": "Listrik padam.",
    "photo": True, "written": True,
    "draft": "Ganti KTP", "heading": "Kalau KK hilang",
    "url": "https://loket.example.go.id/media/photo-x.jpg",
    "until": "9 Maret 2027", "outings": ["Sabtu 5/12 08.00-11.00, Balai RW 4 Grendeng"],
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tries", [1, 2])
def test_every_message_renders(name, tries):
    text = HOUSE.words.say(name, **{**VALUES, "tries": tries})
    assert text
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert not re.search(r"[{}]|  ", text), text


@pytest.mark.parametrize("name", [name for name in NAMES if name != "alert_ticket"])
def test_every_sentence_is_short_enough_to_be_read(name):
    for sentence in re.split(r"(?<=[.!?])\s|\n", HOUSE.words.say(name, **{**VALUES, "tries": 2})):
        assert len(sentence.split()) <= 15, sentence


def test_a_value_that_is_missing_is_a_bug_and_not_a_gap():
    words = Words({"a.j2": "{% block hello %}Halo {{ name }}{% endblock %}"})
    with pytest.raises(UndefinedError):
        words.say("hello")


def test_a_name_that_stands_twice_is_refused():
    hello = "{% block hello %}Halo{% endblock %}"
    with pytest.raises(ValueError, match="hello stands twice"):
        Words({"a.j2": hello, "b.j2": hello})


# --- every name that is said exists -----------------------------------------------------


def said_in_code():
    """The message names in `say(…)` and `Say(…)` of the code; f-strings as patterns."""
    for package in ("flows", "handlers", "bot"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and _is_say(node.func):
                    message = node.args[2 if _is_refusal(node.func) else 0]
                    for each in _names(message):
                        yield path.name, each


def _is_refusal(function):
    """The engine's `_refused(flow, state, message, …)`."""
    return getattr(function, "id", "") == "_refused"


def _is_say(function):
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in ("say", "Say", "_say", "_refused")


def _names(argument):
    for node in ast.walk(argument):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+"
                for part in node.values
            )
            return
    for node in ast.walk(argument):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)


SAID = sorted(set(said_in_code()))


def test_the_code_says_something():
    assert len(SAID) > 40


@pytest.mark.parametrize(("where", "pattern"), SAID)
def test_every_name_said_by_the_code_exists(where, pattern):
    assert any(re.fullmatch(pattern, name) for name in NAMES), f"{where} says {pattern}"


def test_every_message_is_said_somewhere():
    """Also by a name that stands in a table, or in a template of the desk."""
    sources = [*ROOT.glob("flows/*.py"), *ROOT.glob("handlers/*.py"), *ROOT.glob("bot/**/*.py")]
    quoted = set(re.findall(r'"(\w+)"', "".join(path.read_text() for path in sources)))
    said = re.compile("|".join(pattern for _, pattern in SAID))
    assert [name for name in NAMES if not said.fullmatch(name) and name not in quoted] == []


@pytest.mark.parametrize("kind", CHECKS)
def test_every_refusal_of_a_check_has_its_words(kind):
    """Whatever is typed for anything, the reason why it will not do can be said."""
    today = date(2026, 11, 23)
    typed = ("", "x", "-", "123", "1" * 17, "3302273208900003", "0002271708900003",
             "3302271708900000", "3302275708900003", "3302270102150000", "3302279902150004",
             "+81 90 1234", "08123", "32-13-1990", "1-1-2099", "1-1-1700", "a1", "😀", "\u202e",
             "n" * 101, "t" * 1001, "1000", "RT 3", "Lingkungan 100", "ß1", "$%&")  # fmt: skip
    for text in typed:
        for tries in (1, 2):
            assert refusal(kind, text, today, tries) != ""


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=60))
def test_every_refusal_of_any_text_has_its_words(kind, text):
    assert refusal(kind, text, date(2026, 11, 23)) != ""


def refusal(kind, text, today, tries=1):
    """Why a text will not do, in words; None if it will."""
    try:
        check(kind, text, today)
    except Refused as refused:
        return HOUSE.words.say(f"wrong_{refused.code}", **refused.values, tries=tries)


def test_every_verdict_of_an_examination_has_its_words():
    source = "".join(
        path.read_text() for path in (ROOT / "bot").rglob("*.py") if "Unfit(" in path.read_text()
    )
    codes = set(re.findall(r'Unfit\("(\w+)"', source)) | {"lost"}
    assert len(codes) > 5
    assert {code for code in codes if f"file_{code}" not in HOUSE.words} == set()
    assert {doubt for doubt in DOUBTS if f"photo_{doubt}" not in HOUSE.words} == set()


def test_every_state_and_move_has_its_words():
    assert all(f"state_{status}" in HOUSE.words for status in STATUSES)
    assert all(move.tells in HOUSE.words for move in MOVES.values() if move.tells)


@given(st.text(max_size=80))
def test_what_people_write_is_shown_as_it_was_written(text):
    """No template runs twice: braces, tags and entities in a value are just characters."""
    said = HOUSE.words.say("officer_reply", name="Sari", text=f"<{text}>")
    assert said == f"Dari petugas, Sari:\n<{text}>"


# --- dates and hours --------------------------------------------------------------------


def test_a_time_is_said_with_its_day_and_its_zone():
    noon = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert say_time(noon, WIB) == "Selasa, 24 November, pukul 09.00 WIB"
    assert say_time(noon, ZoneInfo("Asia/Makassar")) == "Selasa, 24 November, pukul 10.00 WITA"
    assert say_time(noon, ZoneInfo("Asia/Jayapura")) == "Selasa, 24 November, pukul 11.00 WIT"
    assert say_short_time(noon, WIB) == "Sel 24/11 09.00"


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_indonesian_name(month):
    names = ("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November "
             "Desember").split()  # fmt: skip
    assert say_date(date(2026, month, 1)) == f"1 {names[month - 1]} 2026"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"mon": "08.00-15.00"}, "Senin 08.00-15.00"),
        ({"mon": "08.00-15.00", "tue": "08.00-15.00"}, "Senin-Selasa 08.00-15.00"),
        ({"mon": "08.00-12.00, 13.00-15.00"}, "Senin 08.00-12.00 dan 13.00-15.00"),
        ({"mon": "08.00-15.00", "wed": "08.00-15.00"}, "Senin 08.00-15.00, Rabu 08.00-15.00"),
    ],
)
def test_hours_are_said_in_groups_of_days(table, words):
    assert say_hours(Hours.read(table)) == words


def test_days_are_counted_by_the_office_s_calendar():
    evening = datetime(2026, 11, 23, 16, 59, tzinfo=UTC)  # 23.59 in Purwokerto
    assert days_since(evening, evening, WIB) == 0
    assert days_since(evening, evening + timedelta(minutes=1), WIB) == 1
    assert days_since(evening, evening + timedelta(days=3), WIB) == 3
