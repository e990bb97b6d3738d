"""A result as it was signed and stamped: kept, sent in chat, confirmed by a page, taken back.

The officer prints, signs and scans; the edge examines the scan and adds a sheet with the code of
its page.  What a citizen holds on paper or in chat can be held against that page by anybody.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import audit, doors, results, talks
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from handlers.letterhead import initials
from handlers.letters import ISSUABLE, current
from handlers.message import Message
from handlers.offices import House
from handlers.words import say_date
from storage import outbox, signed, tickets
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet that goes with a scan; nothing of it names a person in full."""

    title: str
    number: str
    office: str
    day: str
    initials: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that was examined and put into the vault."""

    token: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The signed result of a ticket, as its page shows it."""

    number: str
    file: str
    at: When
    by: Who


@dataclass(frozen=True, slots=True)
class Proof:
    """What the public page tells of a signed result.

    state   "valid"; "over": its letter's time is over; "revoked": it or its letter was taken back;
            "replaced" by a newer one
    sha256  of the file; empty when its content was erased
    """

    title: str
    number: str
    office: str
    day: str
    initials: str
    state: str
    until: str
    sha256: str


def find(tx: Tx, sight: Sight, number: str) -> Any:
    """The ticket, if it is of the officer's own office.  Raises Rejected: unknown."""
    ticket = tickets.look(tx, number)
    if ticket is None or ticket.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    return ticket


def plan(tx: Tx, sight: Sight, number: str) -> Sheet:
    """What is written beside a scan of this ticket's result.

    Raises Rejected: unknown, impossible (not in hand).
    """
    ticket = find(tx, sight, number)
    if ticket.status not in ISSUABLE:
        raise Rejected("impossible")
    letter = current(tx, sight, number)
    return Sheet(
        title=sight.title(ticket.service),
        number=letter.number if letter is not None else ticket.number,
        office=sight.office.name,
        day=say_date(sight.office.today(sight.now)),
        initials=letter.initials if letter is not None else initials([sight.applicant(ticket)]),
    )


def keep(tx: Tx, sight: Sight, number: str, scan: Scan) -> None:
    """This is the ticket's result from now on.  Raises Rejected as `plan`."""
    tickets.by_number(tx, number)  # locked: of two who upload at once the later one counts
    sheet, ticket = plan(tx, sight, number), find(tx, sight, number)
    letter = current(tx, sight, number)
    signed.add(
        tx, ticket, letter_id=letter.id if letter is not None else None, number=sheet.number,
        token=scan.token, initials=sheet.initials, file=scan.file, sha256=scan.sha256,
        size=scan.size, by=sight.officer.login, now=sight.now,
    )  # fmt: skip
    _record(tx, sight, ticket, "signed_added", "signed.added")


def drop(tx: Tx, sight: Sight, number: str) -> None:
    """It was the wrong one: its page says so, its links open nothing, its bytes go.

    Raises Rejected: unknown, no_signed.
    """
    ticket = find(tx, sight, number)
    if not signed.close(tx, ticket.id, "dropped"):
        raise Rejected("no_signed")
    _record(tx, sight, ticket, "signed_dropped", "signed.dropped")


def send(tx: Tx, sight: Sight, number: str) -> None:
    """Send it to the citizen's chat: as a file where that takes one, and as a link that ends.

    Raises Rejected: unknown, no_signed, no_chat, no_address (neither can be done).
    """
    ticket = find(tx, sight, number)
    row, house, office, now = signed.current(tx, ticket.id), sight.house, sight.office, sight.now
    if row is None:
        raise Rejected("no_signed")
    chat = doors.used_last(tx, ticket.person_id)
    if chat.channel == doors.DESK or chat.left_at is not None:
        raise Rejected("no_chat")
    enclosed = talks.takes_files(chat, now)
    if not (enclosed or house.pages_url):
        raise Rejected("no_address")
    link, until = results.lend(tx, house, ticket, now, signed_id=row.id)
    values = {
        "number": number, "title": sight.title(ticket.service), "letter": row.number,
        "link": link, "until": say_date(office.today(until)),
    }  # fmt: skip
    check = f"{house.pages_url}v/{row.token}" if house.pages_url else ""
    text = house.words.say("signed_sent", **values, enclosed=enclosed, check=check)
    file = row.file if enclosed else ""
    message = Message(text, kind="news", template="result_sent", values=values, file=file)
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
    _record(tx, sight, ticket, "result_sent", "signed.sent")


def show(tx: Tx, sight: Sight, ticket: Any) -> Kept | None:
    """The signed result of a ticket that the officer sees."""
    row = signed.current(tx, ticket.id)
    if row is None:
        return None
    return Kept(row.number, row.file, sight.when(row.at), sight.who(row.by))


def confirm(tx: Tx, house: House, token: str, now: datetime) -> Proof | None:
    """What the public page of that token tells; None when there is no such result."""
    row = signed.by_token(tx, token.upper())
    if row is None:
        return None
    office = house.office(row.office_id)
    flow = house.catalog(row.office_id).services.get(row.service)
    return Proof(
        title=flow.title if flow is not None else row.service,
        number=row.number,
        office=office.name,
        day=say_date(office.today(row.at)),
        initials=row.initials,
        state=_state(row, now),
        until=say_date(office.today(row.valid_until)) if row.valid_until else "",
        sha256=row.sha256,
    )


def _state(row: Any, now: datetime) -> str:
    if row.state == "dropped" or row.letter_state == "revoked":
        return "revoked"
    if row.state == "replaced":
        return "replaced"
    return "over" if row.valid_until is not None and row.valid_until <= now else "valid"


def _record(tx: Tx, sight: Sight, ticket: Any, move: str, deed: str) -> None:
    who, now = sight.officer.login, sight.now
    tickets.record(
        tx, ticket, actor=who, move=move, before=ticket.status, after=ticket.status, now=now
    )
    audit.record(tx, ticket.office_id, who, deed, ticket.number, now)
