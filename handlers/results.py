"""A finished document in the citizen's chat: a secret link that ends, opened on purpose.

Whoever only looks at the link, as chat programs do for their previews, sees no document.
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
from storage import letters, outbox, results, tickets
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a link shows before the document is opened."""

    title: str
    number: str
    office: str
    until: str


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
    secret, until = house.secret(), now + house.result_life
    results.add(tx, _kept(secret), office.id, ticket.id, letter.id, until, now)
    values = {
        "number": number, "title": sight.title(ticket.service), "letter": letter.number,
        "link": f"{house.pages_url}r/{secret}", "until": say_date(office.today(until)),
    }  # fmt: skip
    text = house.words.say("result_sent", **values)
    message = Message(text, kind="news", template="result_sent", values=values)
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
    _record(tx, ticket, sight.officer.login, "result_sent", now)
    audit.record(tx, office.id, sight.officer.login, "letter.sent", number, now)


def look(tx: Tx, house: House, secret: str, now: datetime) -> Shown | None:
    """What a link is about; None when it is over, or its letter was revoked."""
    found = _find(tx, secret, now)
    if found is None:
        return None
    link, letter = found
    office = house.office(link.office_id)
    kind = house.letters.get(letter.kind)
    until = say_date(office.today(link.expires_at))
    return Shown(kind.title if kind else letter.kind, letter.number, office.name, until)


def take(tx: Tx, secret: str, now: datetime) -> tuple[str, str, str]:
    """Open the document: its file, office and number.  Written down.  Raises Rejected: gone."""
    found = _find(tx, secret, now)
    if found is None:
        raise Rejected("gone")
    link, letter = found
    results.opened(tx, link.id, now)
    if not link.openings:
        row = letters.get(tx, letter.id)
        ticket = tickets.look(tx, row.ticket) if row is not None else None
        if ticket is not None:
            _record(tx, ticket, "citizen", "result_opened", now)
    return letter.file, link.office_id, letter.number


def _find(tx: Tx, secret: str, now: datetime) -> tuple[Any, Any] | None:
    link = results.find(tx, _kept(secret), now)
    letter = letters.get(tx, link.letter_id) if link is not None else None
    if link is None or letter is None or letter.state != "issued" or not letter.file:
        return None
    return link, letter


def _record(tx: Tx, ticket: Any, actor: str, move: str, now: datetime) -> None:
    tickets.record(
        tx, ticket, actor=actor, move=move, before=ticket.status, after=ticket.status, now=now
    )


def _kept(secret: str) -> str:
    return sha256(f"loket.result:{secret}".encode()).hexdigest()
