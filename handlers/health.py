"""Setting the level of the health protocol: at once for everybody who books from now on.

Whoever has a time for which there is no room any more is told and offered others.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from flows import slots
from flows.health import LEVELS, Protocol, Rule
from handlers import audit, protocol
from handlers.agenda import HERE
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.offices import Office
from handlers.replan import Room, affected, make_room
from storage import health
from storage.db import Tx

EVERYBODY = 1_000_000
"""More than come to any place: there nobody is displaced."""


@dataclass(frozen=True, slots=True)
class Day:
    """One of the coming days: its level, and how many can come at a time and wait inside."""

    day: date
    level: str
    counters: int
    seats: int


@dataclass(frozen=True, slots=True)
class View:
    """The page: today's level, what was set, the coming working days."""

    level: str
    usual: str
    rules: list[tuple[Rule, str]]
    days: list[Day]
    today: date


def show(tx: Tx, sight: Sight) -> View:
    """The protocol of the officer's office."""
    office = sight.office
    today = office.today(sight.now)
    rows = health.rules(tx, office.id, today)
    held = protocol.of(tx, office, today)
    days = slots.horizon(office.calendar, office.booking, sight.now)
    return View(
        level=held.level(today),
        usual=held.usual,
        rules=[
            (rule, sight.names.get(row.officer, row.officer))
            for rule, row in zip(held.rules, rows, strict=True)
        ],
        days=[_day(held, office, day) for day in days],
        today=today,
    )


def _day(held: Protocol, office: Office, day: date) -> Day:
    counters = held.room(office.booking.counters, day)
    return Day(day, held.level(day), counters, held.room(held.seats, day))


def would_displace(tx: Tx, sight: Sight, rule: Rule) -> int:
    """How many appointments would have to move.  Raises Rejected: level_unknown, days_wrong."""
    office = sight.office
    if rule.level not in LEVELS:
        raise Rejected("level_unknown")
    if rule.last is not None and (rule.last < rule.first or rule.last < office.today(sight.now)):
        raise Rejected("days_wrong")
    since, until = _span(office, rule)
    return affected(tx, office.id, since, until, _room(tx, sight, rule), sight.now)


def set_level(tx: Tx, sight: Sight, rule: Rule, expected: int) -> int:
    """Let a level hold for some days; returns how many appointments have to move.

    expected  how many the officer was told it would be: more are said first
    Raises Rejected: more_affected, and as would_displace.
    """
    office, now = sight.office, sight.now
    if would_displace(tx, sight, rule) > expected:
        raise Rejected("more_affected")
    room, (since, until) = _room(tx, sight, rule), _span(office, rule)
    health.add(tx, office.id, rule.level, rule.first, rule.last, sight.officer.login, now)
    audit.record(
        tx, office.id, sight.officer.login, "settings.changed", "protocol", now, level=rule.level
    )
    reason = sight.house.words.say("protocol_reason")
    return make_room(
        tx, sight.house, office.id, since, until, room, reason, sight.officer.login, now
    )


def _span(office: Office, rule: Rule) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, however far away."""
    zone = office.calendar.zone
    last = rule.last or rule.first + timedelta(days=366)
    since = datetime.combine(rule.first, time(), zone)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    return since.astimezone(UTC), until.astimezone(UTC)


def _room(tx: Tx, sight: Sight, rule: Rule) -> Room:
    """How many can come at a start when the rule holds; elsewhere as many as before."""
    office = sight.office
    held = protocol.of(tx, office, min(rule.first, office.today(sight.now)))
    held = replace(held, rules=(rule, *held.rules))

    def room(place: str, start: datetime) -> int:
        if place != HERE:
            return EVERYBODY
        return held.room(office.booking.counters, office.today(start))

    return room
