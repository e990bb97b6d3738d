"""Updates received: each is taken in once, with its raw payload kept for replay."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.faults import point
from storage.prepared import Prepared
from storage.tables import INBOX

_COLUMNS = "office_id channel external_id address raw state error received_at".split()
_TAKE = Prepared(sa.text(
    f"INSERT INTO inbox ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)})"  # noqa: S608
    " ON CONFLICT (channel, external_id) DO NOTHING"
).bindparams(sa.bindparam("received_at", type_=INBOX.c.received_at.type)))  # fmt: skip
_FAILED = Prepared(
    sa.select(INBOX)
    .where(sa.literal_column("inbox.state = 'failed'"), INBOX.c.id > sa.bindparam("above"))
    .order_by(INBOX.c.id)
    .limit(sa.bindparam("most"))
)
_REDEEM = Prepared(
    sa.update(INBOX).where(
        INBOX.c.id == sa.bindparam("inbox_id"), sa.literal_column("inbox.state = 'failed'")
    ),
    columns=["state", "error"],
)
_FORGET = Prepared(
    sa.update(INBOX).where(
        INBOX.c.channel == sa.bindparam("at_channel"),
        INBOX.c.external_id == sa.bindparam("at_external_id"),
    ),
    columns=["raw"],
)
_WEB = sa.select(INBOX.c.id, INBOX.c.external_id, INBOX.c.raw, INBOX.c.received_at).where(
    sa.literal_column("inbox.channel = 'web'"), INBOX.c.address == sa.bindparam("at_address")
)
_EARLIER = Prepared(
    _WEB.where(INBOX.c.id < sa.bindparam("below"), INBOX.c.received_at <= sa.bindparam("until"))
    .order_by(INBOX.c.id.desc())
    .limit(sa.bindparam("most"))
)
_LATER = Prepared(
    _WEB.where(INBOX.c.id > sa.bindparam("above"), INBOX.c.received_at >= sa.bindparam("since"))
    .order_by(INBOX.c.id)
    .limit(sa.bindparam("most"))
)
_WEB_ONE = Prepared(_WEB.where(INBOX.c.external_id == sa.bindparam("at_external_id")))

LAST = 2**31 - 1
"""An id above all others."""
FIRST_TIME = datetime.min.replace(tzinfo=UTC)
LAST_TIME = datetime.max.replace(tzinfo=UTC)


def take(tx: Tx, *, now: datetime, state: str = "done", error: str = "", **update: Any) -> bool:
    """Keep an update; False when this channel and external id were taken before."""
    point("inbox.before")
    taken = tx.run(_TAKE, received_at=now, state=state, error=error, **update) == 1
    point("inbox.after")
    return taken


def forget(tx: Tx, channel: str, external_id: str) -> None:
    """Keep that an update came, and nothing of what it said."""
    tx.run(_FORGET, at_channel=channel, at_external_id=external_id, raw="")


def known(tx: Tx, channel: str, external_ids: Sequence[str]) -> set[str]:
    """Which of these updates were taken in already."""
    found: set[str] = set()
    for at in range(0, len(external_ids), 500):
        some = external_ids[at : at + 500]
        wanted = sa.select(INBOX.c.external_id).where(
            INBOX.c.channel == channel, INBOX.c.external_id.in_(some)
        )
        found |= {row.external_id for row in tx.execute(wanted)}
    return found


def failed(tx: Tx, above: int = 0, most: int = 100) -> list[Any]:
    """Updates with an id above that one, set aside because processing them failed, oldest first."""
    return tx.all(_FAILED, above=above, most=most)


def redeem(tx: Tx, inbox_id: int) -> bool:
    """An update that was set aside has its effect now; False when it had it before."""
    return tx.run(_REDEEM, inbox_id=inbox_id, state="done", error="") == 1


def written(tx: Tx, address: str, external_id: str) -> Any | None:
    """One update of a web chat, if it was taken."""
    return tx.one(_WEB_ONE, at_address=address, at_external_id=external_id)


def earlier(
    tx: Tx, address: str, most: int, *, below: int = LAST, until: datetime = LAST_TIME
) -> list[Any]:
    """A web chat's own updates with an id below that one, up to that time, newest first."""
    return tx.all(_EARLIER, at_address=address, most=most, below=below, until=until)


def later(
    tx: Tx, address: str, most: int, *, above: int = 0, since: datetime = FIRST_TIME
) -> list[Any]:
    """A web chat's own updates with an id above that one, from that time on, oldest first."""
    return tx.all(_LATER, at_address=address, most=most, above=above, since=since)
