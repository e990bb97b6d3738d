"""Hours in which nobody can come, though the calendar says otherwise.  Knows no appointment."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import CLOSURES

_C = CLOSURES.c
_AHEAD = Prepared(
    sa.select(CLOSURES)
    .where(
        _C.office_id == sa.bindparam("office"),
        _C.ends_at > sa.bindparam("since"),
        _C.lifted_at.is_(None),
    )
    .order_by(_C.begins_at, _C.id)
)
_NEW = Prepared(
    sa.insert(CLOSURES).returning(_C.id),
    ["office_id", "place", "begins_at", "ends_at", "reason", "by", "created_at"],
)
_GET = Prepared(sa.select(CLOSURES).where(_C.id == sa.bindparam("row_id")))
_LIFT = Prepared(
    sa.update(CLOSURES).where(_C.id == sa.bindparam("row_id"), _C.lifted_at.is_(None)),
    ["lifted_at"],
)


def close(
    tx: Tx,
    office_id: str,
    place: str,
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """Nobody comes from then to then; returns the closure."""
    row = tx.one(
        _NEW, office_id=office_id, place=place, begins_at=begins_at, ends_at=ends_at,
        reason=reason, by=by, created_at=now,
    )  # fmt: skip
    assert row is not None
    closed: int = row.id
    return closed


def ahead(tx: Tx, office_id: str, since: datetime) -> list[Any]:
    """The closures of an office that hold and are not over at that time, soonest first."""
    return tx.all(_AHEAD, office=office_id, since=since)


def get(tx: Tx, closure_id: int) -> Any | None:
    """One closure, whether it holds or not."""
    return tx.one(_GET, row_id=closure_id)


def lift(tx: Tx, closure_id: int, now: datetime) -> bool:
    """Undo a closure; False when somebody did already."""
    return tx.run(_LIFT, row_id=closure_id, lifted_at=now) == 1
