"""Messages to staff that can be tapped or answered: what each one is about, and where it went."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import ALERTS, OUTBOX

_A = ALERTS.c
RECENT = 500
"""Messages of one chat among which the one that was answered is looked for."""


def create(
    tx: Tx, office_id: str, kind: str, subject: str, channel: str, address: str, now: datetime
) -> int:
    """A message to one chat of staff, about to be promised; returns its id."""
    new = sa.insert(ALERTS).values(
        office_id=office_id, kind=kind, subject=subject, channel=channel, address=address, at=now
    )
    return int(tx.execute(new.returning(_A.id)).scalar_one())


def promised(tx: Tx, alert: int, outbox_id: int) -> None:
    """It goes out by that row."""
    tx.execute(sa.update(ALERTS).where(_A.id == alert).values(outbox_id=outbox_id))


def get(tx: Tx, alert: int) -> Any | None:
    """One of them."""
    return tx.execute(sa.select(ALERTS).where(_A.id == alert)).first()


def about(tx: Tx, kind: str, subject: str) -> list[Any]:
    """Every message about one thing, oldest first."""
    wanted = sa.select(ALERTS).where(_A.kind == kind, _A.subject == subject)
    return list(tx.execute(wanted.order_by(_A.id)))


def answered(tx: Tx, channel: str, address: str, external_id: str) -> Any | None:
    """The message of that chat which the platform knows by this id; None for any other.

    One that is out already while its id is not written down yet is found if there is just one.
    """
    recent = (
        sa.select(ALERTS)
        .where(_A.channel == channel, _A.address == address)
        .order_by(_A.id.desc())
        .limit(RECENT)
        .subquery()
    )
    known = OUTBOX.c.external_id == external_id
    on_its_way = sa.and_(OUTBOX.c.external_id == "", OUTBOX.c.state.in_(("pending", "claimed")))
    wanted = sa.select(recent, OUTBOX.c.external_id).join(OUTBOX, OUTBOX.c.id == recent.c.outbox_id)
    rows = list(tx.execute(wanted.where(sa.or_(known, on_its_way))))
    exact = [row for row in rows if row.external_id == external_id]
    if exact:
        return exact[0]
    return rows[0] if len(rows) == 1 else None
