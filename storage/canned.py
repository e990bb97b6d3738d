"""The sentences that an office says often: one of each title."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import CANNED_REPLIES

_R = CANNED_REPLIES.c
_KEEP = sa.text(
    "INSERT INTO canned_replies (office_id, title, text, written_by, written_at)"
    " VALUES (:office_id, :title, :text, :written_by, :written_at)"
    " ON CONFLICT (office_id, title) DO UPDATE SET"
    " text = excluded.text, written_by = excluded.written_by, written_at = excluded.written_at"
).bindparams(sa.bindparam("written_at", type_=_R.written_at.type))


def of_office(tx: Tx, office_id: str) -> list[Any]:
    """An office's own, by title."""
    wanted = sa.select(CANNED_REPLIES).where(_R.office_id == office_id).order_by(_R.title)
    return list(tx.execute(wanted))


def keep(tx: Tx, office_id: str, title: str, text: str, by: str, now: datetime) -> None:
    """A new one, or another text of that title."""
    values = {"office_id": office_id, "title": title, "text": text, "written_by": by,
              "written_at": now}  # fmt: skip
    tx.execute(_KEEP, values)


def drop(tx: Tx, office_id: str, title: str) -> bool:
    """Forget one; False when there was none."""
    gone = sa.delete(CANNED_REPLIES).where(_R.office_id == office_id, _R.title == title)
    return tx.execute(gone).rowcount == 1
