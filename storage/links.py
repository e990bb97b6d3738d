"""Codes with which a person joins two chats: kept as hashes, used once, guessed in vain."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import LINK_CODES, LINK_TRIES

_C = LINK_CODES.c
_T = LINK_TRIES.c
_TRIED = Prepared(
    sa.select(sa.func.count().label("tries")).where(
        _T.conversation_id == sa.bindparam("chat"), _T.at > sa.bindparam("since")
    )
)


def offer(tx: Tx, code: str, *, office_id: str, conversation_id: int, expires_at: datetime) -> None:
    """Keep a new code of a chat; its older ones are void."""
    tx.execute(sa.delete(LINK_CODES).where(_C.conversation_id == conversation_id))
    tx.execute(
        LINK_CODES.insert().values(
            id=code, office_id=office_id, conversation_id=conversation_id, expires_at=expires_at
        )
    )


def use(tx: Tx, code: str, now: datetime) -> int | None:
    """Use a code up; returns the chat that it was given to, None when it is not valid."""
    used = (
        sa.update(LINK_CODES)
        .where(_C.id == code, _C.used_at.is_(None), _C.expires_at > now)
        .values(used_at=now)
        .returning(_C.conversation_id)
    )
    row = tx.execute(used).first()
    return None if row is None else int(row.conversation_id)


def valid(tx: Tx, code: str, now: datetime) -> datetime | None:
    """Until when a code can be used; None when it cannot."""
    wanted = sa.select(_C.expires_at).where(
        _C.id == code, _C.used_at.is_(None), _C.expires_at > now
    )
    until: datetime | None = tx.execute(wanted).scalar()
    return until


def failed(tx: Tx, office_id: str, conversation_id: int, now: datetime) -> None:
    """This chat gave a code that was not one."""
    tx.execute(
        LINK_TRIES.insert().values(office_id=office_id, conversation_id=conversation_id, at=now)
    )


def tries(tx: Tx, conversation_id: int, since: datetime) -> int:
    """How many wrong codes this chat gave since then."""
    row = tx.one(_TRIED, chat=conversation_id, since=since)
    return int(row.tries) if row else 0


def forget(tx: Tx, before: datetime) -> int:
    """Delete codes and tries that have become pointless; returns how many codes."""
    tx.execute(sa.delete(LINK_TRIES).where(_T.at < before))
    return int(tx.execute(sa.delete(LINK_CODES).where(_C.expires_at < before)).rowcount)
