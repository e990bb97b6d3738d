"""Messages to staff.  They never carry personal data: a group chat has many readers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.words import say_short_time
from storage import outbox
from storage.db import Tx

CHANNEL = "telegram"
STAFF = "staff:"
"""How the tokens of buttons for staff begin."""


def ticket(
    tx: Tx, house: House, office: Office, row: Any, title: str, now: datetime, doubtful: int
) -> None:
    """A request came in."""
    zone = office.calendar.zone
    text = house.words.say(
        "alert_ticket", number=row.number, service=title,
        submitted=say_short_time(now, zone), promise=say_short_time(row.promise_at, zone),
        doubtful=doubtful,
    )  # fmt: skip
    take = Button(house.words.say("button_take"), f"{STAFF}take:{row.number}")
    _send(tx, house, office, Message(text, (take, *_open(house, row.number))), now)


def resubmitted(
    tx: Tx, house: House, office: Office, number: str, title: str, now: datetime
) -> None:
    """What was asked for again has come."""
    text = house.words.say("alert_resubmitted", number=number, service=title)
    _send(tx, house, office, Message(text, _open(house, number)), now)


def question(tx: Tx, house: House, office: Office, now: datetime) -> None:
    """Somebody waits for a human."""
    _send(tx, house, office, Message(house.words.say("alert_question", office=office.name)), now)


def taken(tx: Tx, house: House, office: Office, number: str, officer: str, now: datetime) -> None:
    """An officer took a request, so that nobody else need."""
    text = house.words.say("alert_taken", number=number, officer=officer)
    _send(tx, house, office, Message(text), now)


def handed(
    tx: Tx,
    house: House,
    office: Office,
    number: str,
    officer: str,
    before: str,
    by: str,
    now: datetime,
) -> None:
    """A request changed hands, from `before` to `officer`; `by` names a third who did it."""
    text = house.words.say("alert_handed", number=number, officer=officer, before=before, by=by)
    _send(tx, house, office, Message(text, _open(house, number)), now)


def failed(tx: Tx, house: House, office: Office, now: datetime) -> None:
    """A message could not be processed and was set aside."""
    _send(tx, house, office, Message(house.words.say("alert_failed")), now)


def undelivered(tx: Tx, house: House, office: Office, number: str, now: datetime) -> None:
    """A message to a citizen could not be delivered.  number: of the ticket it was about."""
    _send(tx, house, office, Message(house.words.say("alert_undelivered", number=number)), now)


def broadcast_paused(
    tx: Tx, house: House, office: Office, title: str, reason: str, now: datetime
) -> None:
    """A broadcast was stopped: too many messages were lost, or too many people left."""
    text = house.words.say("alert_broadcast_paused", title=title, reason=reason)
    _send(tx, house, office, Message(text, _desk(house)), now)


def missed(tx: Tx, house: House, office: Office, number: str, now: datetime) -> None:
    """Somebody did not come to any time that was offered: a call may help."""
    text = house.words.say("alert_missed", number=number)
    _send(tx, house, office, Message(text, _open(house, number)), now)


def promises(
    tx: Tx,
    house: House,
    office: Office,
    soon: Sequence[str],
    late: Sequence[str],
    long_late: Sequence[str],
    count: int,
    now: datetime,
) -> None:
    """Promised times that are nearly over, over, and over since yesterday: some of `count`."""
    text = house.words.say(
        "alert_promises", soon=soon, late=late, long_late=long_late,
        more=count - len(soon) - len(late) - len(long_late),
    )  # fmt: skip
    _send(tx, house, office, Message(text, _desk(house)), now)


def digest(
    tx: Tx,
    house: House,
    office: Office,
    waiting: int,
    late: int,
    ready: int,
    correcting: int,
    now: datetime,
) -> None:
    """The morning's overview."""
    text = house.words.say(
        "alert_digest", office=office.name, waiting=waiting, overdue=late, ready=ready,
        correcting=correcting,
    )  # fmt: skip
    _send(tx, house, office, Message(text, _desk(house)), now)


def _desk(house: House) -> tuple[Button, ...]:
    if not house.desk_url:
        return ()
    return (Button(house.words.say("button_desk"), url=house.desk_url.removesuffix("/tickets/")),)


def _open(house: House, number: str) -> tuple[Button, ...]:
    if not house.desk_url:
        return ()
    return (Button(house.words.say("button_open"), url=f"{house.desk_url}{number}"),)


def _send(tx: Tx, house: House, office: Office, message: Message, now: datetime) -> None:
    if not office.staff_chat:
        return
    outbox.put(
        tx, office_id=office.id, channel=CHANNEL, address=office.staff_chat,
        payloads=[message.payload()], now=now, priority=outbox.ALERT,
    )  # fmt: skip
