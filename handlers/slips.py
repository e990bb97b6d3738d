"""The slip that a person takes home from the counter: what stands on it.

The edge prints it; templates/print/slip.typ has the words.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flows import checklist
from flows.model import State
from handlers import tokens, walkins
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.sessions import answers as read_answers
from handlers.tickets import WORKING
from handlers.wording import opening
from handlers.words import say_date, say_time
from storage import tickets
from storage.db import Tx

PAPERS = ("58", "80", "a4")
"""Millimetres of a thermal roll, or a sheet."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on a slip.

    token    of the ticket's pass: the QR code
    promise  by when the person hears of us; empty when nothing is owed
    code     joins a chat with this request, once; empty when there is none to give
    chats    where such a chat can be begun, a line each
    """

    number: str
    title: str
    office: str
    address: str
    token: str
    promise: str
    state: str
    bring: list[str]
    hours: str
    code: str
    code_until: str
    chats: str
    printed: str

    def data(self, paper: str, qr: str) -> dict[str, Any]:
        """The same for the template; `qr` is the code as SVG."""
        return {**asdict(self), "paper": paper, "qr": qr}


def slip(tx: Tx, sight: Sight, number: str) -> Slip:
    """The slip of a ticket of the officer's own office.  Raises Rejected: unknown."""
    row = tickets.look(tx, number)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    office, flow = sight.office, sight.flow(row.service)
    zone = office.calendar.zone
    bring: list[str] = []
    if flow is not None and row.status not in ("collected", "rejected", "withdrawn"):
        context = sight.house.context(row.office_id, consented=True, quiet=False, now=sight.now)
        state = State(flow.id, read_answers(row.answers))
        bring = [s.name for s in checklist.requirements(flow, state, context) if s.original]
    code, until = walkins.code_of(tx, row, sight.now)
    return Slip(
        number=row.number,
        title=sight.title(row.service),
        office=office.name,
        address=office.address,
        token=tokens.of_ticket(tx, sight.house, row, sight.now),
        promise=say_time(row.promise_at, zone) if row.status in WORKING else "",
        state="" if row.status in WORKING else sight.house.words.say(f"state_{row.status}"),
        bring=bring,
        hours=opening(sight.house, office, sight.now),
        code=code,
        code_until=_day(until, sight) if until else "",
        chats="\n".join(sight.house.contacts),
        printed=_day(sight.now, sight),
    )


def _day(at: datetime, sight: Sight) -> str:
    return say_date(at.astimezone(sight.office.calendar.zone).date())
