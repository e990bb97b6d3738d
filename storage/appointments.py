"""Booked visits, never more at a start than there are seats: UNIQUE (office, start, seat).

Knows neither opening hours nor how many seats an office has.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import APPOINTMENTS, TICKETS

_A = APPOINTMENTS.c
_T = TICKETS.c
_BOOKED: sa.ColumnElement[bool] = sa.literal_column("appointments.state = 'booked'")
_BOOK = Prepared(
    sa.text(
        "INSERT INTO appointments"
        " (office_id, ticket_id, person_id, start_at, seat, state, token,"
        " created_at, updated_at) VALUES (:office_id, :ticket_id, :person_id, :start_at,"
        " :seat, 'booked', :token, :now, :now)"
        " ON CONFLICT DO NOTHING RETURNING id"
    )
    .bindparams(
        sa.bindparam("start_at", type_=_A.start_at.type),
        sa.bindparam("now", type_=_A.created_at.type),
    )
    .columns(id=_A.id.type)
)
_TAKEN = Prepared(
    sa.select(_A.start_at, sa.func.count().label("amount"))
    .where(_A.office_id == sa.bindparam("office"), _A.start_at >= sa.bindparam("since"), _BOOKED)
    .group_by(_A.start_at)
)
_OF_TICKET = Prepared(
    sa.select(APPOINTMENTS).where(_A.ticket_id == sa.bindparam("ticket"), _BOOKED)
)
_WITH_NUMBER = sa.select(APPOINTMENTS, _T.number).join(TICKETS, _T.id == _A.ticket_id)
_GET = Prepared(_WITH_NUMBER.where(_A.id == sa.bindparam("row_id")))
_BY_TOKEN = Prepared(_WITH_NUMBER.where(_A.token == sa.bindparam("at_token")))
_SETTLE = Prepared(
    sa.update(APPOINTMENTS).where(_A.id == sa.bindparam("row_id"), _A.state == sa.bindparam("was")),
    ["state", "updated_at"],
)
_MISSED = Prepared(
    sa.select(sa.func.count().label("amount")).where(
        _A.ticket_id == sa.bindparam("ticket"), _A.state == "missed"
    )
)
_WAITING = Prepared(
    sa.select(_T.id, _T.office_id, _T.number, _T.service, _T.answers, _A.start_at)
    .select_from(TICKETS)
    .outerjoin(APPOINTMENTS, sa.and_(_A.ticket_id == _T.id, _BOOKED))
    .where(_T.person_id == sa.bindparam("person"), _T.status == "ready")
    .order_by(_T.id)
)


def book(
    tx: Tx,
    *,
    office_id: str,
    ticket_id: int,
    person_id: int,
    start_at: datetime,
    seats: int,
    token: str,
    now: datetime,
) -> int | None:
    """Take a seat at that start; None when all are taken, or the ticket has an appointment."""
    for seat in range(1, seats + 1):
        row = tx.one(
            _BOOK, office_id=office_id, ticket_id=ticket_id, person_id=person_id,
            start_at=start_at, seat=seat, token=token, now=now,
        )  # fmt: skip
        if row is not None:
            booked: int = row.id
            return booked
    return None


def settle(tx: Tx, row_id: int, state: str, now: datetime, was: str = "booked") -> bool:
    """What became of an appointment: "moved", "cancelled", "done", "missed"; False if not `was`."""
    return tx.run(_SETTLE, row_id=row_id, was=was, state=state, updated_at=now) == 1


def taken(tx: Tx, office_id: str, since: datetime) -> Mapping[datetime, int]:
    """How many are booked at each start of an office from then on."""
    return {row.start_at: row.amount for row in tx.all(_TAKEN, office=office_id, since=since)}


def of_ticket(tx: Tx, ticket_id: int) -> Any | None:
    """The appointment at which a ticket is to be collected, if one is booked."""
    return tx.one(_OF_TICKET, ticket=ticket_id)


def get(tx: Tx, row_id: int) -> Any | None:
    """One appointment, whatever became of it, with the number of its ticket."""
    return tx.one(_GET, row_id=row_id)


def by_token(tx: Tx, token: str) -> Any | None:
    """The appointment with that secret name, with the number of its ticket."""
    return tx.one(_BY_TOKEN, at_token=token)


def missed(tx: Tx, ticket_id: int) -> int:
    """How many appointments of a ticket passed without anybody coming."""
    row = tx.one(_MISSED, ticket=ticket_id)
    return row.amount if row is not None else 0


def waiting(tx: Tx, person_id: int) -> list[Any]:
    """A person's tickets that are ready, oldest first, with the start booked for each."""
    return tx.all(_WAITING, person=person_id)
