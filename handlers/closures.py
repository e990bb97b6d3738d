"""Closing some hours from the desk: nobody is offered them, whoever had them is told, and undo."""

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flows.cleaning import clean
from flows.slots import is_shut
from handlers import audit
from handlers.agenda import HERE
from handlers.errors import Rejected
from handlers.offices import House, Office
from handlers.replan import Room, affected, make_room, restore
from handlers.rights import may
from handlers.staff import Officer
from storage import closures
from storage.db import Tx

REASONS = ("closed_power", "closed_system", "closed_event", "closed_staff")
"""Messages with reasons to choose from."""
LONGEST = 200
"""Characters of a reason in staff's own words."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hours to close at a place ("" is the office), in the office's time."""

    place: str
    day: date
    begins: time
    ends: time


def close(
    tx: Tx,
    house: House,
    officer: Officer,
    wanted: Wanted,
    reason: str,
    now: datetime,
    *,
    expected: int | None = None,
) -> int:
    """Close those hours; returns how many appointments are displaced.

    reason    a name in REASONS, or own words; people read it
    expected  how many the officer was told it would be: more are said first
    Raises Rejected: reason_missing, reason_long, more_affected, and as would_displace.
    """
    office = house.office(officer.office_id)
    words = house.words.say(reason) if reason in REASONS else clean(reason)
    if not words:
        raise Rejected("reason_missing")
    if len(words) > LONGEST:
        raise Rejected("reason_long")
    found = would_displace(tx, house, officer, wanted, now)
    if expected is not None and found > expected:
        raise Rejected("more_affected")
    since, until = _hours(office, wanted)
    closed = closures.close(tx, office.id, wanted.place, since, until, words, officer.login, now)
    audit.record(tx, office.id, officer.login, "calendar.closed", str(closed), now, people=found)
    return make_room(
        tx, house, office.id, since - _visit(office), until, _room(office, wanted), words,
        officer.login, now, closed,
    )  # fmt: skip


def would_displace(tx: Tx, house: House, officer: Officer, wanted: Wanted, now: datetime) -> int:
    """How many appointments would be displaced.

    Raises Rejected: forbidden, place_unknown, hours_wrong, hours_past.
    """
    office = house.office(officer.office_id)
    if not may(officer.role, "close"):
        raise Rejected("forbidden")
    if wanted.place != HERE and wanted.place not in {each.place for each in office.outings}:
        raise Rejected("place_unknown")
    since, until = _hours(office, wanted)
    if since >= until:
        raise Rejected("hours_wrong")
    if until <= now:
        raise Rejected("hours_past")
    return affected(tx, office.id, since - _visit(office), until, _room(office, wanted), now)


def lift(tx: Tx, house: House, officer: Officer, closure_id: int, now: datetime) -> int:
    """Undo a closure; returns how many get their time back.

    Raises Rejected: forbidden, unknown (also another office's), lifted.
    """
    if not may(officer.role, "close"):
        raise Rejected("forbidden")
    row = closures.get(tx, closure_id)
    if row is None or row.office_id != officer.office_id:
        raise Rejected("unknown")
    if not closures.lift(tx, closure_id, now):
        raise Rejected("lifted")
    restored = restore(tx, house, closure_id, officer.login, now)
    audit.record(
        tx, row.office_id, officer.login, "calendar.lifted", str(closure_id), now, people=restored
    )
    return restored


def _hours(office: Office, wanted: Wanted) -> tuple[datetime, datetime]:
    zone = office.calendar.zone
    begins = datetime.combine(wanted.day, wanted.begins, zone)
    return begins.astimezone(UTC), datetime.combine(wanted.day, wanted.ends, zone).astimezone(UTC)


def _visit(office: Office) -> timedelta:
    """A visit that began before the closed hours may last into them."""
    return timedelta(minutes=office.booking.minutes)


def _room(office: Office, wanted: Wanted) -> Room:
    """Nobody in those hours at that place; elsewhere and else as many as there are."""
    shut = [_hours(office, wanted)]

    def room(place: str, start: datetime) -> int:
        closed = place == wanted.place and is_shut(start, office.booking.minutes, shut)
        return 0 if closed else sys.maxsize

    return room
