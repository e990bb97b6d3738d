"""Arrivals at an office, the calls to its counters, and who sits there.

One open number a person and a day, one person at a counter, one form one number: each by a
UNIQUE index.  A call takes a waiting row by compare-and-set, so two counters never get the
same person.  Knows neither the order of calls nor opening hours.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import APPOINTMENTS, ARRIVALS, CONVERSATIONS, COUNTERS, DISPLAYS

_A = ARRIVALS.c
_C = CONVERSATIONS.c
_N = COUNTERS.c
_WAITING: sa.ColumnElement[bool] = sa.literal_column("arrivals.state = 'waiting'")
_OPEN: sa.ColumnElement[bool] = sa.literal_column(
    "arrivals.state IN ('waiting', 'called', 'skipped')"
)
_HERE = (_A.office_id == sa.bindparam("office"), _A.day == sa.bindparam("on"))
_NEW = Prepared(
    sa.insert(ARRIVALS).returning(_A.id),
    "office_id day series number lane draw service ticket_id person_id conversation_id turn_at"
    " arrived_at state counter officer calls told".split(),
)
_WITH_DOOR = sa.select(ARRIVALS, _C.channel, _C.address, _C.left_at).outerjoin(
    CONVERSATIONS, _C.id == _A.conversation_id
)
_GET = Prepared(_WITH_DOOR.where(_A.id == sa.bindparam("row_id")))
_DRAWN = Prepared(sa.select(ARRIVALS).where(_A.draw == sa.bindparam("form"), _A.draw != ""))
_NUMBERED = Prepared(
    sa.select(ARRIVALS).where(
        *_HERE, _A.series == sa.bindparam("of_series"), _A.number == sa.bindparam("of_number")
    )
)
_OF_PERSON = Prepared(sa.select(ARRIVALS).where(*_HERE, _A.person_id == sa.bindparam("by"), _OPEN))
_OF_TICKET = Prepared(sa.select(ARRIVALS).where(*_HERE, _A.ticket_id == sa.bindparam("by"), _OPEN))
_SERVED = Prepared(
    sa.select(_A.id).where(*_HERE, _A.person_id == sa.bindparam("by"), _A.state == "done").limit(1)
)
_NEWEST = Prepared(
    sa.select(ARRIVALS).where(_A.person_id == sa.bindparam("by")).order_by(_A.id.desc()).limit(1)
)
_P = APPOINTMENTS.c
_BOOKED = Prepared(
    sa.select(_P.start_at, _P.ticket_id, _P.priority)
    .where(
        _P.person_id == sa.bindparam("by"),
        _P.office_id == sa.bindparam("office"),
        _P.start_at >= sa.bindparam("since"),
        _P.start_at < sa.bindparam("until"),
        sa.literal_column("appointments.state = 'booked'"),
    )
    .order_by(_P.start_at)
    .limit(1)
)
_LINE = Prepared(sa.select(ARRIVALS).where(*_HERE, _WAITING).order_by(_A.turn_at, _A.id))
_HEADS = Prepared(
    _WITH_DOOR.where(*_HERE, _WAITING, _A.lane == sa.bindparam("in_lane"))
    .order_by(_A.turn_at, _A.id)
    .limit(sa.bindparam("most"))
)
_STATE = sa.select(ARRIVALS).where(*_HERE, _A.state == sa.bindparam("in_state"))
_IN_STATE = Prepared(_STATE.order_by(_A.counter, _A.id))
_OPEN_HERE = Prepared(_WITH_DOOR.where(*_HERE, _OPEN).order_by(_A.id))
_COUNT = Prepared(sa.select(sa.func.count().label("amount")).where(*_HERE, _WAITING))
_CALLS = Prepared(
    sa.select(ARRIVALS)
    .where(*_HERE, sa.literal_column("arrivals.calls > 0"))
    .order_by(_A.called_at.desc(), _A.id.desc())
    .limit(sa.bindparam("most"))
)
_RECENT = Prepared(
    sa.select(_A.arrived_at, _A.first_called_at, _A.called_at, _A.done_at)
    .where(
        _A.office_id == sa.bindparam("office"),
        sa.literal_column("arrivals.state = 'done'"),
        _A.done_at >= sa.bindparam("since"),
    )
    .order_by(_A.done_at.desc())
    .limit(sa.bindparam("most"))
)
_CAS = (_A.id == sa.bindparam("row_id"), _A.state == sa.bindparam("was"))
_CALL = Prepared(
    sa.update(ARRIVALS)
    .where(*_CAS)
    .values(
        state="called",
        counter=sa.bindparam("at_counter"),
        officer=sa.bindparam("by"),
        calls=_A.calls + 1,
        called_at=sa.bindparam("now", type_=_A.called_at.type),
        first_called_at=sa.func.coalesce(
            _A.first_called_at, sa.bindparam("now", type_=_A.called_at.type)
        ),
    )
)
_AGAIN = Prepared(
    sa.update(ARRIVALS)
    .where(*_CAS, _A.counter == sa.bindparam("at_counter"))
    .values(calls=_A.calls + 1, called_at=sa.bindparam("now", type_=_A.called_at.type))
)
_END = Prepared(sa.update(ARRIVALS).where(*_CAS), ["state", "done_at"])
_RETURN = Prepared(sa.update(ARRIVALS).where(*_CAS), ["state", "turn_at", "counter"])
_AHEAD = Prepared(sa.update(ARRIVALS).where(*_CAS), ["lane"])
_TELL = Prepared(
    sa.update(ARRIVALS).where(_A.id == sa.bindparam("row_id"), _A.told.is_(False)).values(told=True)
)
_SIT = Prepared(sa.text(
    "INSERT INTO counters (office_id, number, officer, since)"
    " VALUES (:office_id, :number, :officer, :since)"
    " ON CONFLICT (office_id, number) DO UPDATE SET"
    " officer = excluded.officer, since = excluded.since"
).bindparams(sa.bindparam("since", type_=_N.since.type)))  # fmt: skip
_LEAVE = Prepared(
    sa.delete(COUNTERS).where(
        _N.office_id == sa.bindparam("office"), _N.officer == sa.bindparam("by")
    )
)
_SEATS = Prepared(
    sa.select(COUNTERS).where(_N.office_id == sa.bindparam("office")).order_by(_N.number)
)
_D = DISPLAYS.c
_SHOW = Prepared(sa.text(
    "INSERT INTO displays (office_id, token, made_at) VALUES (:office_id, :token, :made_at)"
    " ON CONFLICT (office_id) DO UPDATE SET token = excluded.token, made_at = excluded.made_at"
).bindparams(sa.bindparam("made_at", type_=_D.made_at.type)))  # fmt: skip


# --- arrivals -------------------------------------------------------------------------


def arrive(tx: Tx, values: Mapping[str, Any]) -> Any:
    """Write down who came; a promise that is broken raises, and the number is given back."""
    new = {"state": "waiting", "counter": 0, "officer": "", "calls": 0, **values}
    row = tx.one(_NEW, **new)
    assert row is not None
    return get(tx, row.id)


def get(tx: Tx, row_id: int) -> Any:
    """One arrival, with the chat in which they can be told."""
    return tx.one(_GET, row_id=row_id)


def drawn(tx: Tx, form: str) -> Any | None:
    """The arrival whose number that form drew."""
    return tx.one(_DRAWN, form=form)


def numbered(tx: Tx, office_id: str, day: date, series: str, number: int) -> Any | None:
    """The arrival with that number on that day."""
    return tx.one(_NUMBERED, office=office_id, on=day, of_series=series, of_number=number)


def of_person(tx: Tx, office_id: str, day: date, person_id: int) -> Any | None:
    """A person's open number of that day."""
    return tx.one(_OF_PERSON, office=office_id, on=day, by=person_id)


def of_ticket(tx: Tx, office_id: str, day: date, ticket_id: int) -> Any | None:
    """A ticket's open number of that day."""
    return tx.one(_OF_TICKET, office=office_id, on=day, by=ticket_id)


def was_served(tx: Tx, office_id: str, day: date, person_id: int) -> bool:
    """Whether somebody was served at a counter on that day."""
    return tx.one(_SERVED, office=office_id, on=day, by=person_id) is not None


def newest(tx: Tx, person_id: int) -> Any | None:
    """A person's last number, of whatever day and whatever became of it."""
    return tx.one(_NEWEST, by=person_id)


def booked(tx: Tx, office_id: str, person_id: int, since: datetime, until: datetime) -> Any | None:
    """A person's first appointment between two instants: start, ticket, whether they go first."""
    return tx.one(_BOOKED, office=office_id, by=person_id, since=since, until=until)


def line(tx: Tx, office_id: str, day: date) -> list[Any]:
    """Everybody who waits, by their turn."""
    return tx.all(_LINE, office=office_id, on=day)


def heads(tx: Tx, office_id: str, day: date, lane: str, most: int) -> list[Any]:
    """The first of one lane, each with the chat in which they can be told."""
    return tx.all(_HEADS, office=office_id, on=day, in_lane=lane, most=most)


def waiting(tx: Tx, office_id: str, day: date) -> int:
    """How many wait."""
    row = tx.one(_COUNT, office=office_id, on=day)
    return row.amount if row is not None else 0


def serving(tx: Tx, office_id: str, day: date) -> list[Any]:
    """Who is at a counter, or on the way to it."""
    return tx.all(_IN_STATE, office=office_id, on=day, in_state="called")


def skipped(tx: Tx, office_id: str, day: date) -> list[Any]:
    """Who was called and did not come."""
    return tx.all(_IN_STATE, office=office_id, on=day, in_state="skipped")


def unfinished(tx: Tx, office_id: str, day: date) -> list[Any]:
    """Every open number of that day, each with the chat in which they can be told."""
    return tx.all(_OPEN_HERE, office=office_id, on=day)


def calls(tx: Tx, office_id: str, day: date, most: int) -> list[Any]:
    """The last who were called, newest first."""
    return tx.all(_CALLS, office=office_id, on=day, most=most)


def recent(tx: Tx, office_id: str, since: datetime, most: int) -> list[Any]:
    """The times of the last who were served, newest first."""
    return tx.all(_RECENT, office=office_id, since=since, most=most)


# --- what becomes of them -------------------------------------------------------------


def call(tx: Tx, row_id: int, was: str, counter: int, officer: str, now: datetime) -> bool:
    """Call somebody to a counter; False when they are no longer `was`."""
    values = {"at_counter": counter, "by": officer, "now": now}
    return tx.run(_CALL, row_id=row_id, was=was, **values) == 1


def again(tx: Tx, row_id: int, counter: int, now: datetime) -> bool:
    """Call somebody to the same counter once more; False when they are not there."""
    return tx.run(_AGAIN, row_id=row_id, was="called", at_counter=counter, now=now) == 1


def end(tx: Tx, row_id: int, was: str, state: str, now: datetime) -> bool:
    """They are "done", "skipped", "left" or "closed"; False when they are no longer `was`."""
    return tx.run(_END, row_id=row_id, was=was, state=state, done_at=now) == 1


def come_back(tx: Tx, row_id: int, turn_at: datetime) -> bool:
    """Somebody who was skipped waits again; False when they are not skipped any more."""
    values = {"state": "waiting", "turn_at": turn_at, "counter": 0}
    return tx.run(_RETURN, row_id=row_id, was="skipped", **values) == 1


def put_ahead(tx: Tx, row_id: int, lane: str) -> bool:
    """Let somebody who waits do so in another lane."""
    return tx.run(_AHEAD, row_id=row_id, was="waiting", lane=lane) == 1


def tell(tx: Tx, row_id: int) -> bool:
    """That their turn is near is said now; False when it was said before."""
    return tx.run(_TELL, row_id=row_id) == 1


# --- counters and the screen ----------------------------------------------------------


def sit(tx: Tx, office_id: str, number: int, officer: str, now: datetime) -> None:
    """An officer takes a counter, and leaves the one they had."""
    tx.run(_LEAVE, office=office_id, by=officer)
    tx.run(_SIT, office_id=office_id, number=number, officer=officer, since=now)


def leave(tx: Tx, office_id: str, officer: str) -> None:
    """An officer leaves their counter."""
    tx.run(_LEAVE, office=office_id, by=officer)


def seats(tx: Tx, office_id: str) -> list[Any]:
    """Who sits at which counter."""
    return tx.all(_SEATS, office=office_id)


def clear(tx: Tx, office_id: str) -> None:
    """Nobody sits at any counter."""
    tx.execute(sa.delete(COUNTERS).where(_N.office_id == office_id))


def show(tx: Tx, office_id: str, token: str, now: datetime) -> None:
    """The screen of an office is found by that name from now on, and by no other."""
    tx.run(_SHOW, office_id=office_id, token=token, made_at=now)


def screen(tx: Tx, office_id: str) -> str:
    """The secret name of an office's screen; empty while it has none."""
    row = tx.execute(sa.select(_D.token).where(_D.office_id == office_id)).first()
    return row.token if row is not None else ""


def office_of(tx: Tx, token: str) -> str:
    """The office whose screen has that name; empty when there is none."""
    row = tx.execute(sa.select(_D.office_id).where(_D.token == token)).first()
    return row.office_id if row is not None else ""
