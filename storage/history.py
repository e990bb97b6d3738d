"""One web chat in both directions, in the order in which its page shows it.

What the citizen wrote stands in the inbox, what the office wrote in the outbox; here they
are merged by time.  An update and the replies to it carry the same time: the update goes
first.  Knows nothing of what the rows say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import inbox
from storage.db import Tx
from storage.inbox import FIRST_TIME, LAST, LAST_TIME
from storage.prepared import Prepared
from storage.tables import OUTBOX

INSTANT = timedelta(microseconds=1)
"""The finest difference between two stored times."""

_O = OUTBOX.c
_CHAT = sa.select(_O.id, _O.payload, _O.created_at).where(
    sa.literal_column("outbox.channel = 'web'"), _O.address == sa.bindparam("at_address")
)
_EARLIER = Prepared(
    _CHAT.where(_O.id < sa.bindparam("below"), _O.created_at <= sa.bindparam("until"))
    .order_by(_O.id.desc())
    .limit(sa.bindparam("most"))
)
_LATER = Prepared(
    _CHAT.where(_O.id > sa.bindparam("above"), _O.created_at >= sa.bindparam("since"))
    .order_by(_O.id)
    .limit(sa.bindparam("most"))
)
_ONE = Prepared(_CHAT.where(_O.id == sa.bindparam("at_id")))


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a chat.

    mine  the citizen wrote it; else the office did
    name  the citizen's own id of it (external_id without the address), or the outbox id
    body  the raw update, or the payload
    """

    mine: bool
    id: int
    name: str
    body: str
    at: datetime


def page(
    tx: Tx, address: str, most: int, *, before: str = "", after: str = ""
) -> tuple[list[Entry], bool]:
    """Messages oldest first, and whether there are more on the side asked for.

    The newest, or those just before or just after the message of that name.
    """
    if after and (place := find(tx, address, after)) is not None:
        found = sorted(_later(tx, address, place, most + 1), key=_order)
        return found[:most], len(found) > most
    place = find(tx, address, before) if before else None
    found = sorted(_earlier(tx, address, place, most + 1), key=_order)
    return found[-most:], len(found) > most


def find(tx: Tx, address: str, name: str) -> Entry | None:
    """The message of that name in this chat."""
    if name.isdecimal() and name.isascii():
        row = tx.one(_ONE, at_address=address, at_id=min(int(name[:12]), LAST))
        return None if row is None else _theirs(row)
    row = inbox.written(tx, address, f"{address}:{name}")
    return None if row is None else _mine(row)


def _earlier(tx: Tx, address: str, place: Entry | None, most: int) -> Iterable[Entry]:
    mine: dict[str, Any] = {}
    theirs: dict[str, Any] = {"below": LAST, "until": LAST_TIME}
    match place:
        case Entry(mine=True):
            mine = {"below": place.id}
            theirs["until"] = place.at - INSTANT
        case Entry(mine=False):
            mine = {"until": place.at}
            theirs["below"] = place.id
    yield from map(_mine, inbox.earlier(tx, address, most, **mine))
    yield from map(_theirs, tx.all(_EARLIER, at_address=address, most=most, **theirs))


def _later(tx: Tx, address: str, place: Entry, most: int) -> Iterable[Entry]:
    if place.mine:
        mine: dict[str, Any] = {"above": place.id}
        theirs: dict[str, Any] = {"above": 0, "since": place.at}
    else:
        mine = {"since": place.at + INSTANT}
        theirs = {"above": place.id, "since": FIRST_TIME}
    yield from map(_mine, inbox.later(tx, address, most, **mine))
    yield from map(_theirs, tx.all(_LATER, at_address=address, most=most, **theirs))


def _mine(row: Any) -> Entry:
    name = row.external_id.partition(":")[2]
    return Entry(True, row.id, name, row.raw, row.received_at)


def _theirs(row: Any) -> Entry:
    return Entry(False, row.id, str(row.id), row.payload, row.created_at)


def _order(entry: Entry) -> tuple[datetime, bool, int]:
    return entry.at, not entry.mine, entry.id
