"""Coming to the office: one number for everybody who comes, and their place in the line.

A number is for today and for one visit, whatever the visit is about.  Whoever was called in
vain and comes back keeps theirs.  Knows neither chats' words nor the officer's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flows import counter as order
from flows.counter import FIRST, Waiting
from handlers import protocol
from handlers.offices import Office
from storage import counter, due, tickets
from storage.db import Tx

RECENT, LATELY = 40, timedelta(days=7)
"""So many of the visits of so long tell how long one takes."""
WITHOUT_HOURS = timedelta(hours=4)
"""How long numbers of a day count on which the office is not open."""


@dataclass(frozen=True, slots=True)
class Comer:
    """Who comes: what is known of them, which may be nothing.

    chat_id  the conversation in which they can be told of their turn
    service  what they come for, if they said so
    first    they may go first; why is neither asked nor kept
    draw     name of the form that draws the number: sent twice it draws one
    """

    person_id: int | None = None
    chat_id: int | None = None
    ticket_id: int | None = None
    service: str = ""
    first: bool = False
    draw: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the line.

    before   how many are called before them
    minutes  how long that takes about, in fives; 0 for nearly no time
    full     the waiting room has no seat for them yet
    """

    before: int
    minutes: int
    full: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """How fast the line moves, as far as can be told from those who were served.

    each      how long one visit takes
    waited    how long those of today waited on average; None before anybody was called
    since     how long each busy counter has been at it
    counters  how many counters call people
    """

    each: timedelta
    waited: timedelta | None
    since: Sequence[timedelta]
    counters: int

    @property
    def every(self) -> timedelta:
        """The time between two calls."""
        return self.each / self.counters


def name(row: Any) -> str:
    """What an arrival is called by: 'A-012'."""
    return f"{row.series}-{row.number:03}"


def come(tx: Tx, office: Office, comer: Comer, now: datetime) -> Any:
    """The number of who comes: the one they have, or a new one."""
    day = office.today(now)
    before = _before(tx, office, comer, day)
    if before is not None:
        if before.state == "skipped":
            counter.come_back(tx, before.id, now)
        return counter.get(tx, before.id)
    booked = _booked(tx, office, comer, day)
    lane, turn_at = _turn(comer, booked, now)
    number = tickets.next_number(tx, office.id, f"visit-{day:%y%m%d}-{lane}")
    row = counter.arrive(
        tx,
        {
            "office_id": office.id, "day": day, "series": lane, "number": number, "lane": lane,
            "draw": comer.draw, "service": comer.service, "person_id": comer.person_id,
            "conversation_id": comer.chat_id, "turn_at": turn_at, "arrived_at": now,
            "ticket_id": comer.ticket_id or (booked.ticket_id if booked is not None else None),
            "told": False,
        },
    )  # fmt: skip
    due.arm_first(tx, office.id, "counter.close", f"{office.id} {day}", closing(office, day, now))
    return row


def place(tx: Tx, office: Office, row: Any, now: datetime) -> Place:
    """Where somebody who waits stands; being told counts as having been told once."""
    measure = measured(tx, office, now)
    lined = lined_up(tx, office, measure, now)
    before = next((at for at, each in enumerate(lined) if each.id == row.id), 0)
    if before <= order.SOON:
        counter.tell(tx, row.id)
    span = order.wait(before, measure.since, measure.counters, measure.each)
    seats = protocol.seats(tx, office, row.day)
    return Place(before, order.minutes(span), full=0 < seats <= before)


def lined_up(tx: Tx, office: Office, measure: Measure, now: datetime) -> list[Waiting]:
    """Everybody who waits, in the order of their calls."""
    day = office.today(now)
    waiting = map(waits, counter.line(tx, office.id, day))
    return order.line(waiting, ahead(tx, office, day), now, measure.every)


def waits(row: Any) -> Waiting:
    """A row as the order of calls sees it."""
    return Waiting(row.id, row.lane, row.turn_at)


def ahead(tx: Tx, office: Office, day: date) -> int:
    """How many went ahead of the plain numbers in the last calls."""
    return order.streak(row.lane for row in counter.calls(tx, office.id, day, order.AHEAD))


def measured(tx: Tx, office: Office, now: datetime) -> Measure:
    """How fast the line moves now."""
    day = office.today(now)
    recent = counter.recent(tx, office.id, now - LATELY, RECENT)
    serving = counter.serving(tx, office.id, day)
    today = [row.first_called_at - row.arrived_at for row in recent
             if office.today(row.arrived_at) == day]  # fmt: skip
    return Measure(
        each=order.pace(
            [row.done_at - row.called_at for row in recent],
            timedelta(minutes=office.booking.minutes),
        ),
        waited=sum(today, timedelta()) / len(today) if today else None,
        since=[now - row.called_at for row in serving],
        counters=max(len(counter.seats(tx, office.id)), len(serving), 1),
    )


def closing(office: Office, day: date, now: datetime) -> datetime:
    """When the numbers of that day end."""
    spans = office.calendar.spans(day)
    if not spans:
        return now + WITHOUT_HOURS
    return datetime.combine(day, spans[-1][1], office.calendar.zone).astimezone(now.tzinfo)


def _before(tx: Tx, office: Office, comer: Comer, day: date) -> Any | None:
    """The open number that they have already, by their form, person or ticket."""
    found = counter.drawn(tx, comer.draw) if comer.draw else None
    if found is not None and found.office_id == office.id:
        return found
    if comer.person_id is not None:
        found = counter.of_person(tx, office.id, day, comer.person_id)
    if found is None and comer.ticket_id is not None:
        found = counter.of_ticket(tx, office.id, day, comer.ticket_id)
    return found


def _turn(comer: Comer, booked: Any | None, now: datetime) -> tuple[str, datetime]:
    """Where and from when somebody waits; who asked to be served first is, at their time."""
    if comer.first:
        return FIRST, now
    if booked is None:
        return order.turn_of(None, now)
    lane, turn_at = order.turn_of(booked.start_at, now)
    return FIRST if booked.priority else lane, turn_at


def _booked(tx: Tx, office: Office, comer: Comer, day: date) -> Any | None:
    if comer.person_id is None:
        return None
    since = datetime.combine(day, time(), office.calendar.zone)
    return counter.booked(tx, office.id, comer.person_id, since, since + timedelta(days=1))
