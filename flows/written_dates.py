"""Dates written in figures and month names, taken apart but not yet understood.

Finds the day, month and year that stand on the paper, in whatever order and
spelling; which century, year or month is meant when one is missing, and whether
such a day exists, is for `dates`.
"""

import re
from datetime import date

from rapidfuzz.distance import OSA

from flows.cleaning import listed
from flows.numerals import digitise, read_roman

_MONTHS = {
    spelling: number
    for number, spellings in enumerate(
        (
            "januari jan djanuari january januwari",
            "februari feb peb pebruari febuari pebuari february",
            "maret mar mrt march",
            "april apr apl avril",
            "mei may mai",
            "juni jun djuni june juny",
            "juli jul djuli july",
            "agustus agu agt ags agust agus agts august augustus aug",
            "september sep sept spt",
            "oktober okt oct october",
            "november nov nop nopember nofember",
            "desember des dec december",
        ),
        start=1,
    )
    for spelling in spellings.split()
}
_LABELS = {
    **dict.fromkeys(("tgl", "tanggal", "tg", "tggl"), "T"),
    **dict.fromkeys(("bulan", "bln", "bl"), "B"),
    **dict.fromkeys(("tahun", "thn", "th", "taun"), "Y"),
}
# Words that make two dates of one, or none.
DOUBTS = listed("atau ato sampai sampe sd hingga antara bukan sebelum setelah sesudah")
_TIME = re.compile(
    r"\b(jam|pukul|pkl|jm) ?\d{1,2}([.:]\d{2})?( ?wib)?( (pagi|siang|sore|malam))?\b"
    r"|\b\d{1,2}:\d{2}\b"
)
_NEXT_YEAR = re.compile(r"\b(?:tahun|thn|th) (ini|depan|lalu|kemarin)\b")
_NEXT_MONTH = re.compile(r"\b(?:tgl|tanggal|tg) (\d{1,2}) (?:bulan|bln) (ini|depan|lalu|kemarin)\b")
SEPARATORS = frozenset("-/.")
_TURN = {"ini": 0, "depan": 1, "lalu": -1, "kemarin": -1}
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[-/.]")

# Shapes over the symbols of `_symbol`: figures, <8> for a month's name, T B Y for
# the labels of day, month and year, ? for any other word.
_GAP = r"(?: [-/.TBY])* "
_DAY, _MONTH, _YEAR = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})", r"(?P<y>\d{4}|\d{2})"
_NAMED, _FULL_YEAR = r"<(?P<m>\d+)>", r"(?P<y>\d{4})"
_SHAPES = tuple(
    re.compile(f"(?<= ){shape}(?= )")
    for shape in (
        _FULL_YEAR + _GAP + _MONTH + _GAP + _DAY,
        _DAY + _GAP + _NAMED + _GAP + _YEAR,
        _NAMED + _GAP + _DAY + _GAP + _FULL_YEAR,
        _DAY + _GAP + _MONTH + _GAP + _YEAR,
        r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4}|\d{2})",
        _DAY + _GAP + _NAMED,
        _DAY + " [-/B] " + _MONTH,
        "T " + _DAY,
    )
)


def tokens(text: str, today: date) -> list[str]:
    """Words, figures and separators of a lower-case text, without times of day."""
    return digitise(_TOKEN.findall(_turned(_TIME.sub(" ", text), today)))


def find_parts(tokens: list[str]) -> tuple[int, int | None, str] | None:
    """Day, month and year as written; only when every figure belongs to the date."""
    if "lagi" in tokens or "lg" in tokens:  # '1 bulan 2 minggu lagi' counts from today
        return None
    symbols = [_symbol(tokens, at) for at in range(len(tokens))]
    line = f" {' '.join(symbols)} "
    for shape in _SHAPES:
        match = shape.search(line)
        if match is None:
            continue
        if re.search(r"[\d<]", line[: match.start()] + line[match.end() :]):
            return None
        parts = match.groupdict()
        month = int(parts["m"]) if parts.get("m") else None
        return int(parts["d"]), month, parts.get("y") or ""
    return None


def _symbol(tokens: list[str], at: int) -> str:
    word = tokens[at]
    if word in _LABELS:
        return _LABELS[word]
    if word.isdecimal():
        return _compact(word)
    if word in SEPARATORS:
        return word
    before, after = tokens[max(0, at - 2) : at], tokens[at + 1 : at + 3]
    if any(neighbour.isdecimal() for neighbour in before + after):
        month = _month(word)
        if month is None and before and after:
            month = read_roman(word)
        if month is not None and month <= 12:
            return f"<{month}>"
    return "?"


def _compact(digits: str) -> str:
    """Eight figures are DDMMYYYY, or YYYYMMDD when only that makes a date."""
    if len(digits) == 8 and digits[4:6] not in ("18", "19", "20", "21"):
        return f"{digits[:4]} {digits[4:6]} {digits[6:]}"
    return digits


def _month(word: str) -> int | None:
    if word in _MONTHS:
        return _MONTHS[word]
    allowed = 0 if len(word) < 5 else 1 if len(word) < 7 else 2
    if not allowed:
        return None
    distances = [
        (OSA.distance(word, spelling, score_cutoff=allowed), number)
        for spelling, number in _MONTHS.items()
        if len(spelling) > 4
    ]
    best = min(distances)[0]
    months = {number for distance, number in distances if distance == best}
    return months.pop() if best <= allowed and len(months) == 1 else None


def _turned(text: str, today: date) -> str:
    """'tahun depan' and '5 bulan depan' in figures."""

    def month(match: re.Match[str]) -> str:
        months = today.year * 12 + today.month - 1 + _TURN[match[2]]
        return f"{match[1]}/{months % 12 + 1}/{months // 12:04}"

    text = _NEXT_MONTH.sub(month, text)
    if re.search(r"\d", text):
        text = _NEXT_YEAR.sub(lambda match: f"{today.year + _TURN[match[1]]:04}", text)
    return text
