"""Times at which people can come: an office's opening hours, cut into visits of equal length.

How many are taken at each start is told by the caller; who took them is not known here.
Starts are instants in UTC, days are those of the office.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flows.calendar import Calendar

Taken = Mapping[datetime, int]
"""How many visits are booked at each start; a start without any need not be there."""

AFTERNOON = time(13)
"""Before it people eat and pray, also where the counters stay open."""
MOST_HOURS = 9
"""So many lines of a WhatsApp list are left when the last one says "another day"."""


@dataclass(frozen=True, slots=True)
class Booking:
    """How an office lets people book.

    minutes   length of a visit
    counters  visits that can begin at the same time; 0 when nobody can book
    days      working days to choose from, today's included
    lead      least time between booking and coming
    """

    minutes: int = 15
    counters: int = 2
    days: int = 10
    lead: timedelta = timedelta(hours=1)


def starts(calendar: Calendar, minutes: int, day: date) -> Iterator[datetime]:
    """When a visit can begin on that day: the whole of it lies between opening and closing."""
    length = timedelta(minutes=minutes)
    for opens, closes in calendar.spans(day):
        start = datetime.combine(day, opens, calendar.zone).astimezone(UTC)
        end = datetime.combine(day, closes, calendar.zone).astimezone(UTC)
        while start + length <= end:
            yield start
            start += length


def free(calendar: Calendar, booking: Booking, taken: Taken, now: datetime) -> list[datetime]:
    """Every start that still has room, soonest first."""
    if booking.counters < 1:
        return []
    return [
        start
        for day in _days(calendar, booking, now)
        for start in starts(calendar, booking.minutes, day)
        if start >= now + booking.lead and taken.get(start, 0) < booking.counters
    ]


def is_bookable(calendar: Calendar, booking: Booking, start: datetime, now: datetime) -> bool:
    """Whether people may book that start at all, room or not."""
    return start in free(calendar, booking, {}, now)


def good(calendar: Calendar, room: Sequence[datetime], most: int = 3) -> list[datetime]:
    """A few times that differ: the soonest, another part of a day, another day.

    The later ones are full hours where there is one: they are easier to keep in mind.
    """
    chosen = list(room[:1])
    if chosen:
        soon = chosen[0]
        chosen += _first(calendar, [s for s in room if _half(calendar, s) > _half(calendar, soon)])
        last = _day(calendar, chosen[-1])
        chosen += _first(calendar, [s for s in room if _day(calendar, s) > last])
    chosen += [start for start in room if start not in chosen]
    return sorted(chosen[:most])


def _first(calendar: Calendar, room: Sequence[datetime]) -> list[datetime]:
    """The first full hour of the first half day that has room, else its first start."""
    half = [start for start in room if _half(calendar, start) == _half(calendar, room[0])]
    full = [start for start in half if not start.astimezone(calendar.zone).minute]
    return (full or half)[:1]


def days(calendar: Calendar, room: Sequence[datetime]) -> list[date]:
    """The days that have room."""
    return list(dict.fromkeys(_day(calendar, start) for start in room))


def hours(calendar: Calendar, room: Sequence[datetime], day: date) -> list[datetime]:
    """The first start with room in each hour of a day: a list that one can read through."""
    first: dict[int, datetime] = {}
    for start in room:
        if _day(calendar, start) == day:
            first.setdefault(start.astimezone(calendar.zone).hour, start)
    return list(first.values())[:MOST_HOURS]


def _days(calendar: Calendar, booking: Booking, now: datetime) -> Iterator[date]:
    day = now.astimezone(calendar.zone).date()
    for number in range(booking.days):
        if number or not calendar.is_working(day):
            day = calendar.next_working(day)
        yield day


def _day(calendar: Calendar, start: datetime) -> date:
    return start.astimezone(calendar.zone).date()


def _half(calendar: Calendar, start: datetime) -> tuple[date, bool]:
    local = start.astimezone(calendar.zone)
    return local.date(), local.time() >= AFTERNOON
