"""Promised times: officers are warned, citizens told of a delay, mornings begin with a list."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flows.calendar import Sla
from handlers import alerts, doors, escalation, posts
from handlers.message import Message
from handlers.offices import House, Office
from handlers.purposes import waits_for_visit
from handlers.reminders import Dropped, Later
from handlers.tickets import WORKING
from handlers.words import say_time
from storage import due, outbox, queue, tickets
from storage.db import Tx

DELAYS = (1, 3, 5, 10)
"""Working days until the next news, the first time we are late, the second, and so on: an apology
every morning helps nobody."""
OWN = ("in_review", "needs_correction", "ready")
"""What one officer's morning is about."""


def sla(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """A promised time is nearly over, over, over since yesterday, or over once more."""
    ticket = tickets.by_number(tx, row.subject)
    if ticket is None or ticket.status not in WORKING:
        return Dropped("kept")
    if waits_for_visit(tx, house, ticket):
        return Dropped("waits for a visit")
    office = house.office(ticket.office_id)
    if row.kind == "sla.again" and _told(ticket) > now:
        return Dropped("promised anew")
    if row.kind in ("sla.late", "sla.again"):
        if (at := house.timing.awake(now, office.calendar.zone)) > now:
            return Later(at)
        again = _tell_delay(tx, house, office, ticket, now)
        if row.kind == "sla.again":
            escalation.call(tx, house, office, row.kind, ticket, now)
            return Later(again)
        due.arm(tx, office.id, "sla.again", ticket.number, again)
    escalation.call(tx, house, office, row.kind, ticket, now)
    return None


def _told(ticket: Any) -> datetime:
    """By when the citizen was told to hear of us."""
    told: datetime = max(ticket.promise_at, ticket.next_promise_at or ticket.promise_at)
    return told


def _tell_delay(tx: Tx, house: House, office: Office, ticket: Any, now: datetime) -> datetime:
    """The citizen hears of it before they ask, with the time of the next news; returns that."""
    flow = house.catalog(office.id).services.get(ticket.service)
    before = min(tickets.delays(tx, ticket.id), len(DELAYS) - 1)
    promise = office.calendar.promise(now, Sla(days=DELAYS[before]))
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
    return promise


def digest(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """The morning's overview, on working days: the office's, and each linked officer's own."""
    office = house.office(row.subject)
    if row.subject not in house.offices:
        return Dropped("no such office")
    today = office.today(now)
    if office.calendar.is_working(today) and now - row.due_at < timedelta(hours=4):
        marks = queue.marks(tx, office.id, now)
        states = Counter(each[queue.STATUS] for each in marks)
        late = sum(each[queue.PAST] for each in marks if each[queue.STATUS] in WORKING)
        if marks:
            alerts.digest(
                tx, house, office, sum(states[each] for each in WORKING), late,
                states["ready"], states["needs_correction"], now,
            )  # fmt: skip
        for login, (chat, door) in posts.linked(tx, office).items():
            if mine := tickets.of_officer(tx, office.id, login, OWN):
                alerts.own_digest(tx, house, office, chat, door.name, mine, now)
    return Later(next_digest(house, office, now))


def next_digest(house: House, office: Office, now: datetime) -> datetime:
    """The next morning on which the office works."""
    zone = office.calendar.zone
    day = office.today(now)
    at = datetime.combine(day, house.timing.digest, zone)
    if at <= now or not office.calendar.is_working(day):
        at = datetime.combine(office.calendar.next_working(day), house.timing.digest, zone)
    return at.astimezone(now.tzinfo)
