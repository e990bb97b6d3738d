"""What has to be done at some time, once, whoever comes first and whatever was killed before.

A thing is due once by UNIQUE (kind, subject).  Whoever does it takes it in the transaction of
its effect: either both are there afterwards or neither.  Knows no kind.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import DUE, MUTES

_D = DUE.c
_ARM = Prepared(sa.text(
    "INSERT INTO due (office_id, kind, subject, due_at, state, attempts, note)"
    " VALUES (:office_id, :kind, :subject, :due_at, 'waiting', 0, '')"
    " ON CONFLICT (kind, subject) DO UPDATE SET"
    " due_at = excluded.due_at, state = 'waiting', attempts = 0, note = '', done_at = NULL"
).bindparams(sa.bindparam("due_at", type_=_D.due_at.type)))  # fmt: skip
_FIRST = Prepared(sa.text(
    "INSERT INTO due (office_id, kind, subject, due_at, state, attempts, note)"
    " VALUES (:office_id, :kind, :subject, :due_at, 'waiting', 0, '')"
    " ON CONFLICT (kind, subject) DO NOTHING"
).bindparams(sa.bindparam("due_at", type_=_D.due_at.type)))  # fmt: skip
_READY = Prepared(
    sa.select(DUE)
    .where(sa.literal_column("due.state = 'waiting'"), _D.due_at <= sa.bindparam("now"))
    .order_by(_D.due_at, _D.id)
    .limit(sa.bindparam("most"))
)
_TAKE = Prepared(
    sa.update(DUE)
    .where(
        _D.id == sa.bindparam("row_id"),
        _D.state == "waiting",
        _D.due_at == sa.bindparam("was_due_at"),
    )
    .values(state="done", done_at=sa.bindparam("now", type_=_D.done_at.type))
)
_SETTLE = Prepared(
    sa.update(DUE).where(_D.id == sa.bindparam("row_id")),
    ["state", "due_at", "attempts", "note", "done_at"],
)
_ONE = sa.select(DUE).where(
    _D.kind == sa.bindparam("at_kind"), _D.subject == sa.bindparam("at_subject")
)
_FIND = Prepared(_ONE)
_HOLD = Prepared(_ONE.with_for_update())
_MUTED = Prepared(
    sa.select(MUTES.c.kind).where(
        MUTES.c.person_id == sa.bindparam("person"), MUTES.c.kind == sa.bindparam("at_kind")
    )
)


def arm(tx: Tx, office_id: str, kind: str, subject: str, due_at: datetime) -> None:
    """Let something be due at a time; if it was armed before, or done, this counts now."""
    tx.run(_ARM, office_id=office_id, kind=kind, subject=subject, due_at=due_at)


def arm_first(tx: Tx, office_id: str, kind: str, subject: str, due_at: datetime) -> bool:
    """Let something be due that never was; False when it was, whatever became of it."""
    values = {"office_id": office_id, "kind": kind, "subject": subject, "due_at": due_at}
    return tx.run(_FIRST, **values) == 1


def hold(tx: Tx, kind: str, subject: str) -> Any | None:
    """The row of one thing, locked: nobody does it or arms it until this transaction ends."""
    return tx.one(_HOLD, at_kind=kind, at_subject=subject)


def find(tx: Tx, kind: str, subject: str) -> Any | None:
    """The row of one thing, whatever became of it."""
    return tx.one(_FIND, at_kind=kind, at_subject=subject)


def ready(tx: Tx, now: datetime, most: int) -> list[Any]:
    """What is due, oldest first: a look that locks nothing."""
    return tx.all(_READY, now=now, most=most)


def take(tx: Tx, row: Any, now: datetime) -> bool:
    """Take a row for its effect in this transaction; False when it is no longer due."""
    return tx.run(_TAKE, row_id=row.id, was_due_at=row.due_at, now=now) == 1


def settle(
    tx: Tx,
    row: Any,
    state: str,
    now: datetime,
    *,
    due_at: datetime | None = None,
    note: str = "",
    attempts: int = 0,
) -> None:
    """What became of a row after all: "dropped", "failed", or "waiting" again at `due_at`.

    attempts  how often in a row it failed
    """
    tx.run(
        _SETTLE, row_id=row.id, state=state, due_at=due_at or row.due_at, attempts=attempts,
        note=note[:200], done_at=None if state == "waiting" else now,
    )  # fmt: skip


def mute(tx: Tx, office_id: str, person_id: int, kind: str, now: datetime) -> None:
    """This person wants no more reminders of that kind."""
    if not muted(tx, person_id, kind):
        values = {"office_id": office_id, "person_id": person_id, "kind": kind, "at": now}
        tx.execute(MUTES.insert().values(values))


def unmute(tx: Tx, person_id: int) -> None:
    """This person wants all reminders again."""
    tx.execute(sa.delete(MUTES).where(MUTES.c.person_id == person_id))


def forget(tx: Tx, before: datetime, most: int) -> int:
    """Delete what was done or dropped before that time, some of it; returns how much.

    What failed stays until people have seen to it.
    """
    old = (
        sa.select(_D.id)
        .where(sa.literal_column("due.state IN ('done', 'dropped')"), _D.done_at < before)
        .limit(most)
    )
    return tx.execute(sa.delete(DUE).where(_D.id.in_(old))).rowcount


def muted(tx: Tx, person_id: int, kind: str) -> bool:
    """Whether this person wants no reminders of that kind."""
    return tx.one(_MUTED, person=person_id, at_kind=kind) is not None
