"""The audit log of an office as those who lead it read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from json import loads
from typing import Any

from flows.numbers import is_valid
from handlers import audit
from handlers.desk import Sight, When, Who
from storage import audit as entries
from storage.db import Tx

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One deed.

    whom    the colleague whom it was done to or who got it, if it was another than the actor
    ticket  number of the ticket that it was about, if any
    role    that somebody was given, if any
    """

    seq: int
    at: When
    who: Who
    actor: str
    action: str
    whom: Who
    ticket: str
    role: str


@dataclass(frozen=True, slots=True)
class Logbook:
    """One page; `more` is where the next one begins, 0 for none.  The rest is what was asked."""

    lines: Sequence[Line]
    more: int
    staff: Sequence[tuple[str, str]]
    kind: str
    actor: str
    subject: str


def show(tx: Tx, sight: Sight, kind: str, actor: str, subject: str, before: int | None) -> Logbook:
    """The office's entries, newest first; filtered by what is not empty."""
    rows = entries.entries(
        tx, sight.officer.office_id, actions=audit.actions(kind), actor=actor, subject=subject,
        before=before, most=PAGE + 1,
    )  # fmt: skip
    more = rows[PAGE - 1].seq if len(rows) > PAGE else 0
    names = sorted(sight.names.items(), key=lambda pair: pair[1].casefold())
    lines = [_line(sight, row) for row in rows[:PAGE]]
    return Logbook(lines, more, names, kind, actor, subject)


def _line(sight: Sight, row: Any) -> Line:
    detail = loads(row.detail) if row.detail else {}
    number = row.subject if is_valid(row.subject) else str(detail.get("ticket", ""))
    other = detail.get("to", row.subject)
    colleague = other in sight.names and other != row.actor
    return Line(
        seq=row.seq, at=sight.when(row.at), who=sight.who(row.actor), actor=row.actor,
        action=row.action, whom=sight.who(other) if colleague else Who("nobody"), ticket=number,
        role=detail.get("role", ""),
    )  # fmt: skip
