"""Pictures, PDFs and videos that go with broadcasts.  The bytes are in the vault."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import BROADCASTS, DOOMED_FILES, ENCLOSURES

_E = ENCLOSURES.c


def create(
    tx: Tx,
    file: str,
    *,
    office_id: str,
    kind: str,
    media_type: str,
    size: int,
    name: str,
    made_by: str,
    now: datetime,
) -> None:
    """A file whose bytes are in the vault already."""
    tx.execute(sa.insert(ENCLOSURES).values(
        id=file, office_id=office_id, kind=kind, media_type=media_type, size=size, name=name,
        made_by=made_by, made_at=now,
    ))  # fmt: skip


def get(tx: Tx, file: str) -> Any | None:
    """The file of this id; whose it is must be checked by the caller."""
    return tx.execute(sa.select(ENCLOSURES).where(_E.id == file)).first()


def drop_unused(tx: Tx, made_before: datetime, ended_before: datetime | None, most: int) -> int:
    """Let go of files that no broadcast needs; returns how many.

    made_before   a younger one may be in a form that somebody is still writing
    ended_before  a broadcast that ended before that time needs none; None: each keeps its own
    """
    needs = sa.exists().where(BROADCASTS.c.enclosure == _E.id)
    if ended_before is not None:
        ended = BROADCASTS.c.ended_at
        needs = needs.where(sa.or_(ended.is_(None), ended >= ended_before))
    unused = sa.select(_E.id, _E.office_id).where(_E.made_at < made_before, ~needs)
    rows = list(tx.execute(unused.order_by(_E.id).limit(most)))
    if rows:
        names = [row.id for row in rows]
        doomed = [{"id": row.id, "office_id": row.office_id} for row in rows]
        tx.execute(sa.insert(DOOMED_FILES), doomed)
        tx.execute(sa.delete(ENCLOSURES).where(_E.id.in_(names)))
        kept = sa.update(BROADCASTS).where(BROADCASTS.c.enclosure.in_(names))
        tx.execute(kept.values(enclosure=""))
    return len(rows)
