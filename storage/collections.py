"""Who took a result home: once a ticket, UNIQUE (ticket_id)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import COLLECTIONS


def add(
    tx: Tx,
    office_id: str,
    ticket_id: int,
    collector: str,
    name: str,
    relation: str,
    officer: str,
    now: datetime,
) -> None:
    """Keep who collected."""
    new = sa.insert(COLLECTIONS).values(
        office_id=office_id, ticket_id=ticket_id, collector=collector, name=name,
        relation=relation, officer=officer, at=now,
    )  # fmt: skip
    tx.execute(new)


def of_ticket(tx: Tx, ticket_id: int) -> Any | None:
    """Who collected the result of that ticket."""
    wanted = sa.select(COLLECTIONS).where(COLLECTIONS.c.ticket_id == ticket_id)
    return tx.execute(wanted).first()
