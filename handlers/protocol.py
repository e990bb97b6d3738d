"""The health protocol as it holds: how many can come on a day, and what people are told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from flows.health import Protocol, Rule
from handlers.offices import House, Office
from storage import health
from storage.db import Tx


def of(tx: Tx, office: Office, since: date) -> Protocol:
    """What holds from that day on."""
    rows = health.rules(tx, office.id, since)
    rules = tuple(Rule(row.level, row.first_day, row.last_day) for row in rows)
    return replace(office.protocol, rules=rules)


def limits(tx: Tx, office: Office, days: Iterable[date]) -> dict[date, int]:
    """The counters in use on those of the days on which they are fewer than usual."""
    known = list(days)
    return of(tx, office, min(known)).limits(office.booking.counters, known) if known else {}


def lines(tx: Tx, house: House, office: Office, start: datetime) -> str:
    """What people who come then are asked to do; empty when nothing special."""
    day = office.today(start)
    level = of(tx, office, day).level(day)
    return "" if level == "off" else house.words.say(f"protocol_{level}")


def seats(tx: Tx, office: Office, day: date) -> int:
    """How many may wait inside; 0 when they are not counted."""
    return of(tx, office, day).room(office.protocol.seats, day)
