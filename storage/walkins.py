"""Walk-ins: who fills a checklist for whom at the counter, and until when.

The answers are the conversation's, as in every other channel.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import CONVERSATIONS, OUTBOX, WALKINS

_W = WALKINS.c
_WITH_CHAT = sa.select(
    WALKINS, CONVERSATIONS.c.address, CONVERSATIONS.c.session, CONVERSATIONS.c.person_id
).join(CONVERSATIONS, CONVERSATIONS.c.id == _W.conversation_id)


def add(tx: Tx, values: Mapping[str, Any]) -> int:
    """A new walk-in; returns its id."""
    return int(tx.execute(sa.insert(WALKINS).values(values).returning(_W.id)).scalar_one())


def get(tx: Tx, walkin_id: int, *, lock: bool = False) -> Any | None:
    """The walk-in of that id with its conversation's address and session."""
    wanted = _WITH_CHAT.where(_W.id == walkin_id)
    return tx.execute(wanted.with_for_update(of=WALKINS) if lock else wanted).first()


def of_ticket(tx: Tx, ticket_id: int) -> Any | None:
    """The walk-in that became that ticket."""
    return tx.execute(_WITH_CHAT.where(_W.ticket_id == ticket_id)).first()


def by_upload(tx: Tx, upload: str, now: datetime) -> Any | None:
    """The walk-in whose page for photos has that secret, while it is open."""
    wanted = _WITH_CHAT.where(_W.upload == upload, _W.upload != "", _W.upload_until > now)
    return tx.execute(wanted).first()


def drafts(tx: Tx, office_id: str, officer: str, now: datetime) -> list[Any]:
    """An officer's own walk-ins that were not sent, newest first."""
    wanted = _WITH_CHAT.where(
        _W.office_id == office_id, _W.officer == officer, _W.expires_at > now,
        _W.ticket_id.is_(None),
    )  # fmt: skip
    return list(tx.execute(wanted.order_by(_W.id.desc()).limit(20)))


def change(tx: Tx, walkin_id: int, **values: Any) -> None:
    """Set some columns."""
    tx.execute(sa.update(WALKINS).where(_W.id == walkin_id).values(values))


def newest_message(tx: Tx, channel: str, address: str) -> int:
    """The id of the last message promised to a chat; 0 before the first."""
    wanted = sa.select(sa.func.max(OUTBOX.c.id)).where(
        OUTBOX.c.channel == channel, OUTBOX.c.address == address
    )
    return int(tx.execute(wanted).scalar() or 0)


def phone_at(tx: Tx, address: str) -> str:
    """The phone that the person of a walk-in gave; empty when they have none."""
    wanted = (
        sa.select(_W.phone)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == _W.conversation_id)
        .where(CONVERSATIONS.c.address == address)
    )
    return str(tx.execute(wanted).scalar() or "")
