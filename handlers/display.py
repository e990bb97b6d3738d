"""What the screen in the waiting room shows: numbers and counters, never a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import protocol
from handlers.arrivals import name
from handlers.offices import House, Office
from handlers.words import say_clock, say_weekday
from storage import counter
from storage.db import Tx

LAST = 5
"""Calls of before that are shown."""
CALLS = 30
"""Calls looked at: enough for every counter's own and the last ones."""


@dataclass(frozen=True, slots=True)
class Call:
    """One number that is shown.

    key     names this very call: called once more, it is another
    spoken  what is read aloud
    """

    key: str
    name: str
    counter: int
    spoken: str


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen at one moment.

    newest    the call that came last, if its number is still at the counter
    counters  every counter at which somebody sits, with who is called to it
    last      who was called before and is done, newest first
    waiting   how many wait
    full      the waiting room has no seat left
    """

    office: str
    weekday: str
    clock: str
    newest: str
    counters: Sequence[tuple[int, Call | None]]
    last: Sequence[Call]
    waiting: int
    full: bool


def show(tx: Tx, house: House, token: str, now: datetime) -> Screen | None:
    """The screen of that secret name; None when there is none."""
    office_id = counter.office_of(tx, token)
    if office_id not in house.offices:
        return None
    office = house.office(office_id)
    day = office.today(now)
    calls = counter.calls(tx, office.id, day, CALLS)
    here = {row.counter: row for row in counter.serving(tx, office.id, day)}
    open_ = sorted({each.number for each in counter.seats(tx, office.id)} | here.keys())
    waiting, seats = counter.waiting(tx, office.id, day), protocol.seats(tx, office, day)
    newest = next((row for row in calls if row.state == "called"), None)
    return Screen(
        office=office.name,
        weekday=say_weekday(day),
        clock=say_clock(now, office.calendar.zone),
        newest=_key(newest) if newest is not None else "",
        counters=[(n, _call(house, office, here[n]) if n in here else None) for n in open_],
        last=[_call(house, office, row) for row in calls if row.state != "called"][:LAST],
        waiting=waiting,
        full=0 < seats <= waiting,
    )


def _call(house: House, office: Office, row: Any) -> Call:
    spoken = house.words.say(
        "queue_spoken", series=row.series, nth=row.number, counter=row.counter
    )  # fmt: skip
    return Call(_key(row), name(row), row.counter, spoken)


def _key(row: Any) -> str:
    return f"{row.id}.{row.calls}"
