"""What needs an officer now: tickets with the oldest promise first, questions, lost messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from handlers import doors, filters, question_files, twins
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from handlers.filters import TABS, Choice, Filters, Narrowing
from handlers.message import Message
from handlers.question_files import Enclosed
from handlers.tickets import WORKING
from handlers.twins import Twin
from storage import conversations, outbox, questions, tickets, walkins
from storage import queue as storage
from storage.db import Tx
from storage.queue import Narrow, Place

PAGE = 30
"""Tickets on one page."""
UNDELIVERED = timedelta(days=14)
"""How long a message that could not be delivered is shown."""

RECENT = timedelta(days=90)
"""What was closed longer ago is no longer listed; the search finds it."""
COUNTED = 500
"""What was closed is counted so far; beyond it nobody wants to know more than "many"."""

CODES = (
    "21610", "30003", "30004", "30005", "63003", "63014", "63016", "63018", "63024", "63040",
    "63041", "63049", "no_template",
)  # fmt: skip
"""Why WhatsApp or a text message did not arrive, as Twilio numbers it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket of the queue.

    twins  open ones that may be the same once more
    came   the person came to the counter without a phone
    """

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
    twins: Sequence[str]
    came: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A citizen's open question, with its photos, and their newest ticket if there is one."""

    id: int
    text: str
    at: When
    number: str
    title: str
    files: Sequence[Enclosed]


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

    choices  what each filter offers
    counts   tickets under each tab, as the filters leave them; of what is closed at most COUNTED
    uncounted  more are closed than were counted
    owed     all that the office has to work on, and `late` of these, whatever is filtered
    overdue  how many of those here are late
    first    number of the ticket to work on first; empty when nothing waits
    more     where the next page begins; None on the last one
    """

    tab: str
    filters: Filters
    choices: Mapping[str, Sequence[Choice]]
    counts: Mapping[str, int]
    uncounted: bool
    owed: int
    late: int
    overdue: int
    lines: Sequence[Line]
    first: str
    more: Place | None
    questions: Sequence[Asked]
    lost: Sequence[Lost]


def show(
    tx: Tx, sight: Sight, tab: str, chosen: Filters, after: Place | None, most: int = PAGE
) -> Queue:
    """The queue of the officer's own office.  Raises Rejected: unknown (a filter it has not)."""
    office, narrowing = sight.officer.office_id, filters.read(tx, sight, tab, chosen)
    marks = storage.marks(tx, office, sight.now)
    offered = filters.choices(sight, narrowing, marks)
    rows = _rows(tx, sight, narrowing, after, most + 1)
    here, since = rows[:most], sight.now - RECENT
    closed = storage.closed_count(tx, office, _everywhere(narrowing), since, COUNTED + 1)
    owed = [mark for mark in marks if mark[storage.STATUS] in WORKING]
    return Queue(
        tab=tab,
        filters=chosen,
        choices=offered.by,
        counts={each: offered.tabs[each] for each in TABS} | {"closed": min(closed, COUNTED)},
        uncounted=closed > COUNTED,
        owed=len(owed),
        late=sum(mark[storage.PAST] for mark in owed),
        overdue=offered.late,
        lines=lines(tx, sight, here),
        first=first(tx, sight, narrowing.columns),
        more=_place(here[-1], tab) if len(rows) > most else None,
        questions=_questions(tx, sight),
        lost=_lost(tx, sight),
    )


def _rows(tx: Tx, sight: Sight, narrowing: Narrowing, after: Place | None, most: int) -> list[Any]:
    office, columns = sight.officer.office_id, narrowing.columns
    if narrowing.tab == "closed":
        since = sight.now - RECENT
        return storage.closed_page(tx, office, columns, since, most=most, after=after)
    past = sight.now if narrowing.filters.late else None
    if past:
        columns["status"] = [each for each in narrowing.states if each in WORKING]
    return storage.open_page(tx, office, columns, most=most, after=after, past=past)


def _everywhere(narrowing: Narrowing) -> dict[str, Sequence[str]]:
    """The columns but for the state, for the tab of what is closed."""
    wanted = {name: each for name, each in narrowing.columns.items() if name != "status"}
    return wanted if narrowing.tab != "closed" else narrowing.columns


def first(tx: Tx, sight: Sight, narrow: Narrow | None = None, besides: str = "") -> str:
    """The number of the most urgent ticket that nobody else works on, of those that are wanted."""
    wanted = {**(narrow or {}), "status": WORKING, "officer": ("", sight.officer.login)}
    rows = storage.open_page(tx, sight.officer.office_id, wanted, most=2)
    return next((row.number for row in rows if row.number != besides), "")


def lines(tx: Tx, sight: Sight, rows: Sequence[Any]) -> list[Line]:
    """Tickets as lines."""
    doubtful = tickets.doubtful(tx, [row.id for row in rows])
    pairs = twins.of(tx, sight, rows)
    return [_line(sight, row, doubtful, pairs.get(row.id, ())) for row in rows]


def _line(sight: Sight, row: Any, doubtful: set[str], same: Sequence[Twin]) -> Line:
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
        twins=[each.number for each in same],
        came=row.channel == doors.DESK,
    )


def _place(row: Any, tab: str) -> Place:
    return (row.updated_at if tab == "closed" else row.promise_at), row.id


def _questions(tx: Tx, sight: Sight) -> list[Asked]:
    rows = questions.unanswered(tx, sight.officer.office_id)
    about = tickets.newest_of_chats(
        tx, sight.officer.office_id, [row.conversation_id for row in rows]
    )
    files = question_files.shown(tx, rows)
    return [
        Asked(
            row.id,
            row.text,
            sight.when(row.asked_at),
            ticket.number if ticket else "",
            sight.title(ticket.service) if ticket else "",
            files.get(row.id, ()),
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
