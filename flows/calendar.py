"""Working days and opening hours, and the promises counted in them.

National holidays come from the `holidays` package; *cuti bersama* count as
closed, as offices keep them.  Instants are aware and returned in UTC; days and
clock times are those of the office's zone.  What is promised to whom is not
known here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations
from zoneinfo import ZoneInfo

import holidays as national

Span = tuple[time, time]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OBSERVED = ("public", "government")
# An office closed for longer than this has a mistake in its settings.
LONGEST_CLOSURE = 366

_CLOCK = r"(\d{1,2})[.:](\d{2})"
_SPAN = re.compile(rf"{_CLOCK}\s*[-–—]\s*{_CLOCK}")
_SLA = re.compile(r"(\d{1,4})\s*(hari(?:\s+kerja)?|jam|menit)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sla:
    """How long a service may take: working days, then minutes of opening time."""

    days: int = 0
    minutes: int = 0

    def __post_init__(self) -> None:
        if self.days < 0 or self.minutes < 0:
            raise ValueError("a service cannot take less than no time")

    @classmethod
    def read(cls, text: str) -> "Sla":
        """'2 hari kerja', '30 menit', '2 jam', or several of them; 'hari' are working days."""
        parts = _SLA.findall(text)
        if not parts or re.sub(r"[\s,]|\bdan\b", "", _SLA.sub("", text)):
            raise ValueError(f"not a duration: {text!r}; say '2 hari kerja', '2 jam' or '30 menit'")
        amounts = {"hari": 0, "jam": 0, "menit": 0}
        for number, unit in parts:
            amounts[unit.lower().split()[0]] += int(number)
        sla = cls(amounts["hari"], amounts["jam"] * 60 + amounts["menit"])
        if sla == cls():
            raise ValueError(f"no time at all: {text!r}")
        return sla


@dataclass(frozen=True, slots=True)
class Hours:
    """When the office is open in an ordinary week; `spans[0]` is Monday."""

    spans: tuple[tuple[Span, ...], ...]

    @classmethod
    def read(cls, table: Mapping[str, str]) -> "Hours":
        """From {'mon': '07.15-15.30', 'fri': '07.15-11.30, 13.00-15.15'}; no entry is closed.

        Raises a ValueError that names everything wrong in the table.
        """
        wrong = [
            f"{day}: no such day, only {', '.join(WEEKDAYS)}"
            for day in table
            if day not in WEEKDAYS
        ]
        spans: list[tuple[Span, ...]] = []
        for day in WEEKDAYS:
            found, mistakes = _read_spans(table.get(day, ""))
            spans.append(found)
            wrong += [f"{day}: {mistake}" for mistake in mistakes]
        if not wrong and not any(spans):
            wrong.append("the office is never open")
        if wrong:
            raise ValueError("; ".join(wrong))
        return cls(tuple(spans))


def read_spans(text: str) -> tuple[Span, ...]:
    """'07.15-11.30, 13.00-15.15' of one day.  Raises a ValueError that names everything wrong."""
    spans, mistakes = _read_spans(text)
    if mistakes or not spans:
        raise ValueError("; ".join(mistakes) or "says no hours; write them like '08.00-11.00'")
    return spans


@dataclass(frozen=True, slots=True)
class Season:
    """Days from the first to the last on which another week holds, as in Ramadan."""

    first: date
    last: date
    hours: Hours
    name: str = ""

    def overlaps(self, other: "Season") -> bool:
        """Whether both hold on some day."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days and hours of one office.

    closed    days off besides the national ones
    holidays  the kinds of national holiday that are kept; () for none
    seasons   weeks that replace the ordinary one for some time; no two of them overlap
    """

    hours: Hours
    zone: ZoneInfo
    closed: frozenset[date] = frozenset()
    holidays: tuple[str, ...] = OBSERVED
    seasons: tuple[Season, ...] = ()

    def __post_init__(self) -> None:
        for one, other in combinations(self.seasons, 2):
            if one.overlaps(other):
                raise ValueError(f"{one.name!r} and {other.name!r} overlap")

    def holiday(self, day: date) -> str | None:
        """The name of a national holiday; the office's own days off have none."""
        return _holidays(day.year, self.holidays).get(day) if self.holidays else None

    def season(self, day: date) -> Season | None:
        """The season that a day lies in."""
        return next((each for each in self.seasons if each.first <= day <= each.last), None)

    def week(self, day: date) -> Hours:
        """The hours of the week that holds on a day."""
        season = self.season(day)
        return season.hours if season else self.hours

    def is_working(self, day: date) -> bool:
        return bool(self.spans(day))

    def spans(self, day: date) -> tuple[Span, ...]:
        """The opening times of a day; none when closed."""
        spans = self.week(day).spans[day.weekday()]
        return () if not spans or day in self.closed or self.holiday(day) is not None else spans

    def next_working(self, day: date) -> date:
        """The first working day after `day`."""
        for step in range(1, LONGEST_CLOSURE + 1):
            if self.is_working(day + timedelta(step)):
                return day + timedelta(step)
        raise ValueError(f"the office is closed for a year from {day}")

    def working_days_between(self, start: date, end: date) -> int:
        """Working days strictly after `start` up to and including `end`; 0 when end <= start."""
        return sum(self.is_working(start + timedelta(n)) for n in range(1, (end - start).days + 1))

    def is_open(self, instant: datetime) -> bool:
        """Open from the opening minute on; at the closing minute already closed."""
        day = _aware(instant).astimezone(self.zone).date()
        return any(opens <= instant < closes for opens, closes in self._instants(day))

    def next_open(self, instant: datetime) -> datetime:
        """The instant itself when open, else the next opening."""
        return max(_aware(instant), next(self._coming(instant))[0]).astimezone(UTC)

    def add_minutes(self, instant: datetime, minutes: int) -> datetime:
        """After so many minutes of opening time; may be the closing minute itself."""
        left = timedelta(minutes=minutes)
        now = self.next_open(instant)
        for opens, closes in self._coming(now):
            now = max(now, opens)
            if left <= closes - now:
                break
            left -= closes - now
        return (now + left).astimezone(UTC)

    def add_working_days(self, instant: datetime, days: int) -> datetime:
        """From the next opening on, `days` working days later at the same clock time.

        Should that day be closed then, the time moves to its next opening, or
        back to its last closing.  No days: the next opening.
        """
        start = self.next_open(instant)
        if days <= 0:
            return start
        local = start.astimezone(self.zone)
        day = local.date()
        for _ in range(days):
            day = self.next_working(day)
        wanted = datetime.combine(day, local.time(), self.zone).astimezone(UTC)
        for opens, closes in self._instants(day):
            if wanted <= closes:
                return max(wanted, opens)
        return self._instants(day)[-1][1]

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of opening time from one instant to another; 0 when it is not later."""
        total = timedelta()
        if end <= start:
            return 0
        for opens, closes in self._coming(_aware(start)):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total // timedelta(minutes=1)

    def promise(self, submitted: datetime, sla: Sla) -> datetime:
        """When a request handed in at `submitted` is due: within opening hours, in UTC."""
        due = self.add_working_days(submitted, sla.days)
        return self.add_minutes(due, sla.minutes) if sla.minutes else due

    def _coming(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening times not over at an instant, without end."""
        day = instant.astimezone(self.zone).date()
        if not self.is_working(day):
            day = self.next_working(day)
        while True:
            yield from (span for span in self._instants(day) if instant < span[1])
            day = self.next_working(day)

    def _instants(self, day: date) -> list[tuple[datetime, datetime]]:
        return [
            (
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in self.spans(day)
        ]


@lru_cache(maxsize=64)
def _holidays(year: int, kinds: tuple[str, ...]) -> dict[date, str]:
    """Named in the official language; left alone, the names would follow our locale."""
    return dict(national.country_holidays("ID", years=year, categories=kinds, language="id"))


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant


def _read_spans(text: str) -> tuple[tuple[Span, ...], list[str]]:
    spans: list[Span] = []
    wrong: list[str] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _SPAN.fullmatch(part)
        try:
            if match is None:
                raise ValueError
            h1, m1, h2, m2 = map(int, match.groups())
            span = time(h1, m1), time(h2, m2)
        except ValueError:
            wrong.append(f"{part!r} is not like '07.15-15.30'")
            continue
        if span[0] >= span[1]:
            wrong.append(f"{part!r} ends before it begins")
        elif spans and span[0] < spans[-1][1]:
            wrong.append(f"{part!r} begins before the span ahead of it ends")
        else:
            spans.append(span)
    return tuple(spans), wrong
