"""Who wants to be told things, who does not, and how that came about."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import OPTIN_EVENTS, OPTINS

_GET = Prepared(sa.select(OPTINS).where(OPTINS.c.person_id == sa.bindparam("person")))


def get(tx: Tx, person_id: int) -> Any | None:
    """What a person said last; None when they were never asked."""
    return tx.one(_GET, person=person_id)


def keep(
    tx: Tx,
    office_id: str,
    person_id: int,
    state: str,
    source: str,
    now: datetime,
    broadcast_id: int | None = None,
) -> None:
    """What a person says now: "in", "out" or "no", and after which broadcast.

    The words of before stay in the history.
    """
    said = {"office_id": office_id, "person_id": person_id, "state": state, "source": source,
            "at": now, "broadcast_id": broadcast_id}  # fmt: skip
    tx.execute(OPTIN_EVENTS.insert().values(said))
    mine = OPTINS.c.person_id == person_id
    if tx.execute(sa.update(OPTINS).where(mine).values(said)).rowcount == 0:
        tx.execute(OPTINS.insert().values(said))


def history(tx: Tx, person_id: int) -> list[Any]:
    """All that a person said of it, oldest first."""
    mine = sa.select(OPTIN_EVENTS).where(OPTIN_EVENTS.c.person_id == person_id)
    return list(tx.execute(mine.order_by(OPTIN_EVENTS.c.id)))
