"""Documents handed over in chat: a secret link each, kept as its hash, with its end."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import RESULTS

_R = RESULTS.c


def add(
    tx: Tx,
    secret_hash: str,
    office_id: str,
    ticket_id: int,
    until: datetime,
    now: datetime,
    *,
    letter_id: int | None = None,
    signed_id: int | None = None,
) -> None:
    """A new link, to a letter or to a signed result."""
    new = sa.insert(RESULTS).values(
        id=secret_hash, office_id=office_id, ticket_id=ticket_id, letter_id=letter_id,
        signed_id=signed_id, created_at=now, expires_at=until, openings=0,
    )  # fmt: skip
    tx.execute(new)


def find(tx: Tx, secret_hash: str, now: datetime) -> Any | None:
    """The link of that secret, while it lasts."""
    wanted = sa.select(RESULTS).where(_R.id == secret_hash, _R.expires_at > now)
    return tx.execute(wanted).first()


def opened(tx: Tx, secret_hash: str, now: datetime) -> None:
    """Somebody opened the document."""
    touched = sa.update(RESULTS).where(_R.id == secret_hash)
    tx.execute(touched.values(openings=_R.openings + 1, opened_at=now))


def of_ticket(tx: Tx, ticket_id: int) -> list[Any]:
    """The links of a ticket, newest first."""
    wanted = sa.select(RESULTS).where(_R.ticket_id == ticket_id)
    return list(tx.execute(wanted.order_by(_R.created_at.desc())))
