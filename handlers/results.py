"""A finished document in the citizen's chat: a secret link that ends, opened on purpose.

It leads to a letter as it was printed, or to a result as it was signed.  Whoever only looks at
the link, as chat programs do for their previews, sees no document.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from handlers import audit, doors
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.letters import current
from handlers.message import Message
from handlers.offices import House
from handlers.words import say_date
from storage import letters, outbox, results, signed, tickets
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a link shows before the document is opened."""

    title: str
    number: str
    office: str
    until: str


@dataclass(frozen=True, slots=True)
class _Document:
    """What a link leads to.  `kind`: of the letter; `service` of a signed result."""

    file: str
    number: str
    ticket: str
    kind: str = ""
    service: str = ""


def send(tx: Tx, sight: Sight, number: str) -> None:
    """Send the letter in force to the citizen's chat.

    Raises Rejected: unknown, no_letter, unprinted, no_chat, no_address (ours is not public).
    """
    letter, ticket = current(tx, sight, number), tickets.by_number(tx, number)
    house, office, now = sight.house, sight.office, sight.now
    if letter is None or ticket is None:
        raise Rejected("no_letter")
    if not letter.file:
        raise Rejected("unprinted")
    if not house.pages_url:
        raise Rejected("no_address")
    chat = doors.used_last(tx, ticket.person_id)
    if chat.channel == doors.DESK or chat.left_at is not None:
        raise Rejected("no_chat")
    link, until = lend(tx, house, ticket, now, letter_id=letter.id)
    values = {
        "number": number, "title": sight.title(ticket.service), "letter": letter.number,
        "link": link, "until": say_date(office.today(until)),
    }  # fmt: skip
    text = house.words.say("result_sent", **values)
    message = Message(text, kind="news", template="result_sent", values=values)
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
    _record(tx, ticket, sight.officer.login, "result_sent", now)
    audit.record(tx, office.id, sight.officer.login, "letter.sent", number, now)


def lend(
    tx: Tx,
    house: House,
    ticket: Any,
    now: datetime,
    *,
    letter_id: int | None = None,
    signed_id: int | None = None,
) -> tuple[str, datetime]:
    """A new link, and until when it opens; empty where no page of ours can be reached."""
    secret, until = house.secret(), now + house.result_life
    if not house.pages_url:
        return "", until
    results.add(
        tx, _kept(secret), ticket.office_id, ticket.id, until, now,
        letter_id=letter_id, signed_id=signed_id,
    )  # fmt: skip
    return f"{house.pages_url}r/{secret}", until


def look(tx: Tx, house: House, secret: str, now: datetime) -> Shown | None:
    """What a link is about; None when it is over, or its document was taken back."""
    found = _find(tx, secret, now)
    if found is None:
        return None
    link, document = found
    office = house.office(link.office_id)
    kind = house.letters.get(document.kind)
    flow = house.catalog(office.id).services.get(document.service)
    title = kind.title if kind else flow.title if flow else document.kind or document.service
    until = say_date(office.today(link.expires_at))
    return Shown(title, document.number, office.name, until)


def take(tx: Tx, secret: str, now: datetime) -> tuple[str, str, str]:
    """Open the document: its file, office and number.  Written down.  Raises Rejected: gone."""
    found = _find(tx, secret, now)
    if found is None:
        raise Rejected("gone")
    link, document = found
    results.opened(tx, link.id, now)
    if not link.openings:
        ticket = tickets.look(tx, document.ticket)
        if ticket is not None:
            _record(tx, ticket, "citizen", "result_opened", now)
    return document.file, link.office_id, document.number


def _find(tx: Tx, secret: str, now: datetime) -> tuple[Any, _Document] | None:
    link = results.find(tx, _kept(secret), now)
    if link is None:
        return None
    found = _letter(tx, link.letter_id) if link.letter_id else _signed(tx, link.signed_id)
    return (link, found) if found is not None else None


def _letter(tx: Tx, letter_id: int) -> _Document | None:
    row = letters.get(tx, letter_id)
    if row is None or row.state != "issued" or not row.file:
        return None
    return _Document(row.file, row.number, row.ticket, kind=row.kind)


def _signed(tx: Tx, signed_id: int) -> _Document | None:
    """Only the one that counts."""
    row = signed.get(tx, signed_id)
    current = signed.current(tx, row.ticket_id) if row is not None else None
    if row is None or current is None or current.id != row.id:
        return None
    return _Document(row.file, row.number, row.ticket, service=row.service)


def _record(tx: Tx, ticket: Any, actor: str, move: str, now: datetime) -> None:
    tickets.record(
        tx, ticket, actor=actor, move=move, before=ticket.status, after=ticket.status, now=now
    )


def _kept(secret: str) -> str:
    return sha256(f"loket.result:{secret}".encode()).hexdigest()
