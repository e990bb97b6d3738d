"""Officers among themselves: who works on a ticket, and what they write about it.

Citizens hear of none of this: it neither sends them anything nor is told with a status.
"""

from typing import Any

from flows.cleaning import clean
from flows.lifecycle import OPEN
from handlers import alerts, audit
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.staff import Officer
from storage import staff, tickets
from storage.db import Tx

LONGEST_NOTE = 1000
IN_HAND = tuple(status for status in OPEN if status != "submitted")
"""The states in which a ticket may change hands; a new one is simply taken."""


def others(tx: Tx, officer: Officer, holder: str) -> list[tuple[str, str]]:
    """(login, name) of those at this office to whom a ticket that `holder` has may be handed."""
    rows = staff.everyone(tx, officer.office_id)
    here = (row for row in rows if row.disabled_at is None)
    return [(row.login, row.name) for row in here if row.login not in (officer.login, holder)]


def hand(tx: Tx, sight: Sight, number: str, was: str, to: str) -> None:
    """`to` works on the ticket from now on, if `was` still has it; the staff chat hears of it.

    Raises Rejected: unknown, impossible (new or closed), colleague_unknown,
    taken (somebody was quicker).
    """
    row, officer = _mine(tx, sight, number), sight.officer
    if row.status not in IN_HAND:
        raise Rejected("impossible")
    account = staff.by_login(tx, to)
    if account is None or account.office_id != row.office_id or account.disabled_at is not None:
        raise Rejected("colleague_unknown")
    if row.officer == to or not tickets.hand(tx, row.id, was, to, sight.now):
        raise Rejected("taken")
    move = "take_over" if to == officer.login else "hand_to"
    tickets.record(
        tx, row, actor=officer.login, move=move, before=row.status, after=row.status,
        now=sight.now, officer=to,
    )  # fmt: skip
    audit.record(
        tx, row.office_id, officer.login, f"ticket.{move}", number, sight.now, was=was, to=to
    )
    alerts.refresh(tx, sight.house, number, sight.now)
    alerts.handed(
        tx, sight.house, sight.office, number, to,
        before=sight.names.get(row.officer, ""),
        by="" if officer.login in (to, row.officer) else officer.name, now=sight.now,
    )  # fmt: skip


def write(tx: Tx, sight: Sight, number: str, text: str) -> None:
    """Write a note for the colleagues.  Raises Rejected: unknown, note_empty, note_long."""
    row, text = _mine(tx, sight, number), clean(text)
    if not text:
        raise Rejected("note_empty")
    if len(text) > LONGEST_NOTE:
        raise Rejected("note_long")
    tickets.write_note(tx, row.office_id, row.id, sight.officer.login, text, sight.now)


def _mine(tx: Tx, sight: Sight, number: str) -> Any:
    """The ticket, locked, if it is of the officer's own office."""
    row = tickets.by_number(tx, number)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    return row
