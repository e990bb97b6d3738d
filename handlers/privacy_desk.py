"""What citizens ask about their data, as those who decide it see it; and who looked at whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers import audit, portrait
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from handlers.portrait import Portrait
from storage import privacy, tickets, views
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish; `hours` are left until its limit, less than none when it is past."""

    id: int
    kind: str
    state: str
    name: str
    asked: When
    due: When
    hours: int
    decided: When | None
    by: Who


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the citizen; `empty`: nothing is left of it to erase."""

    number: str
    title: str
    status: str
    created: When
    empty: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opened a document of a citizen."""

    at: When
    who: Who
    number: str
    title: str


def wishes(tx: Tx, sight: Sight, states: Sequence[str]) -> list[Wish]:
    """The office's wishes in these states, the most urgent first."""
    return [_wish(sight, row) for row in privacy.listed(tx, sight.officer.office_id, states)]


def show(tx: Tx, sight: Sight, request_id: int) -> tuple[Wish, list[Line]]:
    """One wish with what it is about.  Raises Rejected: unknown."""
    row = _mine(tx, sight, request_id)
    chat = privacy.chat(tx, row.conversation_id)
    lines = [
        Line(each.number, sight.title(each.service), each.status, sight.when(each.created_at),
             not each.answers)
        for each in privacy.tickets(tx, row.conversation_id, row.office_id)
    ]  # fmt: skip
    return _wish(sight, row, chat.name), lines


def copy(tx: Tx, sight: Sight, request_id: int) -> Portrait:
    """The copy that a citizen asked for, to be handed over; the wish is fulfilled with it.

    Raises Rejected: unknown.
    """
    row = _mine(tx, sight, request_id)
    if row.kind != "export":
        raise Rejected("unknown")
    by, now = sight.officer.login, sight.now
    privacy.settle(tx, row.id, "open", "done", by, now)
    audit.record(tx, row.office_id, by, "data.exported", f"request:{row.id}", now)
    return portrait.draw(tx, sight.house, row.conversation_id, row.office_id, now)


def looks(tx: Tx, sight: Sight, number: str) -> list[Look]:
    """Who opened a document of whoever applied for that ticket, newest first.

    Asking is written down as well.  Raises Rejected: unknown.
    """
    row = tickets.look(tx, number)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    login = sight.officer.login
    audit.record(tx, row.office_id, login, "data.looked", number, sight.now)
    found = [
        (each.at, Look(sight.when(each.at), sight.who(each.login), ticket.number,
                       sight.title(ticket.service)))
        for ticket in privacy.tickets(tx, row.conversation_id, row.office_id)
        for each in views.of_ticket(tx, ticket.id)
    ]  # fmt: skip
    return [look for _, look in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _mine(tx: Tx, sight: Sight, request_id: int) -> Any:
    row = privacy.find(tx, request_id)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    return row


def _wish(sight: Sight, row: Any, name: str = "") -> Wish:
    return Wish(
        id=row.id, kind=row.kind, state=row.state, name=name or getattr(row, "name", ""),
        asked=sight.when(row.asked_at), due=sight.when(row.due_at),
        hours=(row.due_at - sight.now).total_seconds() // 3600,
        decided=sight.when(row.decided_at) if row.decided_at else None,
        by=sight.who(row.decided_by),
    )  # fmt: skip
