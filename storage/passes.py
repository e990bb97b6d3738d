"""A ticket's secret short name, one each: UNIQUE (ticket_id), UNIQUE (token)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import PASSES, TICKETS

_P = PASSES.c
_ADD = sa.text(
    "INSERT INTO passes (office_id, ticket_id, token, created_at)"
    " VALUES (:office_id, :ticket_id, :token, :now) ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("now", type_=_P.created_at.type))


def of_ticket(tx: Tx, ticket_id: int) -> str:
    """The token of a ticket; empty while it has none."""
    row = tx.execute(sa.select(_P.token).where(_P.ticket_id == ticket_id)).first()
    return str(row.token) if row is not None else ""


def add(tx: Tx, office_id: str, ticket_id: int, token: str, now: datetime) -> None:
    """Give a ticket a token; nothing happens if it has one, or another ticket has this one."""
    values = {"office_id": office_id, "ticket_id": ticket_id, "token": token, "now": now}
    tx.execute(_ADD, values)


def find(tx: Tx, token: str) -> Any | None:
    """The ticket of that token, of whatever office."""
    wanted = sa.select(TICKETS).join(PASSES, _P.ticket_id == TICKETS.c.id)
    return tx.execute(wanted.where(_P.token == token)).first()
