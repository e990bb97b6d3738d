"""Broadcasts: written, approved, planned, on their way, and what came of them.

A change of state is made by whoever finds the state that they expect, and by nobody else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import (
    BEGUN,
    BROADCAST_TAPS,
    BROADCASTS,
    OPTINS,
    OUTBOX,
    RECIPIENTS,
    TICKETS,
)

_B = BROADCASTS.c
_R = RECIPIENTS.c
_SENDING = Prepared(
    sa.select(BROADCASTS).where(sa.literal_column("broadcasts.state = 'sending'")).order_by(_B.id)
)
_ONE = Prepared(sa.select(BROADCASTS).where(_B.id == sa.bindparam("by_id")))
_HOLD = Prepared(sa.select(BROADCASTS).where(_B.id == sa.bindparam("by_id")).with_for_update())
_BEGUN = Prepared(sa.insert(BEGUN), ["office_id", "person_id", "service", "at"])


@dataclass(frozen=True, slots=True)
class Group:
    """People whose turn came: how many began a request within the days, how many sent one."""

    size: int
    began: int
    sent: int


def create(tx: Tx, values: Mapping[str, Any]) -> int:
    """A new broadcast; returns its id."""
    made = tx.execute(sa.insert(BROADCASTS).values(values).returning(_B.id)).scalar_one()
    return int(made)


def get(tx: Tx, broadcast_id: int) -> Any | None:
    """One broadcast; whose it is must be checked by the caller."""
    return tx.one(_ONE, by_id=broadcast_id)


def hold(tx: Tx, broadcast_id: int) -> Any | None:
    """One broadcast, locked: nobody else changes it or takes its people's turns."""
    return tx.one(_HOLD, by_id=broadcast_id)


def of_office(tx: Tx, office_id: str, most: int = 100) -> list[Any]:
    """An office's broadcasts, newest first."""
    mine = sa.select(BROADCASTS).where(_B.office_id == office_id)
    return list(tx.execute(mine.order_by(_B.id.desc()).limit(most)))


def sending(tx: Tx) -> list[Any]:
    """All that are on their way, oldest first."""
    return tx.all(_SENDING)


def change(tx: Tx, broadcast_id: int, was: Collection[str], now: datetime, **values: Any) -> bool:
    """Change a broadcast that is in one of these states; False when it is in none."""
    mine = sa.and_(_B.id == broadcast_id, _B.state.in_(was))
    changed = tx.execute(sa.update(BROADCASTS).where(mine).values(updated_at=now, **values))
    return changed.rowcount == 1


def fates(tx: Tx, broadcast_id: int) -> dict[tuple[str, str], int]:
    """How many of its messages are in each state, with each receipt."""
    mine = sa.select(OUTBOX.c.state, OUTBOX.c.receipt, sa.func.count()).where(
        OUTBOX.c.broadcast_id == broadcast_id
    )
    rows = _all(tx, mine.group_by(OUTBOX.c.state, OUTBOX.c.receipt))
    return {(row[0], row[1]): int(row[2]) for row in rows}


def errors(tx: Tx, broadcast_id: int) -> dict[str, int]:
    """Why messages did not arrive, and how many each."""
    lost = sa.select(OUTBOX.c.error, sa.func.count()).where(
        OUTBOX.c.broadcast_id == broadcast_id, OUTBOX.c.state.in_(("dropped", "failed"))
    )
    rows = _all(tx, lost.group_by(OUTBOX.c.error))
    return {str(row[0]): int(row[1]) for row in rows}


def turns(tx: Tx, broadcast_id: int) -> dict[tuple[str, str, str], int]:
    """How many people in each state, for each reason, by channel."""
    mine = sa.select(_R.state, _R.why, _R.channel, sa.func.count()).where(
        _R.broadcast_id == broadcast_id
    )
    rows = _all(tx, mine.group_by(_R.state, _R.why, _R.channel))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def opted_out(tx: Tx, broadcast_id: int) -> int:
    """How many wanted nothing more after it."""
    left = sa.select(sa.func.count()).select_from(OPTINS).where(
        OPTINS.c.broadcast_id == broadcast_id, sa.literal_column("optins.state = 'out'")
    )  # fmt: skip
    return int(tx.execute(left).scalar_one())


def tap(
    tx: Tx, office_id: str, broadcast_id: int, person_id: int, button: int, now: datetime
) -> None:
    """A person tapped a button of it; the second time says nothing new."""
    key = {"broadcast_id": broadcast_id, "person_id": person_id, "button": button}
    mine = sa.select(BROADCAST_TAPS.c.at).filter_by(**key)
    if tx.execute(mine).first() is None:
        tx.execute(BROADCAST_TAPS.insert().values(office_id=office_id, at=now, **key))


def taps(tx: Tx, broadcast_id: int) -> dict[int, int]:
    """How many people tapped each button."""
    mine = sa.select(BROADCAST_TAPS.c.button, sa.func.count()).where(
        BROADCAST_TAPS.c.broadcast_id == broadcast_id
    )
    rows = _all(tx, mine.group_by(BROADCAST_TAPS.c.button))
    return {int(row[0]): int(row[1]) for row in rows}


def begun(tx: Tx, office_id: str, person_id: int, service: str, now: datetime) -> None:
    """A person began a request."""
    tx.run(_BEGUN, office_id=office_id, person_id=person_id, service=service, at=now)


def groups(tx: Tx, broadcast_id: int, window: timedelta) -> dict[bool, Group]:
    """What those did whose turn came and those who were held out, within that time after it.

    Everybody counts whose turn came, whatever became of their message: the two groups differ
    by the draw alone.
    """
    within = _later(tx, window)
    sent = sa.exists().where(
        TICKETS.c.person_id == _R.person_id, TICKETS.c.created_at >= _R.at,
        TICKETS.c.created_at < within,
    )  # fmt: skip
    began = sa.exists().where(
        BEGUN.c.person_id == _R.person_id, BEGUN.c.at >= _R.at, BEGUN.c.at < within
    )
    number = sa.func.count()
    had_turn = sa.select(
        _R.held,
        number,
        number.filter(sa.or_(began, sent)),
        number.filter(sent),
    ).where(_R.broadcast_id == broadcast_id, _R.at.is_not(None), _R.why != "cancelled")
    rows = _all(tx, had_turn.group_by(_R.held))
    return {bool(row[0]): Group(*row[1:]) for row in rows}


def _all(tx: Tx, statement: sa.Executable) -> list[Any]:
    return list(tx.execute(statement))


def _later(tx: Tx, window: timedelta) -> sa.ColumnElement[Any]:
    """That long after a person's turn, in the database's own reckoning."""
    if tx.dialect.name == "postgresql":
        return _R.at + sa.literal(window, sa.Interval)
    seconds = f"+{int(window.total_seconds())} seconds"
    return sa.func.strftime("%Y-%m-%d %H:%M:%f000", _R.at, seconds)
