"""Booked visits, never more at a start than there are seats: UNIQUE (office, start, place, seat).

Knows neither opening hours nor how many seats an office has.
"""

from collections.abc import Iterable, Mapping
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
        " created_at, updated_at, place, purpose, priority, reason, closure_id)"
        " VALUES (:office_id, :ticket_id, :person_id, :start_at,"
        " :seat, 'booked', :token, :now, :now, :place, :purpose, :priority, '', 0)"
        " ON CONFLICT DO NOTHING RETURNING id"
    )
    .bindparams(
        sa.bindparam("start_at", type_=_A.start_at.type),
        sa.bindparam("now", type_=_A.created_at.type),
        sa.bindparam("priority", type_=_A.priority.type),
    )
    .columns(id=_A.id.type)
)
_TAKEN = Prepared(
    sa.select(_A.place, _A.start_at, _A.seat)
    .where(_A.office_id == sa.bindparam("office"), _A.start_at >= sa.bindparam("since"), _BOOKED)
    .order_by(_A.start_at, _A.place, _A.seat)  # the order of the index that holds all of it
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
_DISPLACE = Prepared(
    sa.update(APPOINTMENTS).where(_A.id == sa.bindparam("row_id"), _A.state == "booked"),
    ["state", "reason", "closure_id", "updated_at"],
)
_RESEAT = Prepared(
    sa.update(APPOINTMENTS).where(_A.id == sa.bindparam("row_id"), _A.state == "booked"), ["seat"]
)
_BETWEEN = Prepared(
    sa.select(APPOINTMENTS, _T.number, _T.service, _T.answers, _T.status)
    .join(TICKETS, _T.id == _A.ticket_id)
    .where(
        _A.office_id == sa.bindparam("office"),
        _A.start_at >= sa.bindparam("since"),
        _A.start_at < sa.bindparam("until"),
        sa.literal_column("appointments.state IN ('booked', 'done', 'missed')"),
    )
    .order_by(_A.start_at, _A.place, _A.seat, _A.id)
)
_BY_CLOSURE = Prepared(
    sa.select(APPOINTMENTS, _T.number)
    .join(TICKETS, _T.id == _A.ticket_id)
    .where(_A.closure_id == sa.bindparam("closure"), _A.closure_id > 0, _A.state == "displaced")
    .order_by(_A.start_at, _A.id)
)
_GIVEN_UP = Prepared(
    sa.select(_T.number, _T.service, _T.answers, sa.func.count().label("times"))
    .select_from(APPOINTMENTS)
    .join(TICKETS, _T.id == _A.ticket_id)
    .where(
        _A.office_id == sa.bindparam("office"),
        _A.start_at >= sa.bindparam("since"),
        _A.state == "missed",
        sa.literal_column("tickets.status IN ('submitted', 'in_review', 'ready')"),
    )
    .group_by(_T.id, _T.number, _T.service)
    .having(sa.func.count() >= sa.bindparam("least"))
    .order_by(_T.id)
    .limit(20)
)
_MISSED = Prepared(
    sa.select(sa.func.count().label("amount")).where(
        _A.ticket_id == sa.bindparam("ticket"), _A.state == "missed"
    )
)
_CAME = APPOINTMENTS.alias("came")
_WAITING = Prepared(
    sa.select(
        _T.id, _T.office_id, _T.number, _T.service, _T.status, _T.answers, _A.start_at, _A.place,
        _A.priority,
        sa.exists().where(
            _CAME.c.ticket_id == _T.id, _CAME.c.state == "done", _CAME.c.purpose == "before"
        ).label("came"),
    )
    .select_from(TICKETS)
    .outerjoin(APPOINTMENTS, sa.and_(_A.ticket_id == _T.id, _BOOKED))
    .where(
        _T.person_id == sa.bindparam("person"),
        sa.literal_column("tickets.status IN ('submitted', 'in_review', 'ready')"),
    )
    .order_by(_T.id)
)  # fmt: skip
_HAS_COME = Prepared(
    sa.select(_A.id)
    .where(_A.ticket_id == sa.bindparam("ticket"), _A.state == "done", _A.purpose == "before")
    .limit(1)
)


def book(
    tx: Tx,
    *,
    office_id: str,
    ticket_id: int,
    person_id: int,
    start_at: datetime,
    seats: Iterable[int],
    token: str,
    now: datetime,
    place: str = "",
    purpose: str = "pickup",
    priority: bool = False,
) -> int | None:
    """Take the first of these seats that is free at that start and place.

    None when all are taken, or the ticket has an appointment.
    """
    for seat in seats:
        row = tx.one(
            _BOOK, office_id=office_id, ticket_id=ticket_id, person_id=person_id,
            start_at=start_at, seat=seat, token=token, now=now, place=place, purpose=purpose,
            priority=priority,
        )  # fmt: skip
        if row is not None:
            booked: int = row.id
            return booked
    return None


def settle(tx: Tx, row_id: int, state: str, now: datetime, was: str = "booked") -> bool:
    """What became of an appointment: "moved", "cancelled", "done", "missed"; False if not `was`."""
    return tx.run(_SETTLE, row_id=row_id, was=was, state=state, updated_at=now) == 1


def displace(tx: Tx, row_id: int, reason: str, now: datetime, closure_id: int = 0) -> bool:
    """Free the seat of somebody whom we cannot receive then; False if it was not booked."""
    return tx.run(
        _DISPLACE, row_id=row_id, state="displaced", reason=reason, closure_id=closure_id,
        updated_at=now,
    ) == 1  # fmt: skip


def reseat(tx: Tx, row_id: int, seat: int) -> None:
    """Another seat of the same start, which has to be free."""
    tx.run(_RESEAT, row_id=row_id, seat=seat)


def taken(tx: Tx, office_id: str, since: datetime) -> Mapping[tuple[str, datetime], set[int]]:
    """The seats booked at each place and start of an office from then on."""
    found: dict[tuple[str, datetime], set[int]] = {}
    for row in tx.all(_TAKEN, office=office_id, since=since):
        found.setdefault((row.place, row.start_at), set()).add(row.seat)
    return found


def between(tx: Tx, office_id: str, since: datetime, until: datetime) -> list[Any]:
    """Who comes, came or did not come in that time, with their tickets, soonest first."""
    return tx.all(_BETWEEN, office=office_id, since=since, until=until)


def displaced_by(tx: Tx, closure_id: int) -> list[Any]:
    """The appointments that a closure displaced, with the numbers of their tickets."""
    return tx.all(_BY_CLOSURE, closure=closure_id)


def of_ticket(tx: Tx, ticket_id: int) -> Any | None:
    """The appointment booked for a ticket, if there is one."""
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


def has_come(tx: Tx, ticket_id: int) -> bool:
    """Whether somebody came to what a service needs before it can go on."""
    return tx.one(_HAS_COME, ticket=ticket_id) is not None


def given_up(tx: Tx, office_id: str, since: datetime, least: int) -> list[Any]:
    """Tickets that wait for somebody who missed so many appointments since then, oldest first."""
    return tx.all(_GIVEN_UP, office=office_id, since=since, least=least)


def waiting(tx: Tx, person_id: int) -> list[Any]:
    """A person's tickets that are worked on or ready, oldest first, with what is booked for each.

    came  whether somebody came already to what the service needs before
    """
    return tx.all(_WAITING, person=person_id)
