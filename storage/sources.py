"""Posters and other sources of people, and the chats that came by each.

A source is one by UNIQUE (office, kind, service, place), a scan by UNIQUE (source, chat).
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import CONVERSATIONS, SCANS, SOURCES

_S, _A = SOURCES.c, SCANS.c
_COLUMNS = "office_id code kind service place made_by made_at".split()
_MAKE = sa.text(
    f"INSERT INTO sources ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)})"  # noqa: S608
    " ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("made_at", type_=_S.made_at.type))
_ARRIVE = sa.text(
    "INSERT INTO scans (office_id, source_id, conversation_id, at)"
    " VALUES (:office_id, :source_id, :conversation_id, :at) ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("at", type_=_A.at.type))


def make(tx: Tx, **values: Any) -> bool:
    """A new source; False when there is one of this code, or of this kind at this place."""
    return tx.execute(_MAKE, values).rowcount == 1


def by_code(tx: Tx, office_id: str, code: str) -> Any | None:
    """The source of that code."""
    wanted = sa.select(SOURCES).where(_S.office_id == office_id, _S.code == code)
    return tx.execute(wanted).first()


def at_place(tx: Tx, office_id: str, kind: str, service: str, place: str) -> Any | None:
    """The source of that kind, for that service, at that place."""
    wanted = sa.select(SOURCES).where(
        _S.office_id == office_id, _S.kind == kind, _S.service == service, _S.place == place
    )
    return tx.execute(wanted).first()


def arrive(tx: Tx, office_id: str, source_id: int, conversation_id: int, now: datetime) -> None:
    """A chat came by a source; from now on what it does counts for this one."""
    values = {"office_id": office_id, "source_id": source_id, "conversation_id": conversation_id}
    tx.execute(_ARRIVE, {**values, "at": now})
    moved = sa.update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id)
    tx.execute(moved.values(source_id=source_id))


def reached(
    tx: Tx, source_id: int, conversation_id: int, what: str, now: datetime, since: datetime
) -> None:
    """That chat began ("started_at") or sent ("finished_at") its first request after it came.

    since  who came before that time is not counted any more
    """
    column = _A[what]
    tx.execute(
        sa.update(SCANS)
        .where(
            _A.source_id == source_id, _A.conversation_id == conversation_id,
            _A.at >= since, column.is_(None),
        )
        .values({what: now})
    )  # fmt: skip


def counted(tx: Tx, office_id: str) -> list[Any]:
    """All sources of an office, newest first, with how many came, started and finished."""
    counts = (
        sa.select(
            _A.source_id,
            sa.func.count().label("came"),
            sa.func.count(_A.started_at).label("started"),
            sa.func.count(_A.finished_at).label("finished"),
        )
        .where(_A.office_id == office_id)
        .group_by(_A.source_id)
        .subquery()
    )
    zero = (
        sa.func.coalesce(counts.c[name], 0).label(name) for name in ("came", "started", "finished")
    )
    wanted = (
        sa.select(SOURCES, *zero)
        .outerjoin(counts, counts.c.source_id == _S.id)
        .where(_S.office_id == office_id)
        .order_by(_S.id.desc())
    )
    return list(tx.execute(wanted))
