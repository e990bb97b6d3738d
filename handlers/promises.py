"""Promised times: officers are warned, citizens told of a delay, mornings begin with a list.

Alarms are bundled: whatever falls due within the hour comes as one message.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flows.calendar import Sla
from handlers import alerts, doors
from handlers.message import Message
from handlers.offices import House, Office
from handlers.purposes import waits_for_visit
from handlers.reminders import Dropped, Later
from handlers.words import say_time
from storage import due, outbox, tickets
from storage.db import Tx

WORKING = ("submitted", "in_review")
SHOWN = 10
"""Most numbers in one alarm; the desk has them all."""


def sla(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """A promised time is nearly over, over, or over since yesterday."""
    ticket = tickets.by_number(tx, row.subject)
    if ticket is None or ticket.status not in WORKING:
        return Dropped("kept")
    if waits_for_visit(tx, house, ticket):
        return Dropped("waits for a visit")
    office = house.office(ticket.office_id)
    if row.kind == "sla.late":
        if (at := house.timing.awake(now, office.calendar.zone)) > now:
            return Later(at)
        _tell_delay(tx, house, office, ticket, now)
    _arm_alarm(tx, house, office, now)
    return None


def _arm_alarm(tx: Tx, house: House, office: Office, now: datetime) -> None:
    """One alarm an hour at most, and in opening hours."""
    opening = office.calendar.next_open
    if due.arm_first(tx, office.id, "alarm", office.id, opening(now)):
        return
    last = due.hold(tx, "alarm", office.id)
    if last is not None and last.state != "waiting":
        at = max(now, (last.done_at or now) + house.timing.alarm_every)
        due.arm(tx, office.id, "alarm", office.id, opening(at))


def _tell_delay(tx: Tx, house: House, office: Office, ticket: Any, now: datetime) -> None:
    """The citizen hears of it before they ask, with the time of the next news."""
    flow = house.catalog(office.id).services.get(ticket.service)
    promise = office.calendar.promise(now, Sla(days=1))
    tickets.postpone(tx, ticket.id, promise)
    tickets.record(
        tx, ticket, actor="clock", move="delay", before=ticket.status, after=ticket.status, now=now
    )
    values = {
        "number": ticket.number,
        "title": flow.title if flow else ticket.service,
        "promise": say_time(promise, office.calendar.zone),
    }
    text = house.words.say("promise_late", **values)
    message = Message(text, kind="news", template="promise_late", values=values)
    chat = doors.used_last(tx, ticket.person_id)
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip


def alarm(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """What needs attention now, in one message."""
    office = house.office(row.office_id)
    if (at := office.calendar.next_open(now)) > now:
        return Later(at)
    warned = tickets.armed(tx, office.id, WORKING, "sla.warn")
    late = tickets.armed(tx, office.id, WORKING, "sla.late")
    long_late = tickets.armed(tx, office.id, WORKING, "sla.head")
    soon = [each for each in warned if each not in late]
    recent = [each for each in late if each not in long_late]
    if not (soon or recent or long_late):
        return Dropped("all kept")
    alerts.promises(
        tx, house, office, _some(soon), _some(recent), _some(long_late),
        len(soon) + len(late), now,
    )  # fmt: skip
    return None


def _some(numbers: Sequence[str]) -> list[str]:
    return list(numbers[:SHOWN])


def digest(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """The morning's overview, on working days."""
    office = house.office(row.subject)
    if row.subject not in house.offices:
        return Dropped("no such office")
    today = office.today(now)
    if office.calendar.is_working(today) and now - row.due_at < timedelta(hours=4):
        states = tickets.counts(tx, office.id)
        waiting = sum(states.get(each, 0) for each in WORKING)
        if any(states.values()):
            alerts.digest(
                tx, house, office, waiting, tickets.late(tx, office.id, WORKING, now),
                states.get("ready", 0), states.get("needs_correction", 0), now,
            )  # fmt: skip
    return Later(next_digest(house, office, now))


def next_digest(house: House, office: Office, now: datetime) -> datetime:
    """The next morning on which the office works."""
    zone = office.calendar.zone
    day = office.today(now)
    at = datetime.combine(day, house.timing.digest, zone)
    if at <= now or not office.calendar.is_working(day):
        at = datetime.combine(office.calendar.next_working(day), house.timing.digest, zone)
    return at.astimezone(now.tzinfo)
