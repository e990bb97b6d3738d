"""Dates as people type them, day first always.

Written without dateparser on purpose.  Tried on our table (1.5.0, Indonesian,
DMY) it missed 'lusa', 'senin depan', '3 hari lagi', '17081990' and every typing
error, read '12/30/1990' month first and took '3', '1990' and the hour '09.30'
for dates: behind these rules it would only have added mistakes.

A date in figures may stand among other words (a place of birth), a day named by
its distance may not (see `days`).  Two dates in one answer are none.
"""

import re
from collections.abc import Iterable
from datetime import date

from flows.cleaning import plain, straighten
from flows.days import WEEKDAYS, Leaning, find_day, puts_off
from flows.verdicts import Checked, Refused
from flows.written_dates import DOUBTS, SEPARATORS, find_parts, tokens

OLDEST = 120  # years a birth date may lie back
FURTHEST = 2  # years a coming date may lie ahead
SANE = 200  # years either way for any other date


def check_date(text: str, today: date) -> Checked:
    """Any date."""
    found, warning = find_date(text, today, "near")
    if abs(found.year - today.year) > SANE:
        raise Refused("date_too_far", years=SANE)
    return Checked(found.isoformat(), warning)


def check_past(text: str, today: date) -> Checked:
    """A date that has been, such as a birth date."""
    found, warning = find_date(text, today, "past")
    if found > today:
        raise Refused("date_in_future")
    if found < _years_from(today, -OLDEST):
        raise Refused("date_too_far", years=OLDEST)
    return Checked(found.isoformat(), warning)


def check_future(text: str, today: date) -> Checked:
    """Today or a coming date, such as a wedding day."""
    found, warning = find_date(text, today, "future")
    if found < today:
        raise Refused("date_in_past")
    if found > _years_from(today, FURTHEST):
        raise Refused("date_too_far", years=FURTHEST)
    return Checked(found.isoformat(), warning)


def find_date(text: str, today: date, leaning: Leaning) -> tuple[date, str]:
    """The date an answer means, with 'date_weekday' if it names another weekday."""
    text = straighten(plain(text)).lower()
    text = re.sub(r"['’‘`´]", "", text)
    if not re.search(r"[^\W_]", text):
        raise Refused("date_empty")
    pieces = tokens(text, today)
    words = [piece for piece in pieces if piece not in SEPARATORS]
    if DOUBTS.isdisjoint(words):
        if parts := find_parts(pieces):
            found = _resolve(*parts, today, leaning)
            return found, _weekday_warning(words, found)
        try:
            named = find_day(words, today, leaning)
        except OverflowError:
            raise Refused("date_too_far", years=SANE) from None
        if named:
            return named, ""
    raise Refused("date_later" if puts_off(text) else "date_unknown")


def _resolve(day: int, month: int | None, year: str, today: date, leaning: Leaning) -> date:
    """Fill in what was not written: the century, the year, or month and year."""
    this = today.year
    if month is None:
        around = [divmod(this * 12 + today.month - 1 + step, 12) for step in range(-12, 13)]
        found = _dates((y, m + 1, day) for y, m in around)
    elif len(year) == 4:
        found = _dates([(int(year), month, day)])
    elif len(year) == 2:
        century = this // 100 * 100
        centuries = [century - 100, century] + ([century + 100] if leaning == "future" else [])
        found = _dates((c + int(year), month, day) for c in centuries)
        if leaning == "near":
            found = [d for d in found if d.year <= this + 10] or found
        elif leaning == "future":  # the nearest, so that a birth year is told 'in the past'
            leaning = "near"
    else:
        found = _dates((this + step, month, day) for step in range(-8, 9))
    if not found:
        raise Refused("date_impossible")
    return _choose(found, today, leaning)


def _choose(found: list[date], today: date, leaning: Leaning) -> date:
    if leaning == "past":
        return max((d for d in found if d <= today), default=min(found))
    if leaning == "future":
        return min((d for d in found if d >= today), default=max(found))
    return min(found, key=lambda d: abs(d - today))


def _dates(parts: Iterable[tuple[int, int, int]]) -> list[date]:
    found = []
    for year, month, day in parts:
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return found


def _weekday_warning(words: list[str], found: date) -> str:
    named = {WEEKDAYS[word] for word in words if word in WEEKDAYS}
    return "date_weekday" if named and named != {found.weekday()} else ""


def _years_from(day: date, years: int) -> date:
    year = max(date.min.year, min(date.max.year, day.year + years))
    return day.replace(year=year, day=28 if day.month == 2 and day.day == 29 else day.day)
