"""Whom a broadcast goes to: found in parts, then given to the outbox a few seconds ahead.

A person is there once by the primary key.  Whoever takes their turn does it in one transaction
with the promise of the message: killed at any moment, nobody is left out and nobody comes twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.outbox import BROADCAST
from storage.prepared import Prepared
from storage.segments import Draft, people, told
from storage.tables import BROADCASTS, CONVERSATIONS, OPTINS, OUTBOX, PEOPLE, RECIPIENTS

PART = 2_500
"""People looked at in one transaction: a turn that comes meanwhile waits some hundredths."""

_R = RECIPIENTS.c
_WAITING: sa.ColumnElement[bool] = sa.literal_column("recipients.state = 'waiting'")
_NEXT = Prepared(
    sa.select(
        _R.person_id,
        _R.held,
        _R.channel,
        CONVERSATIONS.c.address,
        CONVERSATIONS.c.left_at,
        PEOPLE.c.name,
        OPTINS.c.state.label("optin"),
        told(_R.person_id, sa.bindparam("since", type_=_R.at.type)).label("told"),
    )
    .join(CONVERSATIONS, CONVERSATIONS.c.id == _R.conversation_id)
    .join(PEOPLE, PEOPLE.c.id == _R.person_id)
    .outerjoin(OPTINS, OPTINS.c.person_id == _R.person_id)
    .where(
        _R.broadcast_id == sa.bindparam("of_broadcast"),
        _R.channel == sa.bindparam("through"),
        _WAITING,
    )
    .order_by(_R.person_id)
    .limit(sa.bindparam("most"))
    .with_for_update(of=RECIPIENTS)
)
_TURN = Prepared(
    sa.update(RECIPIENTS).where(
        _R.broadcast_id == sa.bindparam("of_broadcast"), _R.person_id == sa.bindparam("of_person")
    ),
    ["state", "why", "at"],
)
_ANY_WAITING = Prepared(
    sa.select(_R.person_id)
    .where(_R.broadcast_id == sa.bindparam("of_broadcast"), _WAITING)
    .limit(1)
)
_PENDING = Prepared(
    sa.select(sa.func.count().label("number"))
    .select_from(OUTBOX)
    .where(
        sa.literal_column("outbox.state = 'pending'"),
        OUTBOX.c.channel == sa.bindparam("through"),
        OUTBOX.c.priority == BROADCAST,
        OUTBOX.c.due_at <= sa.bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of one person's turn: "promised", "held", or "dropped" and why."""

    person_id: int
    state: str
    why: str = ""


def find(tx: Tx, broadcast_id: int, wanted: Draft, after: int, until: int) -> tuple[int, int]:
    """Put those people with ids above `after`, up to `until`, in the queue; how many, how many
    of them held out."""
    chat = CONVERSATIONS.c
    found = people(wanted).where(chat.person_id > after, chat.person_id <= until)
    rows = found.add_columns(
        sa.literal(broadcast_id), sa.literal(wanted.office_id), sa.literal("waiting"),
        sa.literal(""),
    )  # fmt: skip
    names = "person_id conversation_id channel held broadcast_id office_id state why".split()
    size = tx.execute(sa.insert(RECIPIENTS).from_select(names, rows)).rowcount
    held = sa.select(sa.func.count()).select_from(RECIPIENTS).where(
        _R.broadcast_id == broadcast_id, _R.person_id > after, _R.person_id <= until, _R.held
    )  # fmt: skip
    return size, tx.execute(held).scalar_one() if size else 0


def last_person(tx: Tx) -> int:
    """The largest id of a person; 0 without anybody."""
    return tx.execute(sa.select(sa.func.max(PEOPLE.c.id))).scalar() or 0


def following(tx: Tx, broadcast_id: int, channel: str, since: datetime, most: int) -> list[Any]:
    """Whose turn it is, locked: with address, name, opt-in, and the news they got since then."""
    return tx.all(_NEXT, of_broadcast=broadcast_id, through=channel, since=since, most=most)


def settle(tx: Tx, broadcast_id: int, turns: Sequence[Turn], now: datetime) -> None:
    """Write down that these people had their turn."""
    tx.many(_TURN, [
        {"of_broadcast": broadcast_id, "of_person": each.person_id, "state": each.state,
         "why": each.why, "at": now}
        for each in turns
    ])  # fmt: skip


def any_waiting(tx: Tx, broadcast_id: int) -> bool:
    """Whether somebody's turn is still to come."""
    return tx.one(_ANY_WAITING, of_broadcast=broadcast_id) is not None


def pending(tx: Tx, channel: str, now: datetime) -> int:
    """How many messages of broadcasts the outbox holds ready for a channel."""
    row = tx.one(_PENDING, through=channel, now=now)
    return int(row.number) if row else 0


def take_back(tx: Tx, broadcast_id: int, state: str, now: datetime) -> int:
    """Let the promises that did not go out yet be none; returns how many.

    state  "waiting": their turn comes again; "dropped": it does not
    """
    chats = tx.execute(
        sa.delete(OUTBOX)
        .where(OUTBOX.c.broadcast_id == broadcast_id, OUTBOX.c.state == "pending")
        .returning(OUTBOX.c.channel, OUTBOX.c.address)
    ).all()
    at = None if state == "waiting" else now
    why = "" if state == "waiting" else "cancelled"
    for row in chats:
        owner = sa.select(CONVERSATIONS.c.person_id).where(
            CONVERSATIONS.c.channel == row.channel, CONVERSATIONS.c.address == row.address
        )
        mine = sa.and_(_R.broadcast_id == broadcast_id, _R.person_id == owner.scalar_subquery())
        tx.execute(sa.update(RECIPIENTS).where(mine).values(state=state, why=why, at=at))
    return len(chats)


def forget(tx: Tx, person_id: int, chats: Collection[tuple[str, str]], now: datetime) -> None:
    """This person wants nothing more: neither what waits for them nor what was promised goes."""
    sending = sa.select(BROADCASTS.c.id).where(BROADCASTS.c.ended_at.is_(None))
    mine = sa.and_(_R.person_id == person_id, _R.broadcast_id.in_(sending))
    waits = sa.and_(mine, _R.state == "waiting")
    tx.execute(sa.update(RECIPIENTS).where(waits).values(state="dropped", why="opted_out", at=now))
    for channel, address in chats:
        gone = tx.execute(
            sa.delete(OUTBOX)
            .where(
                OUTBOX.c.channel == channel,
                OUTBOX.c.address == address,
                OUTBOX.c.state == "pending",
                OUTBOX.c.broadcast_id.is_not(None),
            )
            .returning(OUTBOX.c.broadcast_id)
        ).scalars()
        for broadcast_id in gone.all():
            turn = sa.and_(_R.broadcast_id == broadcast_id, _R.person_id == person_id)
            tx.execute(sa.update(RECIPIENTS).where(turn).values(state="dropped", why="opted_out"))


def last_told(tx: Tx, person_id: int, since: datetime) -> int | None:
    """The broadcast that this person was sent last, since that time."""
    told = sa.select(_R.broadcast_id).where(
        _R.person_id == person_id, sa.literal_column("recipients.state = 'promised'"), _R.at > since
    )
    found: int | None = tx.execute(told.order_by(_R.at.desc()).limit(1)).scalar()
    return found
