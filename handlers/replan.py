"""Visits that we cannot receive as agreed: displaced, and told with an apology and new times.

`make_room` is for whoever takes away room: closed hours, fewer counters, a protocol for health.
It frees the seats at once; people hear of it through due work, one transaction each, so that many
of them neither take long nor are forgotten when something is killed, and each is offered
what there is room for by then.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from handlers import doors, offers
from handlers.appointments import agreed
from handlers.message import Button, Message
from handlers.news import keep_session, scene_of
from handlers.offices import House
from handlers.purposes import still
from handlers.reminders import Dropped, Later
from handlers.sessions import encode
from handlers.visit import Visit
from storage import appointments, due, outbox, tickets
from storage.db import Tx

Room = Callable[[str, datetime], int]
"""How many can come to a place ("" is the office) at a start."""
SOON = timedelta(hours=2)
"""Whoever was to come within this time after the night is told at once, be it at night."""


def make_room(
    tx: Tx,
    house: House,
    office_id: str,
    since: datetime,
    until: datetime,
    room: Room,
    reason: str,
    actor: str,
    now: datetime,
    closure_id: int = 0,
) -> int:
    """Displace the visits that begin from `since` to before `until` and for which there is no room.

    Of those at one start, whoever booked last goes first, and whoever asked to be served first
    goes last.  The others keep their time, if need be with another seat.

    reason  in the words that people are told; "" for none
    actor   who or what took the room, for the history of the tickets
    Returns how many are displaced.
    """
    found = appointments.between(tx, office_id, max(since, now), until)
    booked = [row for row in found if row.state == "booked"]
    displaced = 0
    for (start, place), group in groupby(booked, key=lambda row: (row.start_at, row.place)):
        ranked = sorted(group, key=lambda row: (not row.priority, row.created_at, row.id))
        most = max(0, room(place, start))
        for row in ranked[most:]:
            _displace(tx, house, row, reason, actor, now, closure_id)
        displaced += len(ranked[most:])
        _close_up(tx, ranked[:most], most)
    return displaced


def affected(
    tx: Tx, office_id: str, since: datetime, until: datetime, room: Room, now: datetime
) -> int:
    """How many `make_room` would displace."""
    found = appointments.between(tx, office_id, max(since, now), until)
    booked = [row for row in found if row.state == "booked"]
    groups = groupby(booked, key=lambda row: (row.start_at, row.place))
    return sum(max(0, len(list(group)) - max(0, room(at[1], at[0]))) for at, group in groups)


def _displace(
    tx: Tx, house: House, row: Any, reason: str, actor: str, now: datetime, closure_id: int
) -> None:
    if not appointments.displace(tx, row.id, reason, now, closure_id):
        return
    ticket = tickets.by_number(tx, row.number)
    assert ticket is not None
    tickets.record(
        tx, ticket, actor=actor, move="displace", before=ticket.status, after=ticket.status,
        now=now, note=reason,
    )  # fmt: skip
    awake = house.timing.awake(now, house.office(row.office_id).calendar.zone)
    at = now if awake + SOON > row.start_at else awake
    due.arm(tx, row.office_id, "displaced", str(row.id), at)


def _close_up(tx: Tx, kept: Sequence[Any], most: int) -> None:
    """Whoever stays sits on seats 1 to `most`: only those are counted by whoever books next."""
    taken = {row.seat for row in kept}
    free = (seat for seat in range(1, most + 1) if seat not in taken)
    for row in kept:
        if row.seat > most:
            appointments.reseat(tx, row.id, next(free))


def tell(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """Somebody's appointment was displaced: an apology, the reason, and new times."""
    appointment = appointments.get(tx, int(row.subject))
    if appointment is None or appointment.state != "displaced":
        return Dropped("stands again")
    ticket = tickets.by_number(tx, appointment.number)
    if ticket is None or not still(appointment, ticket):
        return Dropped("no longer waits")
    if appointments.of_ticket(tx, ticket.id) is not None:
        return Dropped("has another")
    office, chat = house.office(ticket.office_id), doors.used_last(tx, ticket.person_id)
    values = Visit.of(house, ticket, appointment, now).values() | {"reason": appointment.reason}
    text = house.words.say("visit_displaced", **values)
    news = Message(text, kind="news", template="visit_displaced", values=values)
    scene = scene_of(house, office, chat, now)
    message, session = offers.offer(tx, scene, chat, ticket.number, news)
    keep_session(tx, chat, encode(session))
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
    return None


def restore(tx: Tx, house: House, closure_id: int, actor: str, now: datetime) -> int:
    """A closure was a mistake: whoever has no other time yet gets theirs back, if it is free.

    Who heard of the closure hears of this too.  Returns how many come after all.
    """
    restored = 0
    for row in appointments.displaced_by(tx, closure_id):
        ticket = tickets.by_number(tx, row.number)
        if ticket is None or not still(row, ticket) or row.start_at <= now:
            continue
        office = house.office(row.office_id)
        row_id = appointments.book(
            tx, office_id=row.office_id, ticket_id=ticket.id, person_id=row.person_id,
            start_at=row.start_at, seats=[row.seat, *range(1, office.booking.counters + 1)],
            token=house.secret(), now=now, place=row.place, purpose=row.purpose,
            priority=row.priority,
        )  # fmt: skip
        if row_id is None:
            continue
        again = appointments.get(tx, row_id)
        agreed(tx, house, office, ticket, again, now)
        tickets.record(
            tx, ticket, actor=actor, move="restore", before=ticket.status, after=ticket.status,
            now=now,
        )  # fmt: skip
        told = due.find(tx, "displaced", str(row.id))
        if told is not None and told.state == "done":
            _tell_restored(tx, house, ticket, again, now)
        restored += 1
    return restored


def _tell_restored(tx: Tx, house: House, ticket: Any, appointment: Any, now: datetime) -> None:
    chat = doors.used_last(tx, ticket.person_id)
    values = Visit.of(house, ticket, appointment, now).values()
    commands = house.catalog(ticket.office_id).commands
    buttons = tuple(Button(commands[each].label, each) for each in ("reschedule", "unbook"))
    text = house.words.say("visit_restored", **values)
    message = Message(text, buttons, kind="news", template="visit_restored", values=values)
    outbox.put(
        tx, office_id=ticket.office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
