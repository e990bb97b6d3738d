"""The office's calendar as the desk shows it: who comes when, what is free, what is closed.

A day has a grid of its starts; what was booked outside of it, before hours were changed, is
shown as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from flows import slots
from flows.outings import Outing
from handlers.agenda import HERE, Agenda
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.offices import Office
from handlers.purposes import still
from handlers.reminders import MOST_MISSED
from handlers.words import say_clock, say_day, say_full_day, say_spans
from storage import appointments, tickets
from storage.db import Tx

LOOKED_BACK = timedelta(days=60)
"""How long somebody who missed every time is still to be called."""
FARTHEST = timedelta(days=366)
"""Days further away than this from today have no page."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes, came or did not come.

    waits  whether the desk may note that they came: it cannot know it otherwise
    """

    id: int
    number: str
    title: str
    applicant: str
    purpose: str
    priority: bool
    state: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Start:
    """One start: who has its seats, and how many are free.

    shut  lies in closed hours
    past  is over; nobody can book it
    """

    clock: str
    visitors: Sequence[Visitor]
    free: int
    shut: bool
    past: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a day; `name` is "" for the office itself."""

    name: str
    hours: str
    starts: Sequence[Start]


@dataclass(frozen=True, slots=True)
class Closed:
    """Hours that were closed by somebody; `undo`: it can still be undone."""

    id: int
    place: str
    begins: str
    ends: str
    reason: str
    by: str
    undo: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an office.

    rest  why the office itself is closed: "" (it is not), "holiday" (named `holiday`), "off"
    """

    day: date
    title: str
    short: str
    today: bool
    rest: str
    holiday: str
    season: str
    places: Sequence[Place]
    closures: Sequence[Closed]
    coming: int
    free: int

    @property
    def people(self) -> list[tuple[str, str, Visitor]]:
        """Everybody with the time and the place, in the order of their coming."""
        every = [
            (start.clock, place.name, visitor)
            for place in self.places
            for start in place.starts
            for visitor in start.visitors
        ]
        return sorted(every, key=lambda each: each[0])


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody who missed every time that was offered: to be called."""

    number: str
    title: str
    applicant: str
    times: int


def days(tx: Tx, sight: Sight, first: date, count: int) -> list[Day]:
    """So many days of the officer's own office.  Raises Rejected: too_far."""
    office, now = sight.office, sight.now
    if abs(first - office.today(now)) > FARTHEST:
        raise Rejected("too_far")
    begins = _instant(office, first, time())
    ends = _instant(office, first + timedelta(days=count), time())
    agenda = Agenda.read(tx, office, min(begins, now))
    rows = appointments.between(tx, office.id, begins, ends)
    by_day: Mapping[date, list[Any]] = {
        day: list(group) for day, group in groupby(rows, key=lambda row: office.today(row.start_at))
    }
    every = (first + timedelta(days=number) for number in range(count))
    return [_day(sight, agenda, day, by_day.get(day, ())) for day in every]


def unreached(tx: Tx, sight: Sight) -> list[Unreached]:
    """Who did not come so often that we stopped asking."""
    rows = appointments.given_up(
        tx, sight.officer.office_id, sight.now - LOOKED_BACK, MOST_MISSED + 1
    )
    return [
        Unreached(row.number, sight.title(row.service), sight.applicant(row), row.times)
        for row in rows
    ]


def came(tx: Tx, sight: Sight, appointment_id: int) -> None:
    """Somebody came to what their service needs before.

    Raises Rejected: unknown (also another office's), impossible (another knows better already).
    """
    row = appointments.get(tx, appointment_id)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    ticket = tickets.by_number(tx, row.number)
    if ticket is None or row.purpose != "before" or not still(row, ticket):
        raise Rejected("impossible")
    if not appointments.settle(tx, row.id, "done", sight.now):
        raise Rejected("impossible")
    tickets.record(
        tx, ticket, actor=sight.officer.login, move="came", before=ticket.status,
        after=ticket.status, now=sight.now,
    )  # fmt: skip


def _day(sight: Sight, agenda: Agenda, day: date, rows: Sequence[Any]) -> Day:
    office = sight.office
    calendar = office.calendar
    outings = [each for each in office.outings if each.day == day]
    names = [HERE, *(each.place for each in outings)]
    names += sorted({row.place for row in rows} - set(names))
    places = [_place(sight, agenda, name, day, outings, rows) for name in names]
    season, holiday = calendar.season(day), calendar.holiday(day) or ""
    spans = calendar.spans(day)
    return Day(
        day=day,
        title=say_full_day(day),
        short=say_day(day),
        today=day == office.today(sight.now),
        rest="" if spans else "holiday" if holiday else "off",
        holiday=holiday,
        season=season.name if season and spans else "",
        places=[each for each in places if each.starts],
        closures=_closures(sight, agenda, day),
        coming=sum(len(start.visitors) for place in places for start in place.starts),
        free=sum(start.free for place in places for start in place.starts),
    )


def _place(
    sight: Sight,
    agenda: Agenda,
    name: str,
    day: date,
    outings: Sequence[Outing],
    rows: Sequence[Any],
) -> Place:
    office = sight.office
    outing = next((each for each in outings if each.place == name), None)
    spans = office.calendar.spans(day) if name == HERE else outing.spans if outing else ()
    grid = slots.cut(office.calendar.zone, office.booking.minutes, day, spans)
    here = [row for row in rows if row.place == name]
    starts = sorted({*grid, *(row.start_at for row in here)}) if _serves(office, name) else []
    return Place(
        name, say_spans(spans), [_start(sight, agenda, name, start, here) for start in starts]
    )


def _serves(office: Office, name: str) -> bool:
    return name != HERE or office.booking.counters > 0


def _start(sight: Sight, agenda: Agenda, name: str, start: datetime, rows: Iterable[Any]) -> Start:
    office = sight.office
    visitors = [_visitor(sight, row) for row in rows if row.start_at == start]
    shut = slots.is_shut(start, office.booking.minutes, agenda.shut(name))
    booked = sum(each.state == "booked" for each in visitors)
    past = start < sight.now
    free = 0 if past or shut else max(0, agenda.most(name, start) - booked)
    return Start(say_clock(start, office.calendar.zone), visitors, free, shut, past)


def _visitor(sight: Sight, row: Any) -> Visitor:
    office = sight.office
    here = office.today(row.start_at) <= office.today(sight.now)
    return Visitor(
        id=row.id,
        number=row.number,
        title=sight.title(row.service),
        applicant=sight.applicant(row),
        purpose=row.purpose,
        priority=bool(row.priority),
        state=row.state,
        waits=row.purpose == "before" and row.state == "booked" and here,
    )


def _closures(sight: Sight, agenda: Agenda, day: date) -> list[Closed]:
    zone = sight.office.calendar.zone
    return [
        Closed(
            id=row.id,
            place=row.place,
            begins=say_clock(row.begins_at, zone),
            ends=say_clock(row.ends_at, zone),
            reason=row.reason,
            by=sight.names.get(row.by, row.by),
            undo=row.ends_at > sight.now,
        )
        for row in agenda.closures
        if sight.office.today(row.begins_at) == day
    ]


def _instant(office: Office, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, office.calendar.zone).astimezone(UTC)
