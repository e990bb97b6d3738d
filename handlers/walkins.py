"""Walk-ins: an officer fills the checklist for a person at the counter.

The conversation is like any other, on a channel of its own ("desk"): same engine, same checks,
same queue.  What it says is shown to the officer instead of being sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flows.checks import Refused, check, clean
from flows.model import Event, Opened, Session
from handlers import doors, inbound
from handlers.errors import Rejected
from handlers.inbound import Inbound
from handlers.news import keep_session
from handlers.offices import House
from handlers.reminders import Dropped
from handlers.sessions import decode, encode
from handlers.staff import Officer
from storage import conversations, due, links, search, tickets, walkins
from storage.db import Tx

CHANNEL = doors.DESK
LIFE = timedelta(hours=24)
"""How long a walk-in that was not sent can be gone on with."""
UPLOADING = timedelta(minutes=30)
"""How long the page is open on which a phone sends photos."""
CODE_LIFE = timedelta(days=30)
"""How long the slip's code can join a chat."""
CODE_DIGITS = 12
"""More than between two chats: it lives 2,880 times as long, and there are many at once."""
HELPERS = ("self", "family", "officer")
LONGEST = 120
"""Characters of a name, a relation, a mandate."""


@dataclass(frozen=True, slots=True)
class Helping:
    """Who speaks for the applicant, and by what right.

    helper    "self": the applicant stands here; "family"; "officer": filled in for somebody who
              cannot come or cannot do it alone
    phone     where staff may call; empty when there is none
    """

    helper: str = "self"
    name: str = ""
    relation: str = ""
    mandate: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What was done on the page of a walk-in.

    nonce   the form's own name: sent twice, it counts once
    asked   the question to which it is the answer
    """

    event: Event
    nonce: str
    asked: str = ""
    remote: Mapping[str, Any] = field(default_factory=dict)


def begin(
    tx: Tx, house: House, officer: Officer, service: str, helping: Helping, now: datetime
) -> int:
    """A person came to the counter; returns the walk-in's id.

    Raises Rejected: service_missing, helper_missing, name_missing, mandate_missing, phone_wrong.
    """
    if service not in house.catalog(officer.office_id).services:
        raise Rejected("service_missing")
    kept = _checked(house, officer, helping, now)
    address = house.secret()
    chat = conversations.create(tx, officer.office_id, CHANNEL, address, "", "", now)
    walkin_id = walkins.add(
        tx,
        {
            "office_id": officer.office_id, "conversation_id": chat.id, "officer": officer.login,
            "service": service, "helper": kept.helper, "helper_name": kept.name,
            "relation": kept.relation, "mandate": kept.mandate, "phone": kept.phone,
            "created_at": now, "expires_at": now + LIFE, "upload": "", "after": 0,
        },
    )  # fmt: skip
    opened = Said(Opened(f"{officer.office_id}-{service}"), "open")
    _receive(tx, house, address, opened, now)
    due.arm(tx, officer.office_id, "walkin.end", str(walkin_id), now + LIFE)
    return walkin_id


def _checked(house: House, officer: Officer, helping: Helping, now: datetime) -> Helping:
    if helping.helper not in HELPERS:
        raise Rejected("helper_missing")
    parts = (helping.name, helping.relation, helping.mandate)
    name, relation, mandate = (clean(each)[:LONGEST].strip() for each in parts)
    if helping.helper == "family" and not (name and relation):
        raise Rejected("name_missing")
    if helping.helper != "self" and not mandate:
        raise Rejected("mandate_missing")
    phone = ""
    if helping.phone.strip():
        try:
            today = house.office(officer.office_id).today(now)
            phone = check("phone", helping.phone, today).value
        except Refused:
            raise Rejected("phone_wrong") from None
    return Helping(helping.helper, name, relation, mandate, phone)


def mine(tx: Tx, officer: Officer, walkin_id: int, now: datetime, *, lock: bool = False) -> Any:
    """A walk-in that this officer may go on with: their own draft, or any that was sent.

    Raises Rejected: unknown (also another office's, a colleague's draft, or one too old).
    """
    row = walkins.get(tx, walkin_id, lock=lock)
    if row is None or row.office_id != officer.office_id:
        raise Rejected("unknown")
    if row.ticket_id is None and (row.officer != officer.login or row.expires_at <= now):
        raise Rejected("unknown")
    return row


def say(tx: Tx, house: House, officer: Officer, walkin_id: int, said: Said, now: datetime) -> str:
    """Give an answer its effect; returns the ticket's number when that completed the request.

    Raises Rejected: unknown, passed (another question is asked by now).
    """
    row = mine(tx, officer, walkin_id, now, lock=True)
    return _say(tx, house, row, said, now)


def upload(tx: Tx, house: House, secret: str, said: Said, now: datetime) -> None:
    """A photo came from the phone that scanned the walk-in's code.  Raises Rejected: unknown."""
    row = walkins.by_upload(tx, secret, now)
    if row is None:
        raise Rejected("unknown")
    _say(tx, house, row, said, now)


def _say(tx: Tx, house: House, row: Any, said: Said, now: datetime) -> str:
    chat = conversations.find(tx, CHANNEL, row.address)
    state = decode(chat.session).state if chat is not None else None
    if chat is None or state is None or (said.asked and said.asked != state.asked):
        raise Rejected("passed")
    walkins.change(tx, row.id, after=walkins.newest_message(tx, CHANNEL, row.address))
    _receive(tx, house, row.address, said, now)
    if row.ticket_id is not None:
        return ""
    newest = tickets.of_person(tx, chat.person_id, 1)
    if not newest or newest[0].conversation_id != chat.id:
        return ""
    _became(tx, row, newest[0], now)
    return str(newest[0].number)


def _became(tx: Tx, row: Any, ticket: Any, now: datetime) -> None:
    """The walk-in is a ticket: a code for its slip, and a phone by which it is found."""
    walkins.change(tx, row.id, ticket_id=ticket.id, upload="", upload_until=None)
    if row.phone:
        search.add(tx, ticket.office_id, ticket.id, search.keys((), (), (row.phone,)))
    chat = conversations.get(tx, row.conversation_id)
    doors.offer_code(tx, chat, _code(row.address), now, CODE_LIFE)


def _receive(tx: Tx, house: House, address: str, said: Said, now: datetime) -> None:
    inbound.receive(
        tx, house,
        Inbound(CHANNEL, f"{address}:{said.nonce}", address, said.event, remote=said.remote),
        now,
    )  # fmt: skip


def open_upload(tx: Tx, house: House, officer: Officer, walkin_id: int, now: datetime) -> None:
    """Open the page on which a phone sends photos for this walk-in; one opened before is void."""
    row = mine(tx, officer, walkin_id, now, lock=True)
    walkins.change(tx, row.id, upload=house.secret(), upload_until=now + UPLOADING)


def drop(tx: Tx, house: House, officer: Officer, walkin_id: int, now: datetime) -> None:
    """The person went away: the draft is forgotten.  Raises Rejected: unknown."""
    row = mine(tx, officer, walkin_id, now, lock=True)
    if row.ticket_id is None:
        _forget(tx, row, now)


def end(tx: Tx, house: House, row: Any, now: datetime) -> Dropped | None:
    """A day after a walk-in began: what was not sent is forgotten."""
    walkin = walkins.get(tx, int(row.subject), lock=True)
    if walkin is None or walkin.ticket_id is not None:
        return Dropped("was sent")
    _forget(tx, walkin, now)
    return None


def _forget(tx: Tx, row: Any, now: datetime) -> None:
    chat = conversations.get(tx, row.conversation_id)
    keep_session(tx, chat, encode(Session()))
    walkins.change(
        tx, row.id, upload="", upload_until=None, helper_name="", relation="", mandate="",
        phone="", expires_at=min(row.expires_at, now),
    )  # fmt: skip


# --- the slip's code --------------------------------------------------------------------


def code_of(tx: Tx, ticket: Any, now: datetime) -> tuple[str, datetime | None]:
    """The code with which a chat joins this ticket, and until when; empty when there is none."""
    row = walkins.of_ticket(tx, ticket.id) if ticket.channel == CHANNEL else None
    if row is None:
        return "", None
    code = _code(row.address)
    until = links.valid(tx, doors.kept(code), now)
    if until is None:
        return "", None
    return " ".join(code[at : at + 4] for at in range(0, CODE_DIGITS, 4)), until


def _code(address: str) -> str:
    """The digits of a walk-in's slip.  Its address is a secret that never leaves the database."""
    digest = int.from_bytes(sha256(f"loket.slip:{address}".encode()).digest())
    return f"{digest % 10**CODE_DIGITS:0{CODE_DIGITS}}"
