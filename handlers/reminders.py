"""Reminders to citizens: an unfinished request, documents asked for again, a result to collect.

Each is armed when its reason begins and looks again when it is due: whether the reason still
holds, whether the person wrote meanwhile, whether they want it, and whether it is night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.model import Flow
from handlers import arming, doors, tickets
from handlers.arming import drafts
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.sessions import decode
from handlers.tickets import Actor
from handlers.wording import opening
from handlers.words import say_date
from storage import appointments, conversations, due, outbox
from storage import tickets as rows
from storage.db import Tx

CLOCK = Actor("clock", "clock")
KINDS = ("draft", "correction", "ready", "visit", "valid")
"""What a person can say no to."""
MOST_MISSED = 2
"""So often somebody who did not come is offered another time; after that staff call."""
APART = timedelta(hours=12)
"""Two reminders of one thing do not come closer together than this."""


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
    if chat.channel == doors.DESK:
        return Dropped("at the counter")
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
    if chat.talk_id is not None:
        return Later(now + house.officer_silence)
    silent_until = chat.seen_at + house.timing.draft[step - 1]
    if (at := _not_before(house, office, silent_until, now)) > now:
        return Later(at)
    flow = catalog.services[list(begun.values())[-1].flow]
    buttons = [("resume", "resume"), ("mute", "mute")]
    values = {"about": "draft", "title": flow.title}
    remind(tx, house, chat.office_id, chat, "remind_draft", values, buttons, now)
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


def valid(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """A result that was collected will soon be good no more."""
    ticket = rows.by_number(tx, row.subject)
    if ticket is None or ticket.status != "collected":
        return Dropped("not collected")
    office = house.office(ticket.office_id)
    flow = house.catalog(ticket.office_id).services.get(ticket.service)
    if flow is None or not flow.valid:
        return Dropped("good for ever")
    collected = office.today(ticket.updated_at)
    ends = arming.good_until(flow, collected)
    if office.today(now) >= ends:
        return Dropped("too late")
    if due.muted(tx, ticket.person_id, "valid"):
        return Dropped("muted")
    if (at := _not_before(house, office, now, now)) > now:
        return Later(at)
    chat = doors.used_last(tx, ticket.person_id)
    if chat.talk_id is not None:
        return Later(now + house.officer_silence)
    if chat.left_at is not None:
        return Dropped("left")
    values = {
        "about": "valid", "title": flow.title, "number": ticket.number, "until": say_date(ends),
    }  # fmt: skip
    buttons = [("menu", "menu"), ("mute", "mute")]
    remind(tx, house, ticket.office_id, chat, "remind_valid", values, buttons, now)
    return None


def _about_ticket(
    tx: Tx, house: House, row: Any, now: datetime, status: str, name: str
) -> Later | Dropped | None:
    ticket = rows.by_number(tx, row.subject)
    if ticket is None or ticket.status != status:
        return Dropped("no longer waits")
    office = house.office(ticket.office_id)
    flow = house.catalog(ticket.office_id).services.get(ticket.service)
    kind = "ready" if name == "remind_ready" else "correction"
    if flow is None:
        return Dropped("unknown service")
    last_word = name == "remind_expiry"
    if not last_word and due.muted(tx, ticket.person_id, kind):
        return Dropped("muted")
    if (at := _not_before(house, office, now, now)) > now:
        return Later(at)
    if status == "ready" and not office.calendar.is_working(office.today(now)):
        return Later(office.calendar.next_open(now))
    if not last_word and _overtaken(tx, row, now):
        return Dropped("overtaken")
    chat = doors.used_last(tx, ticket.person_id, ticket.number if status != "ready" else "")
    if chat.channel == doors.DESK or (chat.left_at is not None and not last_word):
        return Dropped("left")
    if chat.talk_id is not None and not last_word:
        return Later(now + house.officer_silence)  # an officer is talking there
    values = {"about": kind, "title": flow.title, "number": ticket.number}
    values |= {"hours": opening(house, office, now), "documents": "", "closes": ""}
    if status == "needs_correction":
        values |= _awaited(tx, office, flow, ticket, now)
    words = {"remind_expiry": ["status"], "remind_ready": ["appointment", "mute"]}
    buttons = [(word, word) for word in words.get(name, ["mute"])]
    remind(tx, house, ticket.office_id, chat, name, values, buttons, now)
    return None


def _awaited(tx: Tx, office: Office, flow: Flow, ticket: Any, now: datetime) -> dict[str, str]:
    """Which documents are asked for again, and on which day it is too late for them."""
    wanted = next(
        (e.documents for e in reversed(rows.events(tx, ticket.id)) if e.move == "send_back"), ()
    )
    close = due.find(tx, "expiry.close", ticket.number)
    tomorrow = now + timedelta(days=1)  # late ourselves: it is not closed before
    closes = max(close.due_at, tomorrow) if close else tomorrow
    return {
        "documents": ", ".join(step.name for step in flow.steps if step.id in wanted),
        "closes": say_date(closes.astimezone(office.calendar.zone).date()),
    }


def _overtaken(tx: Tx, row: Any, now: datetime) -> bool:
    """After a standstill or a holiday: what comes next is due as well, or nearly, and is enough."""
    kind, _, step = row.kind.partition(".")
    after = [due.find(tx, f"{kind}.{int(step) + 1}", row.subject)]
    if kind == "correction":
        after.append(due.find(tx, "expiry.warn", row.subject))
    soon = now + APART
    return any(each and each.state == "waiting" and each.due_at <= soon for each in after)


def _not_before(house: House, office: Office, at: datetime, now: datetime) -> datetime:
    return house.timing.awake(max(at, now), office.calendar.zone)


def remind(
    tx: Tx,
    house: House,
    office_id: str,
    chat: Any,
    name: str,
    values: dict[str, str],
    buttons: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """Send a reminder with these buttons, given as (word, token)."""
    catalog = house.catalog(office_id)
    choices = tuple(Button(catalog.commands[word].label, token) for word, token in buttons)
    text = house.words.say(name, **values)
    message = Message(text, choices, kind="reminder", template=name, values=values)
    outbox.put(
        tx, office_id=office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip


# --- no, thank you ----------------------------------------------------------------------


def mute(tx: Tx, chat: Any, now: datetime) -> str:
    """Stop the kind of reminder that came last; all kinds if none came.  Returns the kind."""
    sent = outbox.newest_to(tx, chat.channel, chat.address)
    abouts = (Message.of(row.payload) for row in sent)
    last = next((m.values["about"] for m in abouts if m.kind == "reminder"), "")
    for kind in (last,) if last in KINDS else KINDS:
        due.mute(tx, chat.office_id, chat.person_id, kind, now)
    return last if last in KINDS else "all"


def unmute(tx: Tx, chat: Any) -> None:
    """All kinds of reminders again."""
    due.unmute(tx, chat.person_id)
