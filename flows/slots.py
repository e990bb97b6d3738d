"""Times at which people can come: an office's opening hours, cut into visits of equal length.

How many are taken at each start is told by the caller; who took them is not known here.
Starts are instants in UTC, days are those of the office.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.calendar import Calendar, Span

Taken = Mapping[datetime, Collection[int]]
"""The seats that are booked at each start; a start without any need not be there."""
Shut = Sequence[tuple[datetime, datetime]]
"""Hours in which nobody can come though the office is open."""

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
    kept      seats of each start kept for those who asked to be served first
    release   so long before a start its kept seats are for everybody
    """

    minutes: int = 15
    counters: int = 2
    days: int = 10
    lead: timedelta = timedelta(hours=1)
    kept: int = 0
    release: timedelta = timedelta(hours=24)

    def seats(self, start: datetime, now: datetime, first: bool, most: int) -> list[int]:
        """The seats that somebody may take, in the order in which they are tried.

        first  asked to be served first: the kept seats are theirs, and then the others
        most   counters in use at that start
        """
        common = max(0, most - self.kept)
        kept, others = range(common + 1, most + 1), range(1, common + 1)
        if first:
            return [*kept, *others]
        return [*others, *kept] if start - now <= self.release else [*others]


def cut(zone: ZoneInfo, minutes: int, day: date, spans: Iterable[Span]) -> Iterator[datetime]:
    """When a visit can begin in those hours of a day: the whole of it lies within them."""
    length = timedelta(minutes=minutes)
    for opens, closes in spans:
        start = datetime.combine(day, opens, zone).astimezone(UTC)
        end = datetime.combine(day, closes, zone).astimezone(UTC)
        while start + length <= end:
            yield start
            start += length


def starts(calendar: Calendar, minutes: int, day: date) -> Iterator[datetime]:
    """When a visit can begin at the office on that day."""
    return cut(calendar.zone, minutes, day, calendar.spans(day))


def is_shut(start: datetime, minutes: int, shut: Shut) -> bool:
    """Whether a visit would lie within closed hours, be it for a minute."""
    end = start + timedelta(minutes=minutes)
    return any(start < ends and begins < end for begins, ends in shut)


def horizon(calendar: Calendar, booking: Booking, now: datetime) -> Iterator[date]:
    """The working days from which people choose."""
    day = now.astimezone(calendar.zone).date()
    for number in range(booking.days):
        if number or not calendar.is_working(day):
            day = calendar.next_working(day)
        yield day


def free(
    calendar: Calendar,
    booking: Booking,
    taken: Taken,
    now: datetime,
    *,
    first: bool = False,
    shut: Shut = (),
    limits: Mapping[date, int] | None = None,
) -> list[datetime]:
    """Every start at the office that still has room, soonest first.

    first   for somebody who asked to be served first
    limits  counters in use on days on which they are fewer
    """
    every = (
        (day, start)
        for day in (horizon(calendar, booking, now) if booking.counters > 0 else ())
        for start in starts(calendar, booking.minutes, day)
    )
    return [
        start
        for day, start in every
        if start >= now + booking.lead
        and not is_shut(start, booking.minutes, shut)
        and has_room(booking, taken, start, now, first, (limits or {}).get(day, booking.counters))
    ]


def has_room(
    booking: Booking, taken: Taken, start: datetime, now: datetime, first: bool, most: int
) -> bool:
    """Whether a seat is left there for somebody."""
    here = taken.get(start, ())
    if len(here) >= most:
        return False
    return any(seat not in here for seat in booking.seats(start, now, first, most))


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


def _day(calendar: Calendar, start: datetime) -> date:
    return start.astimezone(calendar.zone).date()


def _half(calendar: Calendar, start: datetime) -> tuple[date, bool]:
    local = start.astimezone(calendar.zone)
    return local.date(), local.time() >= AFTERNOON
