"""A ticket's pass: a short secret name that is printed as a QR code and scanned at the counter.

Who holds it sees how the ticket stands, and nothing of the person.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.cleaning import plain
from flows.dialogue import TICKET
from flows.numbers import is_valid
from handlers.errors import Rejected
from handlers.offices import House
from handlers.tickets import WORKING
from handlers.tokens import ALPHABET, LENGTH
from handlers.wording import opening
from handlers.words import say_time
from storage import passes, tickets
from storage.db import Tx

TOKEN = re.compile(rf"(?:.*\W[pP]\W)?([{ALPHABET}]{{{LENGTH}}})", re.IGNORECASE)
"""A token alone, or at the end of its address; a scanner may type on another keyboard's keys."""


@dataclass(frozen=True, slots=True)
class View:
    """What a pass shows to whoever holds it."""

    number: str
    title: str
    status: str
    promise: str
    office: str
    address: str
    hours: str


def look(tx: Tx, house: House, token: str, now: datetime) -> tuple[View, str] | None:
    """What the pass of that token shows, and the office it belongs to; None when there is none."""
    row = passes.find(tx, token.upper())
    if row is None:
        return None
    office = house.office(row.office_id)
    flow = house.catalog(row.office_id).services.get(row.service)
    promised = max(row.promise_at, row.next_promise_at or row.promise_at)
    zone = office.calendar.zone
    view = View(
        number=row.number,
        title=flow.title if flow else row.service,
        status=row.status,
        promise=say_time(promised, zone) if row.status in WORKING else "",
        office=office.name,
        address=office.address,
        hours=opening(house, office, now),
    )
    return view, row.office_id


def find(tx: Tx, office_id: str, text: str, now: datetime) -> Any:
    """The ticket of this office that was scanned or typed: an address, a token, or a number.

    Raises Rejected: pass_unknown (also when it is another office's).
    """
    typed = plain(text).strip()
    row = None
    if number := TICKET.fullmatch(typed):
        joined = "-".join(number.groups()).upper()
        row = tickets.look(tx, joined) if is_valid(joined) else None
    elif token := TOKEN.fullmatch(typed):
        row = passes.find(tx, token[1].upper())
    if row is None or row.office_id != office_id:
        raise Rejected("pass_unknown")
    return row
