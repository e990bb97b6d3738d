"""Messages to staff that can be tapped or answered: posted in every chat that they concern.

A button carries the id of its message and a word, never a name or a number of anybody.  In the
quiet hours of staff they come without a sound; none waits in the outbox, where it would hold
back all that follows in its chat.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from handlers.message import Message
from handlers.offices import House, Office
from storage import alerts, outbox, staff_doors
from storage.db import Tx

GROUPS = "telegram"
"""The channel of an office's staff chat."""
STAFF = "staff:"
"""How the tokens of buttons for staff begin."""
LOUD = ("whatsapp",)
"""Channels where every message rings: at night only what somebody waits for goes there."""
ALERT = "alert"
"""The kind of a message to one member of staff: what does not arrive is on the desk anyway."""

Chat = tuple[str, str]
"""Channel and address."""
Make = Callable[[str], Message]
"""A message, given how the tokens of its buttons begin."""


def group(office: Office) -> list[Chat]:
    """The office's staff chat, if there is one."""
    return [(GROUPS, office.staff_chat)] if office.staff_chat else []


def own(tx: Tx, office: Office, logins: Sequence[str]) -> list[Chat]:
    """The linked chat of each of these members of staff who have one."""
    wanted = [login for login in logins if login]
    return [chat for chat, _ in linked(tx, office, wanted).values()] if wanted else []


def linked(tx: Tx, office: Office, logins: Sequence[str] = ()) -> dict[str, tuple[Chat, Any]]:
    """By login: the chat in which a member of the office's staff is told things, and their door.

    In one chat, though somebody may have linked two: Telegram rather than WhatsApp.
    """
    found: dict[str, tuple[Chat, Any]] = {}
    for row in staff_doors.of_office(tx, office.id, logins):
        if rings(office, row.channel):
            found.setdefault(row.login, ((row.channel, row.address), row))
    return found


def rings(office: Office, channel: str) -> bool:
    """Whether staff are written to on that channel: on WhatsApp only where the office wants it."""
    return channel != "whatsapp" or office.staff_whatsapp


def post(
    tx: Tx,
    house: House,
    office: Office,
    chats: Iterable[Chat],
    kind: str,
    subject: str,
    make: Make,
    now: datetime,
    priority: int = outbox.ALERT,
) -> None:
    """Promise the message to each of these chats, and remember what it is about."""
    asleep = priority == outbox.ALERT and house.timing.staff_asleep(now, office.calendar.zone)
    for channel, address in chats:
        if asleep and channel in LOUD:
            continue
        row = alerts.create(tx, office.id, kind, subject, channel, address, now)
        message = _dressed(office, make(f"{STAFF}{row:x}:"), channel, address, asleep)
        promised = outbox.post(
            tx, office_id=office.id, channel=channel, address=address,
            payload=message.payload(), now=now, priority=priority,
        )  # fmt: skip
        alerts.promised(tx, row, promised)


def tell(
    tx: Tx,
    house: House,
    office: Office,
    chats: Iterable[Chat],
    message: Message,
    now: datetime,
) -> None:
    """Promise a message that nobody taps or answers."""
    asleep = house.timing.staff_asleep(now, office.calendar.zone)
    for channel, address in chats:
        if asleep and channel in LOUD:
            continue
        dressed = _dressed(office, message, channel, address, asleep)
        outbox.put(
            tx, office_id=office.id, channel=channel, address=address,
            payloads=[dressed.payload()], now=now, priority=outbox.ALERT,
        )  # fmt: skip


def edit(tx: Tx, office: Office, kind: str, subject: str, make: Make, now: datetime) -> None:
    """Let every message about this say what is true now, where a channel can change it."""
    for row in alerts.about(tx, kind, subject):
        change(tx, office, row, make, now)


def change(tx: Tx, office: Office, alert: Any, make: Make, now: datetime) -> None:
    """Let one message say something else."""
    if alert.channel != GROUPS or alert.outbox_id is None:
        return
    message = replace(make(f"{STAFF}{alert.id:x}:"), edits=alert.outbox_id, kind=ALERT)
    outbox.put(
        tx, office_id=office.id, channel=alert.channel, address=alert.address,
        payloads=[message.payload()], now=now, priority=outbox.ALERT,
    )  # fmt: skip


def _dressed(office: Office, message: Message, channel: str, address: str, asleep: bool) -> Message:
    """The message with what its chat needs: why it is sent, a template, and silence at night."""
    if address != office.staff_chat:
        message = replace(message, kind=ALERT)
    if channel in LOUD:
        line = " · ".join(filter(None, message.text.split("\n")))
        values = {"office": office.name, "text": line}
        message = replace(message, template="staff_alert", values=values)
    return replace(message, silent=True) if asleep else message
