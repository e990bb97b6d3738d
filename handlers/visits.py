"""Appointments as their time comes: remembered the day before and shortly before, and missed.

Whoever did not come is offered another time, twice at most; after that staff are told, who
see it in the calendar as well.
"""

from datetime import datetime, timedelta
from typing import Any

from handlers import alerts, doors, offers, protocol
from handlers.message import Message
from handlers.news import keep_session, scene_of
from handlers.offices import House
from handlers.purposes import still
from handlers.reminders import MOST_MISSED, Dropped, Later, remind
from handlers.sessions import encode
from handlers.visit import Visit
from storage import appointments as rows
from storage import counter, due, outbox, tickets
from storage.db import Tx

BUTTONS = (("reschedule", "reschedule"), ("unbook", "unbook"))


def visit(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """An appointment comes near, or is over."""
    appointment = rows.get(tx, int(row.subject))
    if appointment is None or appointment.state != "booked":
        return Dropped("no longer booked")
    ticket = tickets.by_number(tx, appointment.number)
    if ticket is None or not still(appointment, ticket):
        return Dropped("no longer waits")
    office, missed = house.office(ticket.office_id), row.kind == "visit.missed"
    at = house.timing.awake(now, office.calendar.zone)
    if not missed and (max(at, now) >= appointment.start_at):
        return Dropped("too late")
    if at > now:
        return Later(at)
    if missed:
        return _missed(tx, house, ticket, appointment, now)
    if due.muted(tx, ticket.person_id, "visit"):
        return Dropped("muted")
    tomorrow = office.today(now) + timedelta(days=1)
    if row.kind == "visit.day" and office.today(appointment.start_at) != tomorrow:
        return Dropped("too late")
    name = "remind_visit_day" if row.kind == "visit.day" else "remind_visit_hours"
    lines = protocol.lines(tx, house, office, appointment.start_at)
    values = {"about": "visit", **Visit.of(house, ticket, appointment, now).values()}
    values["protocol"] = lines
    buttons = (("checkin", "checkin"),) if name == "remind_visit_hours" else ()
    buttons += (*BUTTONS, *((("before_visit", "before_visit"),) if lines else ()))
    chat = doors.used_last(tx, ticket.person_id)
    if chat.talk_id is not None and row.kind == "visit.day":
        return Later(now + house.officer_silence)  # an officer is talking there
    remind(tx, house, ticket.office_id, chat, name, values, buttons, now)
    return None


def _missed(tx: Tx, house: House, ticket: Any, appointment: Any, now: datetime) -> Dropped | None:
    """Nobody came: the seat is history, and new times are offered, without a reproach.

    Whoever was served at a counter that day came, though nobody wrote it down here.
    """
    office = house.office(ticket.office_id)
    day = office.today(appointment.start_at)
    came = counter.was_served(tx, office.id, day, ticket.person_id)
    rows.settle(tx, appointment.id, "done" if came else "missed", now)
    move = "came" if came else "missed"
    tickets.record(
        tx, ticket, actor="clock", move=move, before=ticket.status, after=ticket.status, now=now
    )
    if came:
        return None
    if rows.missed(tx, ticket.id) > MOST_MISSED:
        alerts.missed(tx, house, office, ticket.number, now)
        return None
    if due.muted(tx, ticket.person_id, "visit"):
        return None
    chat = doors.used_last(tx, ticket.person_id)
    values = {"about": "visit", **Visit.of(house, ticket, appointment, now).values()}
    text = house.words.say("remind_missed", **values)
    news = Message(text, kind="reminder", template="remind_missed", values=values)
    scene = scene_of(house, office, chat, now)
    message, session = offers.offer(tx, scene, chat, ticket.number, news)
    keep_session(tx, chat, encode(session))
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
    return None
