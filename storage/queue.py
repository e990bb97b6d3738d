"""The tickets of an office that are open, or were closed lately: narrowed, counted, page by page.

Two partial indexes hold all that they are narrowed and sorted by.  A page finds its tickets
there and reads no others, and counting reads none at all, however many lie in the archive.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import TICKETS
from storage.tables.tickets import CLOSED, OPEN

Narrow = Mapping[str, Sequence[str]]
"""For each of tables.tickets.NARROWING: the values that are wanted; none for all."""
Place = tuple[datetime, int]
"""Where a page begins: just after the ticket with this time and id."""

_T = TICKETS.c
_TALLY = Prepared(
    sa.select(
        _T.status, _T.service, _T.kelurahan, _T.officer, _T.channel,
        sa.case((_T.promise_at < sa.bindparam("now", type_=_T.promise_at.type), 1), else_=0)
        .label("past"),
        sa.func.count().label("amount"),
    )
    .where(sa.text(OPEN), _T.office_id == sa.bindparam("office"))
    .group_by(_T.status, _T.service, _T.kelurahan, _T.officer, _T.channel, sa.text("6"))
)  # fmt: skip


def tally(tx: Tx, office_id: str, now: datetime) -> list[Any]:
    """How many open tickets (`amount`) there are of each kind; `past` their promise or not."""
    return tx.all(_TALLY, office=office_id, now=now)


def open_page(
    tx: Tx,
    office_id: str,
    narrow: Narrow,
    *,
    most: int,
    after: Place | None = None,
    past: datetime | None = None,
) -> list[Any]:
    """Open tickets, earliest promise first; `past` leaves those whose promise was before then."""
    found = _ids(office_id, OPEN, narrow).order_by(_T.promise_at, _T.id).limit(most)
    if after:
        found = found.where(sa.tuple_(_T.promise_at, _T.id) > after)
    if past:
        found = found.where(_T.promise_at < past)
    return _rows(tx, found, _T.promise_at, _T.id)


def closed_page(
    tx: Tx,
    office_id: str,
    narrow: Narrow,
    since: datetime,
    *,
    most: int,
    after: Place | None = None,
) -> list[Any]:
    """Tickets closed since then, last changed first."""
    found = _ids(office_id, CLOSED, narrow).where(_T.updated_at >= since)
    found = found.order_by(_T.updated_at.desc(), _T.id.desc()).limit(most)
    if after:
        found = found.where(sa.tuple_(_T.updated_at, _T.id) < after)
    return _rows(tx, found, _T.updated_at.desc(), _T.id.desc())


def closed_count(tx: Tx, office_id: str, narrow: Narrow, since: datetime) -> int:
    """How many were closed since then."""
    found = _ids(office_id, CLOSED, narrow).where(_T.updated_at >= since)
    counted = found.with_only_columns(sa.func.count())
    return int(tx.execute(counted).scalar_one())


def _ids(office_id: str, state: str, narrow: Narrow) -> sa.Select[Any]:
    wanted = sa.select(_T.id).where(sa.text(state), _T.office_id == office_id)
    return wanted.where(*(_T[name].in_(values) for name, values in narrow.items()))


def _rows(tx: Tx, found: sa.Select[Any], *order: Any) -> list[Any]:
    """The tickets themselves, once it is clear which are shown."""
    here = found.subquery()
    rows = sa.select(TICKETS).select_from(TICKETS).join(here, here.c.id == _T.id)
    return list(tx.execute(rows.order_by(*order)))
