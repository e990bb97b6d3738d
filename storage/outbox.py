"""Messages we have promised to send.

A row here commits with the change that caused it, so a crash can delay a
message but never lose one.  Knows nothing of Telegram or WhatsApp.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import CONVERSATIONS, OUTBOX, UNCONFIRMED

REPLY, ALERT, BROADCAST = 0, 1, 9
"""Priorities: what a person waits for overtakes what the office sends by itself."""

_O = OUTBOX.c
_PUT = Prepared(
    sa.insert(OUTBOX),
    (
        "office_id channel address priority payload state attempts error external_id receipt "
        "handled_by asks broadcast_id due_at created_at"
    ).split(),
)
_POST = Prepared(sa.insert(OUTBOX).returning(_O.id), _PUT.columns)
_SENT_AS = Prepared(sa.select(_O.external_id).where(_O.id == sa.bindparam("row_id")))
_EARLIER = OUTBOX.alias("earlier")
_BLOCKED = sa.exists().where(
    _EARLIER.c.channel == _O.channel,
    _EARLIER.c.address == _O.address,
    _EARLIER.c.id < _O.id,
    sa.literal_column("earlier.state IN ('pending', 'claimed')"),  # lets outbox_open be used
    sa.or_(
        _EARLIER.c.state == "claimed",
        sa.and_(
            _EARLIER.c.state == "pending",
            _EARLIER.c.due_at > sa.bindparam("now"),
            _EARLIER.c.priority <= _O.priority,  # what is less urgent holds nothing back
        ),
    ),
)
_ALONE = Prepared(sa.text("SELECT pg_advisory_xact_lock(hashtext('loket.outbox.claim'))"))
_DUE = Prepared(
    sa.select(OUTBOX, CONVERSATIONS.c.seen_at)
    .outerjoin(
        CONVERSATIONS,
        sa.and_(CONVERSATIONS.c.channel == _O.channel, CONVERSATIONS.c.address == _O.address),
    )
    .where(
        sa.literal_column("outbox.state = 'pending'"),
        _O.channel == sa.bindparam("through"),
        _O.priority.between(sa.bindparam("first"), sa.bindparam("last")),
        _O.due_at <= sa.bindparam("now"),
        ~_BLOCKED,
    )
    .order_by(_O.priority, _O.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=OUTBOX)
)
_ANY_DUE = Prepared(
    sa.select(_O.id)
    .where(
        sa.literal_column("outbox.state = 'pending'"),
        _O.channel == sa.bindparam("through"),
        _O.priority <= sa.bindparam("last"),
        _O.due_at <= sa.bindparam("now"),
    )
    .limit(1)
)
_CLAIM = Prepared(
    sa.update(OUTBOX).where(_O.id == sa.bindparam("row_id")), ["state", "lease_until"]
)
_SETTLE = Prepared(
    sa.update(OUTBOX).where(_O.id == sa.bindparam("row_id")),
    "state attempts error external_id due_at lease_until settled_at".split(),
)
_ONE = Prepared(sa.select(OUTBOX).where(_O.id == sa.bindparam("row_id")).with_for_update())
_RECEIPT = Prepared(sa.update(OUTBOX).where(_O.id == sa.bindparam("row_id")), columns=["receipt"])
_NOTE = Prepared(sa.update(OUTBOX).where(_O.id == sa.bindparam("row_id")), columns=["error"])
_UNCONFIRMED = Prepared(
    sa.select(_O.id, _O.channel, _O.external_id)
    .where(
        sa.literal_column(f"({UNCONFIRMED})"),
        _O.asks == sa.bindparam("asked"),
        _O.settled_at <= sa.bindparam("before"),
        _O.external_id != "",
    )
    .order_by(_O.id)
    .limit(sa.bindparam("most"))
)
_ASKED = Prepared(sa.update(OUTBOX).where(_O.id == sa.bindparam("row_id")), columns=["asks"])
_HANDLE = Prepared(
    sa.update(OUTBOX)
    .where(
        _O.id == sa.bindparam("row_id"),
        _O.office_id == sa.bindparam("office"),
        sa.literal_column("outbox.state = 'failed'"),
    )
    .values(state="handled", handled_by=sa.bindparam("by"))
)
_EXPIRED = Prepared(
    sa.update(OUTBOX)
    .where(sa.literal_column("outbox.state = 'claimed'"), _O.lease_until <= sa.bindparam("now"))
    .values(state="pending", lease_until=None)
)
_RECOVER = Prepared(
    sa.update(OUTBOX)
    .where(sa.literal_column("outbox.state = 'claimed'"))
    .values(state="pending", lease_until=None)
)
_UNDELIVERED = Prepared(
    sa.select(OUTBOX)
    .where(sa.literal_column("outbox.state = 'failed'"), _O.office_id == sa.bindparam("office"))
    .order_by(_O.id.desc())
    .limit(sa.bindparam("most"))
)
_SENT_TO = Prepared(
    sa.select(_O.id, _O.payload, _O.state, _O.created_at, _O.settled_at)
    .where(
        _O.channel == sa.bindparam("at_channel"),
        _O.address == sa.bindparam("at_address"),
        _O.id > sa.bindparam("after"),
    )
    .order_by(_O.id)
    .limit(sa.bindparam("most"))
)
_NEWEST_TO = Prepared(
    sa.select(_O.id, _O.payload)
    .where(_O.channel == sa.bindparam("at_channel"), _O.address == sa.bindparam("at_address"))
    .order_by(_O.id.desc())
    .limit(sa.bindparam("most"))
)


def put(
    tx: Tx,
    *,
    office_id: str,
    channel: str,
    address: str,
    payloads: Sequence[str],
    now: datetime,
    priority: int = REPLY,
    broadcast_id: int | None = None,
) -> None:
    """Promise messages to one chat, in this order; perhaps as part of a broadcast."""
    tx.many(
        _PUT,
        [
            {
                "office_id": office_id,
                "channel": channel,
                "address": address,
                "priority": priority,
                "payload": payload,
                "state": "pending",
                "attempts": 0,
                "error": "",
                "external_id": "",
                "receipt": "",
                "handled_by": "",
                "asks": 0,
                "broadcast_id": broadcast_id,
                "due_at": now,
                "created_at": now,
            }
            for payload in payloads
        ],
    )


def any_due(tx: Tx, channel: str, now: datetime, last: int = BROADCAST) -> bool:
    """Whether anything may be ready to be claimed there: a look that locks nothing.

    last  the least urgent priority that counts
    """
    return tx.one(_ANY_DUE, through=channel, now=now, last=last) is not None


def post(
    tx: Tx,
    *,
    office_id: str,
    channel: str,
    address: str,
    payload: str,
    now: datetime,
    priority: int = REPLY,
) -> int:
    """Promise one message; returns the id of its row, for whoever wants to find it again."""
    row = tx.one(
        _POST, office_id=office_id, channel=channel, address=address, priority=priority,
        payload=payload, state="pending", attempts=0, error="", external_id="", receipt="",
        handled_by="", asks=0, broadcast_id=None, due_at=now, created_at=now,
    )  # fmt: skip
    assert row is not None
    return int(row.id)


def sent_as(tx: Tx, row_id: int) -> str:
    """The platform's id of a message; empty while, or when, it has none."""
    row = tx.one(_SENT_AS, row_id=row_id)
    return str(row.external_id) if row is not None else ""


def knows(tx: Tx, channel: str, address: str, external_id: str, most: int = 200) -> bool:
    """Whether one of the last messages to that chat has this id of the platform."""
    recent = (
        sa.select(_O.external_id)
        .where(_O.channel == channel, _O.address == address)
        .order_by(_O.id.desc())
        .limit(most)
        .subquery()
    )
    wanted = sa.select(recent.c.external_id).where(recent.c.external_id == external_id)
    return tx.execute(wanted).first() is not None


def claim(
    tx: Tx, channel: str, now: datetime, most: int, lease: timedelta, bulk: int | None = None
) -> list[Any]:
    """Take what is due in a channel, in order per chat: nothing behind a message still out.

    Each row also says when its person wrote last (`seen_at`); None where that is no chat.

    One claims at a time: on PostgreSQL a second one would skip the rows that the first has
    just locked, and take what stands behind them.

    bulk  most messages of broadcasts among them; None: no other limit
    """
    if tx.dialect.name == "postgresql":
        tx.run(_ALONE)
    urgent = {"first": REPLY, "last": ALERT}
    rows = tx.all(_DUE, through=channel, now=now, most=most, **urgent)
    left = min(most - len(rows), most if bulk is None else bulk)
    if left > 0:
        rows += tx.all(
            _DUE, through=channel, now=now, most=left, first=BROADCAST, last=BROADCAST
        )  # fmt: skip
    until = now + lease
    tx.many(_CLAIM, [{"row_id": r.id, "state": "claimed", "lease_until": until} for r in rows])
    return rows


def settle(
    tx: Tx,
    row_id: int,
    state: str,
    now: datetime,
    *,
    attempts: int,
    error: str = "",
    external_id: str = "",
    due_at: datetime | None = None,
) -> None:
    """What became of a row: "pending" again at `due_at`, or one of the other states."""
    tx.run(
        _SETTLE, row_id=row_id, state=state, attempts=attempts, error=error,
        external_id=external_id, due_at=due_at or now, lease_until=None,
        settled_at=None if state == "pending" else now,
    )  # fmt: skip


def release(tx: Tx, now: datetime) -> int:
    """Give back rows whose sender died before settling them; returns how many."""
    return tx.run(_EXPIRED, now=now)


def recover(tx: Tx) -> int:
    """Give back every claimed row: for a start when no other process can be sending."""
    return tx.run(_RECOVER)


def get(tx: Tx, row_id: int) -> Any | None:
    """One row, locked for this transaction."""
    return tx.one(_ONE, row_id=row_id)


def confirm(tx: Tx, row_id: int, receipt: str) -> None:
    """Keep what the platform reported of a message."""
    tx.run(_RECEIPT, row_id=row_id, receipt=receipt)


def note(tx: Tx, row_id: int, error: str) -> None:
    """Keep why a message failed that is not settled yet."""
    tx.run(_NOTE, row_id=row_id, error=error[:500])


def unconfirmed(tx: Tx, asked: int, before: datetime, most: int = 50) -> list[Any]:
    """Messages sent before that time whose fate is not known, asked about so often already."""
    return tx.all(_UNCONFIRMED, asked=asked, before=before, most=most)


def asked(tx: Tx, row_id: int, asks: int) -> None:
    """The platform was asked about a message for the so-manieth time."""
    tx.run(_ASKED, row_id=row_id, asks=asks)


def handle(tx: Tx, row_id: int, office_id: str, by: str) -> bool:
    """A member of staff saw to an undelivered message; False when there was nothing to do."""
    return tx.run(_HANDLE, row_id=row_id, office=office_id, by=by) == 1


def undelivered(tx: Tx, office_id: str, most: int = 50) -> list[Any]:
    """Messages that could not be delivered, newest first."""
    return tx.all(_UNDELIVERED, office=office_id, most=most)


def sent_to(tx: Tx, channel: str, address: str, after: int = 0, most: int = 200) -> list[Any]:
    """The messages to one chat with an id above `after`, oldest first."""
    return tx.all(_SENT_TO, at_channel=channel, at_address=address, after=after, most=most)


def newest_to(tx: Tx, channel: str, address: str, most: int = 200) -> list[Any]:
    """The last messages to one chat, newest first."""
    return tx.all(_NEWEST_TO, at_channel=channel, at_address=address, most=most)
