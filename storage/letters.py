"""The register of letters: numbers of a series without gaps, one letter in force a ticket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import LETTERS, TICKETS

_L = LETTERS.c
_NEWEST_FIRST = _L.id.desc()


def add(tx: Tx, values: Mapping[str, Any]) -> int | None:
    """A new line of the register; None when the ticket has a letter in force already."""
    there = sa.select(_L.id).where(_L.ticket_id == values["ticket_id"], _L.state == "issued")
    if tx.execute(there).first() is not None:
        return None
    return int(tx.execute(sa.insert(LETTERS).values(values).returning(_L.id)).scalar_one())


def of_ticket(tx: Tx, ticket_id: int) -> list[Any]:
    """The letters of a ticket, newest first: the first may be in force."""
    wanted = sa.select(LETTERS).where(_L.ticket_id == ticket_id).order_by(_NEWEST_FIRST)
    return list(tx.execute(wanted))


def by_token(tx: Tx, token: str) -> Any | None:
    """The letter whose page of confirmation has that secret name."""
    return tx.execute(sa.select(LETTERS).where(_L.token == token)).first()


def get(tx: Tx, letter_id: int) -> Any | None:
    """The letter of that id with its ticket's number."""
    wanted = sa.select(LETTERS, TICKETS.c.number.label("ticket")).join(
        TICKETS, TICKETS.c.id == _L.ticket_id
    )
    return tx.execute(wanted.where(_L.id == letter_id)).first()


def filed(tx: Tx, letter_id: int, file: str) -> None:
    """The printed letter is in the vault."""
    tx.execute(sa.update(LETTERS).where(_L.id == letter_id).values(file=file))


def revoke(tx: Tx, letter_id: int, by: str, reason: str, now: datetime) -> bool:
    """A letter is no longer in force; False when it was not."""
    revoked = (
        sa.update(LETTERS)
        .where(_L.id == letter_id, _L.state == "issued")
        .values(state="revoked", revoked_at=now, revoked_by=by, reason=reason)
    )
    return tx.execute(revoked).rowcount == 1


def register(tx: Tx, office_id: str, year: int) -> list[Any]:
    """All letters of an office in a year with their tickets' numbers, series by series."""
    wanted = sa.select(LETTERS, TICKETS.c.number.label("ticket")).join(
        TICKETS, TICKETS.c.id == _L.ticket_id
    )
    here = wanted.where(_L.office_id == office_id, _L.year == year)
    return list(tx.execute(here.order_by(_L.series, _L.sequence)))
