"""What was erased and must stay so, also when an older copy of the database is put back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.tables import CONVERSATIONS, FORGOTTEN, TICKETS

_F = FORGOTTEN.c
_ROWS = {"ticket": TICKETS, "talk": CONVERSATIONS, "chat": CONVERSATIONS}
"""The table in which each kind has its row."""


def add(tx: Tx, office_id: str, kind: str, row: Any, at: datetime) -> None:
    """Content of this row, a ticket or a chat, was erased; it waits to be noted elsewhere."""
    keep(tx, office_id, kind, row.id, row.created_at, at, noted=False)


def keep(
    tx: Tx, office_id: str, kind: str, subject: int, since: datetime, at: datetime, *, noted: bool
) -> bool:
    """This erasure is known here; False when it was before."""
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    new = insert(FORGOTTEN).values(
        office_id=office_id, kind=kind, subject=subject, since=since, at=at, noted=noted
    )
    return tx.execute(new.on_conflict_do_nothing().returning(_F.id)).first() is not None


def fresh(tx: Tx, most: int) -> list[Any]:
    """Erasures that are not noted outside of the database."""
    wanted = sa.select(FORGOTTEN).where(sa.text("noted = false"))
    return list(tx.execute(wanted.order_by(_F.id).limit(most)))


def noted(tx: Tx, ids: Sequence[int]) -> None:
    """These are."""
    tx.execute(sa.update(FORGOTTEN).where(_F.id.in_(ids)).values(noted=True))


def find(tx: Tx, kind: str, subject: int, since: datetime) -> Any | None:
    """The row that was erased, if this database has it: of that id, and of that time."""
    table = _ROWS[kind]
    wanted = sa.select(table).where(table.c.id == subject, table.c.created_at == since)
    return tx.execute(wanted).first()
