"""The counter, as the officer behind it works it: who is next, once more, done, not there.

Every button names whom the page showed: pressed twice, or by two at once, it acts once.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flows import counter as order
from handlers import arrivals, doors, passes, waiting
from handlers.arrivals import Comer, Measure, name
from handlers.desk import Sight, When
from handlers.errors import Rejected
from storage import counter, tickets
from storage.db import Tx

COUNTERS = 9
"""So many counters can be chosen."""
SHOWN = 30
"""Lines of those who wait."""
NAME = re.compile(r"([A-Z])-?(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody with a number.

    title    what they come for; empty when nobody asked
    number   of their ticket; empty without one
    minutes  how long they wait already, or are served
    """

    id: int
    name: str
    title: str
    number: str
    arrived: When
    first: bool
    booked: bool
    counter: int
    minutes: int


@dataclass(frozen=True, slots=True)
class View:
    """The page of one officer.

    seat    their counter; 0 while they have none
    others  who sits at the others, by counter
    here    who is at their counter; None for nobody
    each    minutes that one visit takes, as measured or as set
    waited  minutes that those of today waited on average; None before the first call
    screen  secret name of the waiting room's screen; empty while there is none
    drawn   the number that was just given, with how many are before it and the minutes
    """

    seat: int
    others: dict[int, str]
    here: Line | None
    waiting: Sequence[Line]
    amount: int
    skipped: Sequence[Line]
    services: Sequence[tuple[str, str]]
    each: int
    waited: int | None
    screen: str
    drawn: tuple[str, int, int] | None


def show(tx: Tx, sight: Sight, drawn: str) -> View:
    """The counter as it is now; `drawn` names a number that was just given."""
    office, now = sight.office, sight.now
    day = office.today(now)
    measure = arrivals.measured(tx, office, now)
    rows = {row.id: row for row in counter.line(tx, office.id, day)}
    lined = arrivals.lined_up(tx, office, measure, now)
    seat = _seat(tx, sight)
    at_seat = _here(tx, sight, seat)
    numbers = _numbers(tx, [*rows.values(), *counter.skipped(tx, office.id, day), at_seat])

    def shown(row: Any) -> Line:
        return _line(sight, row, numbers)

    return View(
        seat=seat,
        others={each.number: sight.names.get(each.officer, each.officer)
                for each in counter.seats(tx, office.id) if each.number != seat},
        here=shown(at_seat) if at_seat is not None else None,
        waiting=[shown(rows[each.id]) for each in lined[:SHOWN]],
        amount=len(lined),
        skipped=[shown(row) for row in counter.skipped(tx, office.id, day)],
        services=[(f.id, f.title) for f in sight.house.catalog(office.id).services.values()],
        each=max(1, round(measure.each / timedelta(minutes=1))),
        waited=None if measure.waited is None else round(measure.waited / timedelta(minutes=1)),
        screen=counter.screen(tx, office.id),
        drawn=_drawn(tx, sight, measure, drawn),
    )  # fmt: skip


def _drawn(tx: Tx, sight: Sight, measure: Measure, drawn: str) -> tuple[str, int, int] | None:
    found = NAME.fullmatch(drawn)
    if found is None:
        return None
    office = sight.office
    row = counter.numbered(tx, office.id, office.today(sight.now), found[1], int(found[2]))
    if row is None or row.state != "waiting":
        return None
    lined = arrivals.lined_up(tx, office, measure, sight.now)
    before = next((at for at, each in enumerate(lined) if each.id == row.id), 0)
    span = order.wait(before, measure.since, measure.counters, measure.each)
    return name(row), before, order.minutes(span)


def _line(sight: Sight, row: Any, numbers: dict[int, str]) -> Line:
    since = row.called_at if row.state == "called" else row.arrived_at
    return Line(
        id=row.id,
        name=name(row),
        title=sight.title(row.service) if row.service else "",
        number=numbers.get(row.ticket_id, ""),
        arrived=sight.when(row.arrived_at),
        first=row.lane == order.FIRST,
        booked=row.series == order.APPOINTMENT,
        counter=row.counter,
        minutes=max(0, (sight.now - since) // timedelta(minutes=1)),
    )


def _numbers(tx: Tx, rows: Sequence[Any]) -> dict[int, str]:
    """The numbers of their tickets, by ticket."""
    return tickets.numbers(tx, [row.ticket_id for row in rows if row is not None and row.ticket_id])


# --- who sits where -------------------------------------------------------------------


def sit(tx: Tx, sight: Sight, number: int) -> None:
    """Work at that counter from now on; whoever sat there has left it.  Raises Rejected."""
    if not 1 <= number <= COUNTERS:
        raise Rejected("counter_unknown")
    here = _here(tx, sight, _seat(tx, sight))
    if here is not None and here.counter != number:
        raise Rejected("counter_busy")
    counter.sit(tx, sight.office.id, number, sight.officer.login, sight.now)


def leave(tx: Tx, sight: Sight) -> None:
    """Work at no counter.  Raises Rejected while somebody is there."""
    if _here(tx, sight, _seat(tx, sight)) is not None:
        raise Rejected("counter_busy")
    counter.leave(tx, sight.office.id, sight.officer.login)


def _seat(tx: Tx, sight: Sight) -> int:
    seats = counter.seats(tx, sight.office.id)
    return next((each.number for each in seats if each.officer == sight.officer.login), 0)


def _here(tx: Tx, sight: Sight, seat: int) -> Any | None:
    """Who is at that counter."""
    serving = counter.serving(tx, sight.office.id, sight.office.today(sight.now))
    return next((row for row in serving if row.counter == seat), None)


def _must_sit(tx: Tx, sight: Sight, current: int) -> tuple[int, Any | None]:
    """The officer's counter and who is there.

    Raises Rejected: counter_none, or counter_changed when the page showed somebody else.
    """
    seat = _seat(tx, sight)
    if not seat:
        raise Rejected("counter_none")
    here = _here(tx, sight, seat)
    if (here.id if here is not None else 0) != current:
        raise Rejected("counter_changed")
    return seat, here


# --- calling --------------------------------------------------------------------------


def call_next(tx: Tx, sight: Sight, current: int) -> None:
    """Be done with who is here, and call the next.

    current  whom the page showed at the counter; 0 for nobody
    """
    seat, here = _must_sit(tx, sight, current)
    if here is not None and not counter.end(tx, here.id, "called", "done", sight.now):
        raise Rejected("counter_changed")
    _call_first(tx, sight, seat)


def _call_first(tx: Tx, sight: Sight, seat: int) -> None:
    office, now = sight.office, sight.now
    day = office.today(now)
    while True:
        heads = [arrivals.waits(row) for lane in order.LANES
                 for row in counter.heads(tx, office.id, day, lane, 1)]  # fmt: skip
        chosen = order.first(heads, arrivals.ahead(tx, office, day), now)
        if chosen is None:
            return
        if _call(tx, sight, chosen.id, "waiting", seat):
            return  # else another counter was quicker: look again


def _call(tx: Tx, sight: Sight, row_id: int, was: str, seat: int) -> bool:
    office, now = sight.office, sight.now
    if not counter.call(tx, row_id, was, seat, sight.officer.login, now):
        return False
    waiting.tell_called(tx, sight.house, office, counter.get(tx, row_id), now)
    waiting.tell_near(tx, sight.house, office, now)
    return True


def call_again(tx: Tx, sight: Sight, current: int) -> None:
    """Let the screen say the call once more."""
    seat, here = _must_sit(tx, sight, current)
    if here is not None:
        counter.again(tx, here.id, seat, sight.now)


def finish(tx: Tx, sight: Sight, current: int, state: str) -> None:
    """Who is here is "done", or was called in vain: "skipped"."""
    _, here = _must_sit(tx, sight, current)
    if here is None or not counter.end(tx, here.id, "called", state, sight.now):
        raise Rejected("counter_changed")


def recall(tx: Tx, sight: Sight, row_id: int) -> None:
    """Call somebody who was skipped, or out of turn, while nobody is at the counter."""
    seat, _ = _must_sit(tx, sight, 0)
    row = _own(tx, sight, row_id)
    if row.state not in ("waiting", "skipped") or not _call(tx, sight, row.id, row.state, seat):
        raise Rejected("counter_changed")


def let_ahead(tx: Tx, sight: Sight, row_id: int) -> None:
    """Let somebody who waits be called among the first.  Why is not asked."""
    row = _own(tx, sight, row_id)
    if not counter.put_ahead(tx, row.id, order.FIRST):
        raise Rejected("counter_changed")
    waiting.tell_near(tx, sight.house, sight.office, sight.now)


def _own(tx: Tx, sight: Sight, row_id: int) -> Any:
    """An arrival of today at this office.  Raises Rejected, as if there were none other."""
    row = counter.get(tx, row_id)
    if row is None or row.office_id != sight.office.id or row.day != sight.office.today(sight.now):
        raise Rejected("counter_changed")
    return row


# --- arriving -------------------------------------------------------------------------


def check_in(tx: Tx, sight: Sight, typed: str, first: bool) -> str:
    """Somebody shows the number or the pass of their ticket; returns their number in the line.

    Raises Rejected: pass_unknown.
    """
    ticket = passes.find(tx, sight.office.id, typed, sight.now)
    chat = doors.used_last(tx, ticket.person_id)
    comer = Comer(ticket.person_id, chat.id, ticket.id, ticket.service, first)
    return name(_admit(tx, sight, comer))


def draw(tx: Tx, sight: Sight, service: str, first: bool, form: str) -> str:
    """Somebody without anything gets a number.  Raises Rejected: service_unknown."""
    known = sight.house.catalog(sight.office.id).services
    if service and service not in known:
        raise Rejected("service_unknown")
    return name(_admit(tx, sight, Comer(service=service, first=first, draw=form[:64])))


def _admit(tx: Tx, sight: Sight, comer: Comer) -> Any:
    office, now = sight.office, sight.now
    row = arrivals.come(tx, office, comer, now)
    if comer.first and row.lane != order.FIRST:
        counter.put_ahead(tx, row.id, order.FIRST)
    if row.arrived_at == now:
        waiting.tell_number(tx, sight.house, office, row, now)
    return row


# --- the screen -----------------------------------------------------------------------


def name_screen(tx: Tx, sight: Sight, secret: Callable[[], str]) -> None:
    """A new address for the screen; the old one shows nothing any more."""
    counter.show(tx, sight.office.id, secret(), sight.now)
