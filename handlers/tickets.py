"""Tickets: submitted, corrected, moved by staff, told about to their citizen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.calendar import Sla
from flows.doubts import warnings
from flows.lifecycle import CLOSED, MOVES, Move
from flows.model import Answers, Finish, Flow, Say, Session
from flows.numbers import number as ticket_number
from handlers import (
    alerts,
    appointments,
    arming,
    audit,
    doors,
    keys,
    news,
    offers,
    sharing,
    sources,
)
from handlers.errors import Rejected
from handlers.message import Button, Message
from handlers.news import Moving
from handlers.offices import House, Office
from handlers.purposes import purpose
from handlers.wording import Scene, applicant
from handlers.words import say_time
from storage import attachments, outbox, questions, tickets
from storage.appointments import has_come as came
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a move: "citizen", "clock", or a member of staff by login, with a name to show."""

    by: str
    id: str
    name: str = ""


def submit(
    tx: Tx, scene: Scene, chat: Any, office_id: str, finish: Finish
) -> tuple[Message, Session]:
    """A complete checklist becomes a ticket, or corrects the one it was sent back for.

    Returns the news, and the chat's session: it may ask when the citizen comes.
    """
    if finish.ticket:
        return _resubmit(tx, scene.at(finish.ticket), finish), scene.session
    flow = scene.catalog.services[finish.flow]
    files = _files(flow, finish.answers)
    doubts = warnings(flow, finish.answers, scene.context.today)
    promise = _promise(scene.office, flow, scene.now)
    month = f"{scene.office.today(scene.now):%y%m}"
    sequence = tickets.next_number(tx, office_id, f"ticket-{month}")
    number = ticket_number(scene.office.code, month, sequence)
    ticket_id = tickets.create(
        tx,
        {
            "office_id": office_id,
            "number": number,
            "service": flow.id,
            "status": "submitted",
            "person_id": chat.person_id,
            "conversation_id": chat.id,
            "channel": chat.channel,
            "answers": dict(finish.answers),
            "warnings": list(doubts),
            "officer": "",
            "promise_at": promise,
            "created_at": scene.now,
            "updated_at": scene.now,
            "kelurahan": _kelurahan(flow, finish.answers),
        },
    )
    attachments.link(tx, files, ticket_id)
    sources.finished(tx, chat, scene.now)
    phone = doors.phone(chat.channel, chat.address) or chat.phone
    keys.index(tx, office_id, ticket_id, flow, finish.answers, phone)
    row = tickets.by_number(tx, number)
    tickets.record(tx, row, actor="citizen", move="submit", before="", after="submitted",
                   now=scene.now)  # fmt: skip
    arming.promise(tx, scene.house, scene.office, number, promise, scene.now)
    alerts.ticket(tx, scene.house, scene.office, row, scene.now)
    if flow.appointment == "before":
        asked = Message(scene.say("ticket_received_before", number=number, title=flow.title))
        return offers.offer(tx, scene, chat, number, asked)
    words = say_time(promise, scene.office.calendar.zone)
    text = scene.say("ticket_received", number=number, title=flow.title, promise=words)
    return Message(text, sharing.button(scene, chat.channel, flow.id)), scene.session


def _resubmit(tx: Tx, scene: Scene, finish: Finish) -> Message:
    """What was asked for again has come; `scene` is at the ticket's own office."""
    row = tickets.by_number(tx, finish.ticket)
    if row is None or row.status != "needs_correction":
        return Message(scene.say("status_unknown"))
    flow = scene.catalog.services[finish.flow]
    doubts = warnings(flow, finish.answers, scene.context.today)
    promise = _promise(scene.office, flow, scene.now)
    tickets.correct(tx, row.id, dict(finish.answers), doubts, scene.now)
    attachments.link(tx, _files(flow, finish.answers), row.id)
    keys.index(tx, row.office_id, row.id, flow, finish.answers)
    citizen = Actor("citizen", "citizen")
    _change(tx, row, MOVES["resubmit"], citizen, scene.now, row.officer, promise)
    arming.promise(tx, scene.house, scene.office, row.number, promise, scene.now)
    alerts.refresh(tx, scene.house, row.number, scene.now)
    row = tickets.by_number(tx, row.number)
    alerts.resubmitted(tx, scene.house, scene.office, row, flow.title, scene.now)
    return Message(scene.say("ticket_resubmitted", number=finish.ticket))


def elsewhere(tx: Tx, house: House, chat: Any, office_id: str) -> Say | None:
    """What a person who goes on at this office has to know of the request they sent to another."""
    rows = tickets.of_person(tx, chat.person_id)
    still = (row for row in rows if row.status not in CLOSED and row.office_id != office_id)
    if (row := next(still, None)) is None:
        return None
    return Say("ticket_stays", {"number": row.number, "office": house.office(row.office_id).name})


def report(tx: Tx, scene: Scene, chat: Any, number: str) -> Message:
    """The status of a person's tickets; the same answer for "not yours" and "not there"."""
    if number:
        row = tickets.by_number(tx, number)
        if row is None or row.person_id != chat.person_id:
            return Message(scene.say("status_unknown"))
        rows: Sequence[Any] = [row]
    else:
        rows = tickets.of_person(tx, chat.person_id)
    begun = "" if number else _draft(scene)
    told = [scene.say("status_list", tickets=[_line(tx, scene, row) for row in rows])] * bool(rows)
    if not number and questions.waits(tx, chat.id):
        told.append(scene.say("question_waits"))
    if begun:
        told.append(scene.say("draft_waits", draft=begun))
    return Message("\n\n".join(told) or scene.say("status_none"))


def _draft(scene: Scene) -> str:
    """The title of the request begun last and not sent."""
    begun = list(arming.drafts(scene.catalog, scene.session).values())
    return scene.catalog.services[begun[-1].flow].title if begun else ""


def cancel(tx: Tx, scene: Scene, chat: Any) -> Message:
    """No request was in hand: one that staff have is not cancelled by a word, and that is said."""
    rows = tickets.of_person(tx, chat.person_id)
    sent = next((row for row in rows if row.status in (*WORKING, "needs_correction")), None)
    name = "cancelled" if sent is None else "cancel_sent"
    if sent is None and questions.waits(tx, chat.id):
        name = "question_stays"
    command = "menu" if sent is None else "officer"
    button = Button(scene.catalog.commands[command].label, command)
    return Message(scene.say(name, number=sent.number if sent else ""), (button,))


def _line(tx: Tx, scene: Scene, row: Any) -> dict[str, str]:
    flow = scene.house.catalog(row.office_id).services.get(row.service)
    zone = scene.house.office(row.office_id).calendar.zone
    history = tickets.events(tx, row.id)
    wanted = purpose(flow, row.status, came=False)
    visit = appointments.told(tx, scene.house, row) if wanted else ""
    awaited = wanted == "before" and not visit and not came(tx, row.id)
    return {
        "number": row.number,
        "title": flow.title if flow else row.service,
        "status": scene.say(f"state_{row.status}"),
        "promise": say_time(_told(row), zone) if row.status in WORKING and not awaited else "",
        "visit": visit,
        "purpose": wanted or "",
        "applicant": applicant(flow, row.answers),
        "note": next((event.note for event in reversed(history) if event.note), ""),
    }


def _told(row: Any) -> datetime:
    """By when the citizen was told to hear of us: the promise, or the newer one after it."""
    told: datetime = max(row.promise_at, row.next_promise_at or row.promise_at)
    return told


WORKING = ("submitted", "in_review")
"""While a ticket is in these states, the office owes the next step by its promise."""


def move(
    tx: Tx,
    house: House,
    office_id: str,
    number: str,
    name: str,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    documents: Sequence[str] = (),
    reasons: Mapping[str, str] | None = None,
) -> Any:
    """Staff (or the clock) move a ticket; the citizen hears of it.  Returns the ticket as it was.

    documents  for "send_back": the document steps to be asked for again
    reasons    why, by document step, in words for the citizen
    Raises Rejected: unknown (also when it is another office's), impossible, taken
    (somebody was quicker), note_missing, documents_missing.
    """
    row, wanted = _allowed(tx, office_id, number, name, actor, note)
    chat = doors.used_last(tx, row.person_id)
    scene = news.scene_of(house, house.office(office_id), chat, now)
    flow = scene.catalog.services.get(row.service)
    if flow is None:
        raise Rejected("impossible")
    back = tuple(
        step
        for step in flow.steps
        if step.kind == "document" and step.id in documents and step.id in row.answers
    )
    if name == "send_back" and not back:
        raise Rejected("documents_missing")
    moving = Moving(scene, chat, row, flow, wanted, note.strip(), back, reasons or {})
    holds = actor.by == "staff" and (name in ("take", "reopen") or not row.officer)
    promise = _promise(scene.office, flow, now) if name == "reopen" else row.promise_at
    _change(
        tx, row, wanted, actor, now, actor.id if holds else row.officer, promise,
        moving.note or "\n".join(moving.asked if moving.reasons else ()), [s.id for s in back],
    )  # fmt: skip
    _arm(tx, moving, promise)
    outbox.put(
        tx, office_id=office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload() for message in news.tell(tx, moving)], now=now,
    )  # fmt: skip
    alerts.refresh(tx, house, number, now)
    return row


def _allowed(
    tx: Tx, office_id: str, number: str, name: str, actor: Actor, note: str
) -> tuple[Any, Move]:
    """The ticket, locked, and the move, if it may be made.  Raises Rejected."""
    row = tickets.by_number(tx, number)
    if row is None or row.office_id != office_id:
        raise Rejected("unknown")
    wanted = MOVES.get(name)
    if wanted is None or actor.by not in wanted.by or row.status not in wanted.before:
        raise Rejected("taken" if name == "take" and row.officer else "impossible")
    if wanted.note == "must" and not note.strip():
        raise Rejected("note_missing")
    return row, wanted


def _arm(tx: Tx, moving: Moving, promise: datetime) -> None:
    """What is to be watched from now on, and what no longer."""
    scene, row = moving.scene, moving.row
    match moving.wanted.name:
        case "send_back":
            arming.correction(tx, scene.house, row.office_id, row.number, scene.now)
        case "finish":
            appointments.close(tx, row.id, "done", scene.now)  # what came before has been seen to
            arming.ready(tx, scene.house, row.office_id, row.number, scene.now)
        case "reopen":
            arming.promise(tx, scene.house, scene.office, row.number, promise, scene.now)
        case "hand_over":
            appointments.close(tx, row.id, "done", scene.now)
            arming.valid(tx, scene.house, scene.office, row.number, moving.flow, scene.now)
        case "expire" | "reject" | "withdraw":
            appointments.close(tx, row.id, "cancelled", scene.now)


def _change(
    tx: Tx,
    row: Any,
    wanted: Move,
    actor: Actor,
    now: datetime,
    officer: str,
    promise: datetime,
    note: str = "",
    documents: Sequence[str] = (),
) -> None:
    if not tickets.move(tx, row.id, row.status, wanted.after, officer, promise, now):
        raise Rejected("taken")
    tickets.record(
        tx, row, actor=actor.id, move=wanted.name, before=row.status, after=wanted.after,
        now=now, note=note, documents=documents,
    )  # fmt: skip
    if actor.by != "citizen":
        deed = f"ticket.{wanted.name}"
        audit.record(tx, row.office_id, actor.id, deed, row.number, now, was=row.status)


def _promise(office: Office, flow: Flow, now: datetime) -> datetime:
    """By when the citizen hears: the service's time, and never less than an officer needs."""
    sla = Sla.read(flow.standard["sla"].value)
    return max(office.calendar.promise(now, each) for each in (sla, office.check_within))


def _kelurahan(flow: Flow, answers: Answers) -> str:
    """Where the applicant lives, if this service asks."""
    asked = next((step.id for step in flow.steps if step.offers == "kelurahan"), "")
    return str(answers.get(asked, ""))


def _files(flow: Flow, answers: Answers) -> list[str]:
    documents = [step.id for step in flow.steps if step.kind == "document"]
    return [file for step in documents for file in answers.get(step, ())]
