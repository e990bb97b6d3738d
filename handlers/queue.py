"""What needs an officer now: tickets with the oldest promise first, questions, lost messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.lifecycle import CLOSED
from handlers import doors
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from handlers.message import Message
from handlers.tickets import WORKING
from storage import conversations, outbox, questions, tickets, walkins
from storage.db import Tx

PAGE = 30
"""Tickets on one page."""
UNDELIVERED = timedelta(days=14)
"""How long a message that could not be delivered is shown."""

TABS = {"work": WORKING, "waiting": ("needs_correction",), "ready": ("ready",), "closed": CLOSED}
"""The states under each tab; what is closed is shown last changed first."""

CODES = (
    "21610", "30003", "30004", "30005", "63003", "63014", "63016", "63018", "63024", "63040",
    "63041", "63049", "no_template",
)  # fmt: skip
"""Why WhatsApp or a text message did not arrive, as Twilio numbers it."""

Place = tuple[datetime, int]
"""Where a page begins: just after the ticket with this time and id."""


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket of the queue; `came` when the person came to the counter without a phone."""

    number: str
    title: str
    applicant: str
    status: str
    promise: When
    changed: When
    late: bool
    doubtful: int
    warnings: int
    holder: Who
    came: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A citizen's open question, with their newest ticket if there is one."""

    id: int
    text: str
    at: When
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that did not reach anybody.

    reason  a platform's code that has words, or "left", "gone", "absent", "channel" or "other"
    staff   it was an alert to the office's own chat
    phone   where the person can be called, if we know; `name` as they call themselves
    """

    id: int
    text: str
    at: When
    reason: str
    number: str
    staff: bool
    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue.

    first  number of the ticket to work on first; empty when nothing waits
    more   where the next page begins; None on the last one
    """

    tab: str
    service: str
    services: Sequence[tuple[str, str]]
    counts: dict[str, int]
    late: int
    lines: Sequence[Line]
    first: str
    more: Place | None
    questions: Sequence[Asked]
    lost: Sequence[Lost]


def show(
    tx: Tx, sight: Sight, tab: str, service: str, after: Place | None, most: int = PAGE
) -> Queue:
    """The queue of the officer's own office."""
    office = sight.officer.office_id
    read = tickets.latest if tab == "closed" else tickets.queue
    rows = read(tx, office, TABS[tab], service=service, most=most + 1, after=after)
    here = rows[:most]
    states = tickets.counts(tx, office, service)
    doubtful = tickets.doubtful(tx, [row.id for row in here])
    following = first(tx, sight, service)
    return Queue(
        tab=tab,
        service=service,
        services=[(f.id, f.title) for f in sight.house.catalog(office).services.values()],
        counts={name: sum(states.get(each, 0) for each in group) for name, group in TABS.items()},
        late=tickets.late(tx, office, WORKING, sight.now, service),
        lines=[line(sight, row, doubtful) for row in here],
        first=following,
        more=_place(here[-1], tab) if len(rows) > most else None,
        questions=_questions(tx, sight),
        lost=_lost(tx, sight),
    )


def first(tx: Tx, sight: Sight, service: str = "", besides: str = "") -> str:
    """The number of the most urgent ticket that nobody else works on."""
    rows = tickets.queue(tx, sight.officer.office_id, WORKING, service=service, most=50)
    mine = (row.number for row in rows if row.number != besides and sight.mine_or_free(row))
    return next(mine, "")


def line(sight: Sight, row: Any, doubtful: set[str]) -> Line:
    """One ticket as a line; `doubtful` holds the files that nobody found good."""
    files = [each for value in row.answers.values() if isinstance(value, list) for each in value]
    return Line(
        number=row.number,
        title=sight.title(row.service),
        applicant=sight.applicant(row),
        status=row.status,
        promise=sight.when(row.promise_at),
        changed=sight.when(row.updated_at),
        late=row.status in WORKING and row.promise_at < sight.now,
        doubtful=len(doubtful.intersection(files)),
        warnings=len(row.warnings),
        holder=sight.who(row.officer),
        came=row.channel == doors.DESK,
    )


def _place(row: Any, tab: str) -> Place:
    return (row.updated_at if tab == "closed" else row.promise_at), row.id


def _questions(tx: Tx, sight: Sight) -> list[Asked]:
    rows = questions.unanswered(tx, sight.officer.office_id)
    about = tickets.newest_of_chats(
        tx, sight.officer.office_id, [row.conversation_id for row in rows]
    )
    return [
        Asked(
            row.id,
            row.text,
            sight.when(row.asked_at),
            ticket.number if ticket else "",
            sight.title(ticket.service) if ticket else "",
        )
        for row in rows
        for ticket in [about.get(row.conversation_id)]
    ]


def _lost(tx: Tx, sight: Sight) -> list[Lost]:
    office = sight.officer.office_id
    since = sight.now - UNDELIVERED
    rows = [row for row in outbox.undelivered(tx, office) if row.created_at > since]
    chats = tickets.chats_at(tx, [(row.channel, row.address) for row in rows])
    newest = tickets.newest_of_chats(tx, office, list(chats.values()))
    people = conversations.people_at(tx, list(chats))
    found = []
    for row in rows:
        message = Message.of(row.payload)
        ticket = newest.get(chats.get((row.channel, row.address), 0))
        if message.text:
            person = people.get((row.channel, row.address))
            found.append(
                Lost(
                    id=row.id,
                    text=message.text,
                    at=sight.when(row.created_at),
                    reason=reason(row.error),
                    number=message.values.get("number") or (ticket.number if ticket else ""),
                    staff=row.address == sight.office.staff_chat,
                    phone=_phone(tx, row, person),
                    name=person.name if person else "",
                )
            )
    return found


def _phone(tx: Tx, row: Any, person: Any | None) -> str:
    """Where the person can be called: as the platform knows it, or as they said at the counter."""
    if row.channel == doors.DESK:
        return walkins.phone_at(tx, row.address)
    return doors.phone(row.channel, row.address) or (person.phone if person else "")


def handle(tx: Tx, sight: Sight, row_id: int) -> None:
    """The officer saw to a message that did not arrive: it leaves the list.

    Raises Rejected: handled (by somebody else, or it is another office's).
    """
    if not outbox.handle(tx, row_id, sight.officer.office_id, sight.officer.login):
        raise Rejected("handled")


def reason(error: str) -> str:
    """What the channel's words amount to."""
    said = error.casefold()
    if error in CODES:
        return error
    if any(word in said for word in ("blocked", "deactivated", "kicked", "forbidden")):
        return "left"
    if "not found" in said:
        return "gone"
    if said == "absent":
        return "absent"
    return "channel" if "not configured" in said else "other"
