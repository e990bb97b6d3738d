"""Appointments: booked, moved, given up, kept, as the talk about them was answered.

A time that somebody else took meanwhile is noticed when it is booked.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flows.calendar import Sla
from flows.commands import APPOINTMENT
from flows.model import Ask, Finish, Say, State
from handlers import arming, protocol
from handlers.agenda import Agenda
from handlers.message import Message
from handlers.offers import Asker, Waiting, ask_for_time, say, who_waits
from handlers.offices import House, Office
from handlers.times import OTHER, place_of, start_of
from handlers.visit import confirmed
from handlers.wording import Scene, speak
from handlers.words import say_time
from storage import appointments, tickets
from storage.db import Tx


def act(tx: Tx, scene: Scene, chat: Any, finish: Finish) -> tuple[Any, list[Message]]:
    """Do as the talk was answered; returns the chat's session as it stands then."""
    answers = finish.answers
    waits = who_waits(tx, scene.house, chat.person_id).get(str(answers.get("ticket", "")))
    ticket = tickets.by_number(tx, waits.number) if waits is not None else None
    if waits is None or ticket is None:
        return _again(tx, scene, chat, {}, None)
    office = scene.house.office(ticket.office_id)
    current = appointments.of_ticket(tx, ticket.id)
    match answers.get("visit"):
        case "cancel" if current is not None:
            appointments.settle(tx, current.id, "cancelled", scene.now)
            _record(tx, ticket, "unbook", scene.now)
            said = say(f"appointment_cancelled_{current.purpose}", scene.catalog, APPOINTMENT)
            return scene.session, [speak(said, scene)]
        case "keep" if current is not None:
            return scene.session, _confirmed(tx, scene, chat, ticket, current, "appointment_kept")
        case "cancel" | "keep":
            return _again(tx, scene, chat, {"ticket": ticket.number}, None)
    kept = {"ticket": ticket.number, "visit": str(answers.get("visit", "new"))}
    kept |= {key: str(answers[key]) for key in ("place", "priority") if key in answers}
    if answers.get("time") == OTHER:
        return _again(tx, scene, chat, {**kept, "slot": OTHER}, None)
    start = start_of(answers, office.calendar.zone)
    place = place_of(answers, {each.place for each in office.outings})
    if current is not None and (current.place, current.start_at) == (place, start):
        return scene.session, _confirmed(tx, scene, chat, ticket, current, "appointment_booked")
    first = answers.get("priority") == "yes"
    booked = start and _book(tx, scene, waits, ticket, current, place, start, first)
    if not booked:
        return _again(tx, scene, chat, kept, Say("appointment_taken"))
    _record(tx, ticket, "rebook" if current is not None else "book", scene.now)
    return scene.session, _confirmed(tx, scene, chat, ticket, booked, "appointment_booked")


def _book(
    tx: Tx,
    scene: Scene,
    waits: Waiting,
    ticket: Any,
    current: Any,
    place: str,
    start: datetime,
    first: bool,
) -> Any | None:
    """The new appointment; None, with the old one as it was, when there is no room any more."""
    office = scene.house.office(ticket.office_id)
    agenda = Agenda.read(tx, office, scene.now)
    seats = agenda.seats(place, start, ticket.service, first)
    if not seats:
        return None
    if current is not None:
        appointments.settle(tx, current.id, "moved", scene.now)
    row_id = appointments.book(
        tx, office_id=office.id, ticket_id=ticket.id, person_id=ticket.person_id, start_at=start,
        seats=seats, token=scene.house.secret(), now=scene.now, place=place,
        purpose=waits.purpose, priority=first,
    )  # fmt: skip
    if row_id is None:
        if current is not None:
            appointments.settle(tx, current.id, "booked", scene.now, was="moved")
        return None
    appointment = appointments.get(tx, row_id)
    assert appointment is not None
    agreed(tx, scene.house, office, ticket, appointment, scene.now)
    return appointment


def _confirmed(
    tx: Tx, scene: Scene, chat: Any, ticket: Any, appointment: Any, name: str
) -> list[Message]:
    office = scene.house.office(ticket.office_id)
    lines = protocol.lines(tx, scene.house, office, appointment.start_at)
    return confirmed(scene, chat.channel, ticket, appointment, name, lines)


def agreed(
    tx: Tx, house: House, office: Office, ticket: Any, appointment: Any, now: datetime
) -> None:
    """What follows from an appointment: reminders, and a promise that runs from it."""
    arming.visit(tx, house, office, appointment, now)
    flow = house.catalog(office.id).services.get(ticket.service)
    if appointment.purpose != "before" or flow is None:
        return
    ends = appointment.start_at + timedelta(minutes=office.booking.minutes)
    promise = office.calendar.promise(ends, Sla.read(flow.standard["sla"].value))
    if promise > ticket.promise_at:
        tickets.promise_anew(tx, ticket.id, promise)
        arming.promise(tx, house, office, ticket.number, promise, now)


def _again(
    tx: Tx, scene: Scene, chat: Any, answers: Mapping[str, str], first: Say | None
) -> tuple[Any, list[Message]]:
    """Ask anew what the answer could not settle."""
    begun = scene.session.put(State(APPOINTMENT, answers))
    asker = Asker(scene.house, scene.catalog, chat.person_id, scene.now)
    reply, context = ask_for_time(tx, asker, begun, scene.context)
    about = replace(scene, context=context, session=reply.session)
    effects = (first, *reply.effects)
    messages = [speak(effect, about) for effect in effects if isinstance(effect, Say | Ask)]
    if first is not None and len(messages) == 2:
        regret, question = messages
        messages = [replace(question, text=f"{regret.text}\n{question.text}")]
    return reply.session, messages


def _record(tx: Tx, ticket: Any, move: str, now: datetime) -> None:
    tickets.record(
        tx, ticket, actor="citizen", move=move, before=ticket.status, after=ticket.status, now=now
    )


# --- what becomes of it -------------------------------------------------------------------


def close(tx: Tx, ticket_id: int, state: str, now: datetime) -> None:
    """The ticket waits for nobody any more: its appointment, if any, ends so."""
    current = appointments.of_ticket(tx, ticket_id)
    if current is not None:
        appointments.settle(tx, current.id, state, now)


def told(tx: Tx, house: House, ticket: Any) -> str:
    """When a ticket's citizen comes, in words; empty without an appointment."""
    current = appointments.of_ticket(tx, ticket.id)
    if current is None:
        return ""
    return say_time(current.start_at, house.office(ticket.office_id).calendar.zone)
