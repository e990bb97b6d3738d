"""The moves that staff make, at the desk or in a chat of theirs, with what is demanded of each.

The only way for staff to move a ticket: whatever they tap or click, it comes through here.
"""

from collections.abc import Mapping
from typing import Any

from flows.cleaning import clean
from handlers import papers
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.tickets import Actor
from handlers.tickets import move as move_ticket
from storage import tickets
from storage.db import Tx

LONGEST_NOTE = 1000


def move(
    tx: Tx,
    sight: Sight,
    number: str,
    name: str,
    note: str = "",
    excuse: str = "",
    again: Mapping[str, str] | None = None,
) -> Any:
    """The officer moves a ticket; every message about it to staff shows how it stands.

    Returns it as it was.

    A ticket is sent back for the documents that were refused, with the reasons.
    excuse  why it is handed over though an original was not shown: kept for the colleagues
    again   what else it is sent back for: the reason in words, by document
    Raises Rejected: note_long, refused_left (finished though a document is refused),
    originals_missing, and as tickets.move.
    """
    officer, note, excuse = sight.officer, clean(note), clean(excuse)
    if max(len(note), len(excuse)) > LONGEST_NOTE:
        raise Rejected("note_long")
    row = tickets.by_number(tx, number)
    if row is None or row.office_id != officer.office_id:
        raise Rejected("unknown")
    refused = papers.refusals(tx, sight, row) if name in ("send_back", "finish") else {}
    if name == "finish" and refused:
        raise Rejected("refused_left")
    back = {**refused, **(again or {})}
    if name == "hand_over" and row.status == "ready":
        _see_originals(tx, sight, row, excuse)
    move_ticket(
        tx, sight.house, officer.office_id, number, name,
        Actor("staff", officer.login, officer.name), sight.now,
        note=note, documents=list(back), reasons=back,
    )  # fmt: skip
    return row


def _see_originals(tx: Tx, sight: Sight, row: Any, excuse: str) -> None:
    """Nothing is handed over before the originals were shown, unless the officer says why."""
    flow = sight.flow(row.service)
    if flow is None or not papers.originals_missing(tx, flow, row):
        return
    if not excuse:
        raise Rejected("originals_missing")
    tickets.write_note(tx, row.office_id, row.id, sight.officer.login, excuse, sight.now)
