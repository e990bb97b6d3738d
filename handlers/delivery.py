"""What became of promised messages: settled, confirmed later, promised anew, or shown to staff.

Every kind of message has a ladder of ways (config.toml, [fallback]): what cannot be delivered
one way is promised again by the next, and in the end staff are asked to call the person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from handlers import alerts, doors
from handlers.message import Message
from handlers.offices import House
from storage import conversations, outbox, walkins
from storage.db import Tx

SMS = "sms"
REPORTING = ("whatsapp", SMS)
"""Channels that report afterwards what became of a message."""
REPORTS = {"accepted": "queued", "scheduled": "queued", "sending": "queued",
           "undelivered": "failed", "canceled": "failed"}  # fmt: skip
"""What the platform's other words for a report amount to."""
RANKS = ("queued", "sent", "delivered", "read")
"""Reports come in any order and any number of times; only a later one counts."""
CLOSED = "63016"
"""The person wrote too long ago: only an approved template is taken."""
SLOW_DOWN = ("63018", "20429")
GONE = ("21610", "63003", "63014", "63024", "30004")
"""The person has no such account, blocked us, or does not want our messages."""
CALLED_FOR = ("sent_back", "moved_ready", "moved_rejected")
"""The news for which somebody without a chat is called."""
PAUSES = (30, 120, 600, 3600)
"""Seconds before a message goes out again that was held back by a rate limit."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The verdict on one claimed row: "sent", "failed", or "pending" again at `due_at`.

    left  the person blocked us, so no more is to be expected there
    """

    row: Any
    state: str
    attempts: int
    error: str = ""
    external_id: str = ""
    due_at: datetime | None = None
    left: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A platform's report on a message that it had accepted.

    row_id   our row, as we named it when we sent the message
    error    the platform's code when it failed
    """

    channel: str
    row_id: int
    external_id: str
    status: str
    error: str = ""


def settle(tx: Tx, house: House, verdicts: Sequence[Settled], now: datetime) -> None:
    """Write down what became of claimed rows."""
    for each in verdicts:
        if each.state == "failed":
            _fail(tx, house, each, now)
            continue
        reported = each.state == "sent" and each.row.channel in REPORTING
        before = outbox.get(tx, each.row.id) if reported else None
        outbox.settle(
            tx, each.row.id, each.state, now, attempts=each.attempts, error=each.error[:500],
            external_id=each.external_id, due_at=each.due_at,
        )  # fmt: skip
        if before is not None and before.receipt == "failed":  # the report was quicker than we
            _report_failure(tx, house, outbox.get(tx, each.row.id), before.error, now)


def receive(tx: Tx, house: House, receipt: Receipt, now: datetime) -> bool:
    """Keep a report; False when it says nothing new.  A failure lets the next way be tried."""
    row = outbox.get(tx, receipt.row_id)
    if row is None or row.channel != receipt.channel:
        return False
    status = REPORTS.get(receipt.status, receipt.status)
    if status == "failed":
        older = row.external_id and row.external_id != receipt.external_id
        if older or row.receipt in ("delivered", "read", "failed"):
            return False
        outbox.confirm(tx, row.id, "failed")
        if row.state == "sent":
            _report_failure(tx, house, row, receipt.error, now)
        else:
            outbox.note(tx, row.id, receipt.error)
        return True
    known = RANKS.index(row.receipt) if row.receipt in RANKS else -1
    if status not in RANKS or RANKS.index(status) <= known:
        return False
    outbox.confirm(tx, row.id, status)
    return True


def _report_failure(tx: Tx, house: House, row: Any, error: str, now: datetime) -> None:
    """An accepted message failed after all."""
    attempt = row.attempts
    if error in SLOW_DOWN and attempt <= len(PAUSES):
        due = now + timedelta(seconds=PAUSES[attempt - 1])
        outbox.confirm(tx, row.id, "")
        outbox.settle(tx, row.id, "pending", now, attempts=attempt, error=error, due_at=due)
        return
    failed = Settled(row, "failed", attempt, error, row.external_id, left=error in GONE)
    _fail(tx, house, failed, now)


def _fail(tx: Tx, house: House, failed: Settled, now: datetime) -> None:
    """Try the next way; if there is none, staff see the message and are told of it."""
    row = failed.row
    if failed.left:
        conversations.leave(tx, row.channel, row.address, now)
    message = Message.of(row.payload)
    state = _pass_on(tx, house, row, message, failed.error, now)
    outbox.settle(
        tx, row.id, state, now, attempts=failed.attempts, error=failed.error[:500],
        external_id=failed.external_id,
    )  # fmt: skip
    office = house.office(row.office_id)
    gone_from_talk = failed.left and not message.kind
    if state == "failed" and not gone_from_talk and row.address != office.staff_chat:
        alerts.undelivered(tx, house, office, message.values.get("number", ""), now)


def _pass_on(tx: Tx, house: House, row: Any, message: Message, error: str, now: datetime) -> str:
    """Promise a failed message by the next way of its ladder; returns the state of its row."""
    if error.startswith(CLOSED) and message.template and not message.cold:
        _promise(tx, row, row.channel, row.address, replace(message, cold=True), now)
        return "passed"
    ladder = house.ladder(message.kind)
    ways = ladder[ladder.index(message.way) + 1 :] if message.way in ladder else ladder
    chat = conversations.find(tx, row.channel, row.address)
    for way in ways:
        if way == "call":
            return "failed" if _worth_a_call(tx, row, message) else "dropped"
        door = _door(tx, house, row, chat, way)
        if door is not None:
            onward = replace(message, way=way, choices=(), quote="", cold=False, file="")
            _promise(tx, row, *door, onward, now)
            return "passed"
    return "dropped" if message.kind else "failed"


def _worth_a_call(tx: Tx, row: Any, message: Message) -> bool:
    """Whether staff should call.  Who was at the counter knows most news, and may have no phone."""
    if row.channel != doors.DESK:
        return True
    wanted = message.kind == "answer" or message.template in CALLED_FOR
    return wanted and bool(walkins.phone_at(tx, row.address))


def _door(tx: Tx, house: House, row: Any, chat: Any | None, way: str) -> tuple[str, str] | None:
    """Channel and address of that way to the same person; None when they have no such."""
    if way == "other" and chat is not None:
        return doors.other(tx, chat)
    if way == SMS and house.sms and row.channel != SMS:
        phone = doors.phone(row.channel, row.address) or (chat.phone if chat is not None else "")
        return (SMS, phone) if phone else None
    return None


def _promise(tx: Tx, row: Any, channel: str, address: str, message: Message, now: datetime) -> None:
    outbox.put(
        tx, office_id=row.office_id, channel=channel, address=address,
        payloads=[message.payload()], now=now, priority=row.priority,
        broadcast_id=row.broadcast_id,
    )  # fmt: skip
