"""What two people were told who turn out to be one: nothing comes twice, and a no stays a no."""

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import BEGUN, BROADCAST_TAPS, OPTIN_EVENTS, OPTINS, RECIPIENTS

FIRMNESS = ("in", "no", "out")
"""Of two answers to being told things, the one further right counts."""


def merge(tx: Tx, person_id: int, into: int) -> None:
    """Let what one person was told, and what they said to it, be the other's."""
    _answers(tx, person_id, into)
    _turns(tx, person_id, into)
    tapped = sa.select(BROADCAST_TAPS.c.broadcast_id).where(BROADCAST_TAPS.c.person_id == into)
    tx.execute(
        sa.delete(BROADCAST_TAPS).where(
            BROADCAST_TAPS.c.person_id == person_id, BROADCAST_TAPS.c.broadcast_id.in_(tapped)
        )
    )
    for table in (RECIPIENTS, BROADCAST_TAPS, OPTIN_EVENTS, BEGUN):
        mine = table.c.person_id == person_id
        tx.execute(sa.update(table).where(mine).values(person_id=into))


def _turns(tx: Tx, person_id: int, into: int) -> None:
    """Where both were to get the same broadcast, the turn that has come counts."""
    other = RECIPIENTS.alias("other")
    for goes, stays, state in ((into, person_id, ("waiting",)), (person_id, into, ())):
        twice = sa.exists().where(
            other.c.broadcast_id == RECIPIENTS.c.broadcast_id, other.c.person_id == stays
        )
        condition = [RECIPIENTS.c.person_id == goes, twice]
        condition += [RECIPIENTS.c.state.in_(state)] if state else []
        tx.execute(sa.delete(RECIPIENTS).where(*condition))


def _answers(tx: Tx, person_id: int, into: int) -> None:
    rows = tx.execute(sa.select(OPTINS).where(OPTINS.c.person_id.in_((person_id, into)))).all()
    if not rows:
        return
    firmest = max(rows, key=lambda row: FIRMNESS.index(row.state))
    tx.execute(sa.delete(OPTINS).where(OPTINS.c.person_id.in_((person_id, into))))
    tx.execute(OPTINS.insert().values(firmest._asdict() | {"person_id": into}))
