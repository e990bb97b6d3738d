"""Reminders to citizens: an unfinished request, documents asked for again, a result to collect.

Each is armed when its reason begins and looks again when it is due: whether the reason still
holds, whether the person wrote meanwhile, whether they want it, and whether it is night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.catalog import Catalog
from handlers import doors, tickets
from handlers.arming import drafts
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.sessions import decode
from handlers.tickets import Actor
from handlers.words import say_date, say_hours
from storage import appointments, conversations, due, outbox
from storage import tickets as rows
from storage.db import Tx

CLOCK = Actor("clock", "clock")
KINDS = ("draft", "correction", "ready", "visit")
"""What a person can say no to."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet: due again at that time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """It has become pointless; `why` is for whoever looks at the row."""

    why: str


# --- when they are due ------------------------------------------------------------------


def draft(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """Somebody began a request and fell silent."""
    chat = conversations.get(tx, int(row.subject))
    office = house.office(chat.office_id)
    catalog = house.catalog(chat.office_id)
    begun = drafts(catalog, decode(chat.session))
    step = int(row.kind.partition(".")[2])
    if not begun or step > len(house.timing.draft):
        return Dropped("no draft")
    if chat.left_at is not None:
        return Dropped("left")
    if due.muted(tx, chat.person_id, "draft"):
        return Dropped("muted")
    silent_until = chat.seen_at + house.timing.draft[step - 1]
    if (at := _not_before(house, office, silent_until, now)) > now:
        return Later(at)
    flow = catalog.services[list(begun.values())[-1].flow]
    buttons = [("resume", "resume"), ("mute", "mute")]
    values = {"about": "draft", "title": flow.title}
    remind(tx, house, chat, catalog, "remind_draft", values, buttons, now)
    if step < len(house.timing.draft):
        following = chat.seen_at + house.timing.draft[step]
        at = max(following, now + timedelta(days=1))  # after a long standstill not both at once
        due.arm(tx, row.office_id, f"draft.{step + 1}", row.subject, at)
    return None


def correction(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """Documents that were asked for again have not come."""
    return _about_ticket(tx, house, row, now, "needs_correction", "remind_correction")


def ready(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """A result has not been collected, and nobody said when it will be."""
    ticket = rows.by_number(tx, row.subject)
    if ticket is not None and appointments.of_ticket(tx, ticket.id) is not None:
        return Dropped("has an appointment")
    return _about_ticket(tx, house, row, now, "ready", "remind_ready")


def expiry(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """The day before a request is closed for lack of its documents, and the day itself."""
    if row.kind == "expiry.warn":
        return _about_ticket(tx, house, row, now, "needs_correction", "remind_expiry")
    ticket = rows.by_number(tx, row.subject)
    if ticket is None or ticket.status != "needs_correction":
        return Dropped("no longer waits")
    if (at := house.timing.awake(now, house.office(ticket.office_id).calendar.zone)) > now:
        return Later(at)
    warned = due.find(tx, "expiry.warn", row.subject)
    if warned is not None and (
        warned.done_at is None or now - warned.done_at < timedelta(hours=23)
    ):
        return Later(now + timedelta(days=1))  # late ourselves: nobody is closed unwarned
    tickets.move(tx, house, ticket.office_id, ticket.number, "expire", CLOCK, now)
    return None


def _about_ticket(
    tx: Tx, house: House, row: Any, now: datetime, status: str, name: str
) -> Later | Dropped | None:
    ticket = rows.by_number(tx, row.subject)
    if ticket is None or ticket.status != status:
        return Dropped("no longer waits")
    office, catalog = house.office(ticket.office_id), house.catalog(ticket.office_id)
    flow = catalog.services.get(ticket.service)
    kind = "ready" if name == "remind_ready" else "correction"
    if flow is None:
        return Dropped("unknown service")
    if name != "remind_expiry" and due.muted(tx, ticket.person_id, kind):
        return Dropped("muted")
    if (at := house.timing.awake(now, office.calendar.zone)) > now:
        return Later(at)
    wanted = next(
        (e.documents for e in reversed(rows.events(tx, ticket.id)) if e.move == "send_back"), ()
    )
    close = due.find(tx, "expiry.close", row.subject)
    closes = (close.due_at if close else now).astimezone(office.calendar.zone).date()
    values = {
        "about": kind,
        "title": flow.title,
        "number": ticket.number,
        "hours": say_hours(office.calendar.hours),
        "documents": ", ".join(step.name for step in flow.steps if step.id in wanted),
        "closes": say_date(closes),
    }
    chat = doors.used_last(tx, ticket.person_id)
    words = {"remind_expiry": ["status"], "remind_ready": ["appointment", "mute"]}
    buttons = [(word, word) for word in words.get(name, ["mute"])]
    remind(tx, house, chat, catalog, name, values, buttons, now)
    return None


def _not_before(house: House, office: Office, at: datetime, now: datetime) -> datetime:
    return house.timing.awake(max(at, now), office.calendar.zone)


def remind(
    tx: Tx,
    house: House,
    chat: Any,
    catalog: Catalog,
    name: str,
    values: dict[str, str],
    buttons: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """Send a reminder with these buttons, given as (word, token)."""
    choices = tuple(Button(catalog.commands[word].label, token) for word, token in buttons)
    text = house.words.say(name, **values)
    message = Message(text, choices, kind="reminder", template=name, values=values)
    outbox.put(
        tx, office_id=chat.office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip


# --- no, thank you ----------------------------------------------------------------------


def mute(tx: Tx, chat: Any, now: datetime) -> str:
    """Stop the kind of reminder that came last; all kinds if none came.  Returns the kind."""
    sent = outbox.sent_to(tx, chat.channel, chat.address)
    abouts = (Message.of(row.payload) for row in reversed(sent))
    last = next((m.values["about"] for m in abouts if m.kind == "reminder"), "")
    for kind in (last,) if last in KINDS else KINDS:
        due.mute(tx, chat.office_id, chat.person_id, kind, now)
    return last if last in KINDS else "all"
