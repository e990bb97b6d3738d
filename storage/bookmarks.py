"""Up to when a channel's own list of messages was read, for what came while we were down."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import BOOKMARKS


def find(tx: Tx, name: str) -> datetime | None:
    """The time of a bookmark; None before the first one."""
    row = tx.execute(sa.select(BOOKMARKS.c.at).where(BOOKMARKS.c.name == name)).first()
    at: datetime | None = row.at if row else None
    return at


def put(tx: Tx, name: str, at: datetime) -> None:
    """Move a bookmark."""
    moved = tx.execute(sa.update(BOOKMARKS).where(BOOKMARKS.c.name == name).values(at=at))
    if not moved.rowcount:
        tx.execute(BOOKMARKS.insert().values(name=name, office_id="", at=at))
