"""Taps below messages to staff, in a group or in a chat of their own: only linked staff count."""

from dataclasses import dataclass
from datetime import datetime

from handlers import taps
from handlers.message import Message
from handlers.offices import House
from storage import inbox, outbox, staff_doors
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class StaffTap:
    """A tap on an alert: where it happened, by whom, and what the button carried.

    officer_id  the address of their own chat
    """

    channel: str
    external_id: str
    address: str
    token: str
    tap: str
    officer_id: str
    officer: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class GroupCall:
    """Somebody in a group asks for its id, to make it the office's staff chat."""

    channel: str
    external_id: str
    address: str
    raw: str = ""


def tell_id(tx: Tx, house: House, call: GroupCall, now: datetime) -> bool:
    """Answer with the group's id, once."""
    taken = inbox.take(
        tx, now=now, office_id="", channel=call.channel, external_id=call.external_id,
        address=call.address, raw=call.raw,
    )  # fmt: skip
    if taken:
        answer = Message(house.words.say("group_id", id=call.address))
        outbox.put(
            tx, office_id="", channel=call.channel, address=call.address,
            payloads=[answer.payload()], now=now,
        )  # fmt: skip
    return taken


def receive(tx: Tx, house: House, tapped: StaffTap, now: datetime) -> bool:
    """Give a tap its effect, once; False when it had it before."""
    found = taps.read(tx, tapped.token, tapped.channel, tapped.address)
    office_id = found[0].office_id if found else ""
    taken = inbox.take(
        tx, now=now, office_id=office_id, channel=tapped.channel,
        external_id=tapped.external_id, address=tapped.address, raw=tapped.raw,
    )  # fmt: skip
    if not taken:
        return False
    door = staff_doors.at(tx, tapped.channel, tapped.officer_id)
    notice = Message(taps.answer(tx, house, found, door, now), acknowledge=tapped.tap)
    outbox.put(
        tx, office_id=office_id, channel=tapped.channel, address=tapped.address,
        payloads=[notice.payload()], now=now,
    )  # fmt: skip
    return True
