"""Waiting, as the citizen hears of it: their number, their place, when it is near, the call.

So people can wait outside.  Asked, it is answered at any time; by itself it says twice that
something happened: when few are left before them, and when they are called.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flows import counter as order
from handlers import arrivals, doors
from handlers.arrivals import Comer, name
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.reminders import Dropped, Later
from handlers.wording import Scene
from handlers.words import say_day, say_time
from storage import appointments, counter, outbox
from storage.db import Tx

KIND = "queue"
EARLY = timedelta(hours=1)
"""So long before the opening a number may be drawn in chat."""
BUSY, AGAIN, LONGEST = timedelta(minutes=20), timedelta(minutes=15), timedelta(hours=3)
"""An office that called somebody just now is not closed yet: looked at again, and not for ever."""

STATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "waiting": ("queue_waiting", ("queue", "unqueue")),
    "called": ("queue_called", ()),
    "skipped": ("queue_skipped", ("checkin",)),
    "done": ("queue_done", ("checkin",)),
    "closed": ("queue_closed", ("menu",)),
}
"""What is said of a number of today, and what can be tapped below it."""


# --- in a conversation ----------------------------------------------------------------


def check_in(tx: Tx, scene: Scene, chat: Any, office_id: str) -> Message:
    """Somebody writes that they are at the office."""
    office = scene.house.office(office_id)
    if not _may_come(office, scene.now):
        opens = office.calendar.next_open(scene.now)
        text = scene.say("queue_shut", opens=say_time(opens, office.calendar.zone))
        return _message(scene.house, office, text, "menu")
    waiting = appointments.waiting(tx, chat.person_id)
    ready = next((row for row in waiting if row.office_id == office.id), None)
    comer = Comer(
        chat.person_id, chat.id,
        ticket_id=ready.id if ready is not None else None,
        service=ready.service if ready is not None else "",
    )  # fmt: skip
    row = arrivals.come(tx, office, comer, scene.now)
    return _status(tx, scene.house, office, row, scene.now)


def ask(tx: Tx, scene: Scene, chat: Any) -> Message:
    """Somebody asks for their place."""
    row = counter.newest(tx, chat.person_id)
    if row is None or row.state == "left":
        return _message(scene.house, scene.office, scene.say("queue_none"), "checkin")
    office = scene.house.office(row.office_id)
    return _status(tx, scene.house, office, row, scene.now)


def give_up(tx: Tx, scene: Scene, chat: Any) -> Message:
    """Somebody does not want to wait any longer."""
    row = counter.newest(tx, chat.person_id)
    if row is not None and row.day == scene.house.office(row.office_id).today(scene.now):
        for state in ("waiting", "skipped"):
            if counter.end(tx, row.id, state, "left", scene.now):
                tell_near(tx, scene.house, scene.house.office(row.office_id), scene.now)
                return Message(scene.say("queue_left", number=name(row)))
    return _message(scene.house, scene.office, scene.say("queue_none"), "checkin")


def _may_come(office: Office, now: datetime) -> bool:
    """Whether numbers are drawn: from a while before the opening until the office closes."""
    day = office.today(now)
    spans = office.calendar.spans(day)
    if not spans:
        return False
    opens = datetime.combine(day, spans[0][0], office.calendar.zone)
    return opens - EARLY <= now < arrivals.closing(office, day, now)


def _status(tx: Tx, house: House, office: Office, row: Any, now: datetime) -> Message:
    """How somebody's number stands."""
    past = row.day != office.today(now)
    words, commands = ("queue_past", ("checkin",)) if past else STATES[row.state]
    values: dict[str, object] = {"number": name(row), "counter": row.counter}
    if past:
        values["day"] = say_day(row.day)
    elif row.state == "waiting":
        place = arrivals.place(tx, office, row, now)
        values |= {"before": place.before, "minutes": place.minutes, "full": place.full}
    return _message(house, office, house.words.say(words, **values), *commands)


def _message(house: House, office: Office, text: str, *commands: str) -> Message:
    known = house.catalog(office.id).commands
    return Message(text, tuple(Button(known[each].label, each) for each in commands))


# --- by itself ------------------------------------------------------------------------


def tell_number(tx: Tx, house: House, office: Office, row: Any, now: datetime) -> None:
    """Staff checked somebody in: they get their number in the chat as well."""
    place = arrivals.place(tx, office, row, now)
    values = {"before": str(place.before), "minutes": str(place.minutes)}
    text = house.words.say(
        "queue_waiting", number=name(row), before=place.before, minutes=place.minutes,
        full=place.full,
    )  # fmt: skip
    _tell(tx, house, office, row, "queue_waiting", text, values, now)


def tell_called(tx: Tx, house: House, office: Office, row: Any, now: datetime) -> None:
    """It is their turn."""
    values = {"counter": str(row.counter)}
    text = house.words.say("queue_called", number=name(row), **values)
    _tell(tx, house, office, row, "queue_called", text, values, now)


def tell_near(tx: Tx, house: House, office: Office, now: datetime) -> None:
    """Tell those whose turn is near and who were not told yet."""
    day, most = office.today(now), order.SOON + 1
    heads = {row.id: row for lane in order.LANES
             for row in counter.heads(tx, office.id, day, lane, most)}  # fmt: skip
    waiting = map(arrivals.waits, heads.values())
    ahead = arrivals.ahead(tx, office, day)
    for before, each in enumerate(order.line(waiting, ahead, now, timedelta(), most)):
        row = heads[each.id]
        if row.told or row.channel is None or each.turn_at > now or not counter.tell(tx, row.id):
            continue
        text = house.words.say("queue_near", number=name(row), before=before)
        _tell(tx, house, office, row, "queue_near", text, {"before": str(before)}, now)


def close(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """The office closes: open numbers end, and who still waits is told."""
    office = house.office(row.office_id)
    day = date.fromisoformat(row.subject.partition(" ")[2])
    soon = now - arrivals.closing(office, day, now) < LONGEST
    last = counter.calls(tx, office.id, day, 1)
    if soon and last and now - last[0].called_at < BUSY and counter.waiting(tx, office.id, day):
        return Later(now + AGAIN)
    opens = say_time(office.calendar.next_open(now), office.calendar.zone)
    for each in counter.unfinished(tx, office.id, day):
        ended = counter.end(tx, each.id, each.state, "closed", now)
        if ended and each.state == "waiting" and soon:
            text = house.words.say("queue_over", number=name(each), opens=opens)
            _tell(tx, house, office, each, "queue_over", text, {"opens": opens}, now)
    counter.clear(tx, office.id)
    return None


def _tell(
    tx: Tx,
    house: House,
    office: Office,
    row: Any,
    template: str,
    text: str,
    values: dict[str, str],
    now: datetime,
) -> None:
    """Say something to whom an arrival is, in the chat of which it is known."""
    if row.channel in (None, doors.DESK) or row.left_at is not None:
        return
    message = Message(
        text, kind=KIND, template=template,
        values={"visit": name(row), "office": office.name, **values},
    )  # fmt: skip
    outbox.put(
        tx, office_id=office.id, channel=row.channel, address=row.address,
        payloads=[message.payload()], now=now, priority=outbox.REPLY,
    )  # fmt: skip
