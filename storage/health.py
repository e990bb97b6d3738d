"""The levels of the health protocol that an office has set.  Append-only; knows no level."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import PROTOCOLS

_P = PROTOCOLS.c
_RULES = Prepared(
    sa.select(PROTOCOLS)
    .where(
        _P.office_id == sa.bindparam("office"),
        sa.or_(_P.last_day.is_(None), _P.last_day >= sa.bindparam("since")),
    )
    .order_by(_P.id.desc())
)
_NEW = Prepared(
    sa.insert(PROTOCOLS),
    ["office_id", "level", "first_day", "last_day", "officer", "made_at"],
)


def rules(tx: Tx, office_id: str, since: date) -> list[Any]:
    """What was set for that day or later ones, newest first."""
    return tx.all(_RULES, office=office_id, since=since)


def add(
    tx: Tx,
    office_id: str,
    level: str,
    first_day: date,
    last_day: date | None,
    officer: str,
    now: datetime,
) -> None:
    """Set a level for some days."""
    tx.run(
        _NEW, office_id=office_id, level=level, first_day=first_day, last_day=last_day,
        officer=officer, made_at=now,
    )  # fmt: skip
