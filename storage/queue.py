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
from storage.tables.tickets import CLOSED, NARROWING, OPEN

Narrow = Mapping[str, Sequence[str]]
"""For each of tables.tickets.NARROWING: the values that are wanted; none for all."""
Place = tuple[datetime, int]
"""Where a page begins: just after the ticket with this time and id."""

_T = TICKETS.c
AT = {name: place for place, name in enumerate((*NARROWING, "past"))}
"""Where each thing stands in a row of `marks`."""
STATUS, PAST = AT["status"], AT["past"]
_MARKS = Prepared(
    sa.select(
        *(_T[name] for name in NARROWING),
        sa.case((_T.promise_at < sa.bindparam("now", type_=_T.promise_at.type), 1), else_=0).label(
            "past"
        ),
    ).where(sa.text(OPEN), _T.office_id == sa.bindparam("office"))
)


def marks(tx: Tx, office_id: str, now: datetime) -> list[tuple[Any, ...]]:
    """Of each open ticket what it is narrowed by, and 1 if its promise is past, else 0.

    Bare tuples: with thousands of tickets nearly all differ, so grouping them gains nothing.
    """
    return tx.bare(_MARKS, office=office_id, now=now)


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


def closed_count(tx: Tx, office_id: str, narrow: Narrow, since: datetime, most: int) -> int:
    """How many were closed since then; `most` when there are as many or more."""
    found = _ids(office_id, CLOSED, narrow).where(_T.updated_at >= since).limit(most)
    counted = sa.select(sa.func.count()).select_from(found.subquery())
    return int(tx.execute(counted).scalar_one())


def _ids(office_id: str, state: str, narrow: Narrow) -> sa.Select[Any]:
    wanted = sa.select(_T.id).where(sa.text(state), _T.office_id == office_id)
    return wanted.where(*(_T[name].in_(values) for name, values in narrow.items()))


def _rows(tx: Tx, found: sa.Select[Any], *order: Any) -> list[Any]:
    """The tickets themselves, once it is clear which are shown."""
    here = found.subquery()
    rows = sa.select(TICKETS).select_from(TICKETS).join(here, here.c.id == _T.id)
    return list(tx.execute(rows.order_by(*order)))
