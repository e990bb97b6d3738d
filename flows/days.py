"""Days named by their distance from today: 'besok', 'senin depan', '3 hari lagi'.

Only whole expressions are understood: a word we do not know makes the answer
None, for 'besok' inside a longer story may mean anything.  Knows neither what
the day is for nor which days are allowed.
"""

import calendar
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from rapidfuzz.distance import OSA

from flows.cleaning import listed

# Which way an unfinished date points: 'hari jumat', '17 agustus', '90'.
Leaning = Literal["past", "future", "near"]

WEEKDAYS = {
    **dict.fromkeys(("senin", "senen", "snin", "sen", "monday"), 0),
    **dict.fromkeys(("selasa", "slasa", "sel", "tuesday"), 1),
    **dict.fromkeys(("rabu", "rabo", "rebo", "rbu", "rab", "wednesday"), 2),
    **dict.fromkeys(("kamis", "kemis", "kms", "kam", "thursday"), 3),
    **dict.fromkeys(("jumat", "jumaat", "jumuah", "jemuah", "jmt", "jum", "friday"), 4),
    **dict.fromkeys(("sabtu", "setu", "sbtu", "sbt", "sab", "saturday"), 5),
    **dict.fromkeys(("minggu", "ahad", "mgg", "mggu", "sunday"), 6),
}
_SPELLINGS = {
    **dict.fromkeys(("bsk", "bsok", "besuk", "esok", "sesuk", "ngesuk", "besoknya"), "besok"),
    **dict.fromkeys(
        ("kmrn", "kmren", "kmaren", "kmarin", "kemaren", "wingi", "semalam"), "kemarin"
    ),
    **dict.fromkeys(("skrg", "skrang", "skg", "saiki", "siki"), "sekarang"),
    **dict.fromkeys(("hr", "hri", "dina"), "hari"),
    **dict.fromkeys(("pekan", "mgg", "mggu"), "minggu"),
    **dict.fromkeys(("bln",), "bulan"),
    **dict.fromkeys(("thn", "th"), "tahun"),
    **dict.fromkeys(("dpn", "dpan", "berikutnya", "ngarep"), "depan"),
    **dict.fromkeys(("lg", "lgi", "mendatang", "kedepan"), "lagi"),
    **dict.fromkeys(("silam", "lewat", "lampau"), "lalu"),
}
_WHOLES = {
    "sehari": "hari",
    "seminggu": "minggu",
    "sepekan": "minggu",
    "sebulan": "bulan",
    "setahun": "tahun",
}
_PARTS_OF_DAY = frozenset({"pagi", "siang", "sore", "malam", "petang", "dini"})
_NOISE = listed(
    "tgl tanggal pada yang yg aja saja ya yaa iya pak bu bapak ibu mas mbak kak min insya allah "
    "insyaallah inshaallah kalau kalo klo bisa boleh mau saya sy aku di ke pas kira sekitar "
    "mungkin jadi datang dateng dong deh lah oke ok tolong dalam"
)
# Words that put an answer off; 'besok' does where no day was asked for.
_LATER = listed("nanti nti ntar entar mengko tunggu sebentar bentar sabar")
_LATER_DAY = listed("besok bsk bsok besuk sesuk lusa")
_NOT = listed("tidak tdk gak ga gk nggak ngga enggak ndak belum blm blom belom durung ora mboten")
_HAVING = listed("ada punya bisa bawa pegang ketemu duwe ana nduwe gadhah")
_KNOWING = listed("tau tahu hafal hapal apal inget ingat ngerti ngertos kelingan eling keluar")
_FORGETTING = listed("lupa klalen kesupen skip lewati")
_TYPO_TARGETS = listed(
    "senin selasa kamis jumat sabtu minggu besok kemarin sekarang depan bulan tahun"
)


def puts_off(text: str, *, by_day: bool = False) -> bool:
    """Whether a text without an answer says why: 'nanti ya bu', 'belum punya'.

    by_day  also by naming a day ('besok'), where that is surely no answer
    """
    words = set(re.findall(r"[^\W_]+", text.lower()))
    later = words & (_LATER | _LATER_DAY if by_day else _LATER)
    unknown = words & _FORGETTING or (words & _NOT and words & (_HAVING | _KNOWING))
    return bool(later or unknown)


def find_day(words: Sequence[str], today: date, leaning: Leaning) -> date | None:
    """The day a whole expression means, or None.  May raise OverflowError."""
    match _normalised(words):
        case ["hari", "ini"] | ["sekarang"]:
            return today
        case ["besok"]:
            return today + timedelta(1)
        case ["lusa"] | ["besok", "lusa"]:
            return today + timedelta(2)
        case ["kemarin"]:
            return today - timedelta(1)
        case ["kemarin", "dulu" | "lusa"]:
            return today - timedelta(2)
        case [("minggu" | "bulan" | "tahun") as unit, "depan"]:
            return _moved(today, 1, unit)
        case [("minggu" | "bulan" | "tahun") as unit, "lalu" | "kemarin"]:
            return _moved(today, -1, unit)
        case [n, ("hari" | "minggu" | "bulan" | "tahun") as unit, *rest] if n.isdecimal():
            return _counted(today, int(n), unit, rest)
        case ["minggu", "ini"]:
            return None  # this week, or this Sunday?
        case ["hari", weekday, *rest] | [weekday, *rest] if weekday in WEEKDAYS:
            return _weekday(today, WEEKDAYS[weekday], rest, leaning)
        case ["besok", "hari", weekday] | ["besok", weekday] if weekday in WEEKDAYS:
            return _on_or_after(today + timedelta(1), WEEKDAYS[weekday])
    return None


def _counted(today: date, n: int, unit: str, rest: Sequence[str]) -> date | None:
    if len(rest) != 1 or n > 9999 or (unit == "bulan" and rest == ["depan"]):
        return None  # '5 bulan depan': the fifth of next month, or in five months?
    if rest[0] in ("lagi", "depan"):
        return _moved(today, n, unit)
    return _moved(today, -n, unit) if rest[0] in ("lalu", "kemarin") else None


def _weekday(today: date, weekday: int, rest: Sequence[str], leaning: Leaning) -> date | None:
    """A weekday with its pointer.

    'senin depan' is the Monday of next week, weeks running Monday to Sunday:
    on a Wednesday 'jumat depan' is nine days away, as opposed to 'jumat ini' in
    two; on a Sunday 'senin depan' is tomorrow.  Speakers differ, so a flow must
    read the day and date back to the person.
    A bare 'jumat' said on a Friday is not today ('hari ini' would be).
    """
    this_monday = today - timedelta(today.weekday())
    match rest:
        case []:
            if leaning == "past":
                return _on_or_before(today - timedelta(1), weekday)
            return _on_or_after(today + timedelta(1), weekday)
        case ["ini" | "sekarang"]:
            step = _on_or_before if leaning == "past" else _on_or_after
            return step(today, weekday)
        case ["besok" | "lagi"]:
            return _on_or_after(today + timedelta(1), weekday)
        case ["depan"] | ["minggu", "depan"]:
            return this_monday + timedelta(7 + weekday)
        case ["minggu", "ini"]:
            return this_monday + timedelta(weekday)
        case ["lalu" | "kemarin"]:
            return _on_or_before(today - timedelta(1), weekday)
        case ["minggu", "lalu" | "kemarin"]:
            return this_monday + timedelta(weekday - 7)
    return None


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta((weekday - day.weekday()) % 7)


def _on_or_before(day: date, weekday: int) -> date:
    return day - timedelta((day.weekday() - weekday) % 7)


def _moved(day: date, count: int, unit: str) -> date:
    if unit in ("hari", "minggu"):
        return day + timedelta(count * (7 if unit == "minggu" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "tahun" else 1)
    year, month = divmod(months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("beyond the calendar")
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _normalised(words: Sequence[str]) -> list[str]:
    result: list[str] = []
    for index, raw in enumerate(words):
        word = _SPELLINGS.get(raw, raw)
        if word in _PARTS_OF_DAY:
            following = words[index + 1] if index + 1 < len(words) else ""
            if following == "ini":
                result.append("hari")
            elif word == "malam" and following in WEEKDAYS:
                return []  # 'malam jumat' is Thursday evening
        elif word == "nanti":
            if index + 1 < len(words) and words[index + 1] in _PARTS_OF_DAY and len(words) == 2:
                return ["hari", "ini"]
        elif word == "tadi" and not _PARTS_OF_DAY.isdisjoint(words):
            result += ["kemarin"] if "malam" in words else ["hari", "ini"]
        elif word in _WHOLES:
            result += ["1", _WHOLES[word]]
        elif word == "ahad":
            result += ["minggu"] if result[-1:] == ["hari"] else ["hari", "minggu"]
        elif word not in _NOISE:
            result.append(_spelled_right(word))
    return result


def _spelled_right(word: str) -> str:
    if len(word) < 5 or word in WEEKDAYS or word in _TYPO_TARGETS:
        return word
    near = [target for target in _TYPO_TARGETS if OSA.distance(word, target, score_cutoff=1) < 2]
    return near[0] if len(near) == 1 else word
