"""Taps on alerts in the office's staff chat: who is in that chat may take a ticket."""

from dataclasses import dataclass
from datetime import datetime

from handlers import alerts, tickets
from handlers.errors import Rejected
from handlers.message import Message
from handlers.offices import House, Office
from handlers.tickets import Actor
from storage import inbox, outbox
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class StaffTap:
    """A tap on an alert: where it happened, by whom, and what the button carried."""

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
    action, _, number = tapped.token.removeprefix(alerts.STAFF).partition(":")
    office = _office(house, tapped.address, number)
    taken = inbox.take(
        tx, now=now, office_id=office.id if office else "", channel=tapped.channel,
        external_id=tapped.external_id, address=tapped.address, raw=tapped.raw,
    )  # fmt: skip
    if not taken:
        return False
    if office is None:
        answer = house.words.say("answer_not_staff")
    elif action != "take":
        answer = house.words.say("answer_gone")
    else:
        actor = Actor("staff", f"{tapped.channel}:{tapped.officer_id}", tapped.officer)
        try:
            tickets.move(tx, house, office.id, number, "take", actor, now)
        except Rejected:
            answer = house.words.say("answer_gone")
        else:
            answer = house.words.say("answer_taken", number=number, officer=tapped.officer)
            alerts.taken(tx, house, office, number, tapped.officer, now)
    notice = Message(answer, acknowledge=tapped.tap)
    outbox.put(
        tx, office_id=office.id if office else "", channel=tapped.channel,
        address=tapped.address, payloads=[notice.payload()], now=now,
    )  # fmt: skip
    return True


def _office(house: House, address: str, number: str) -> Office | None:
    """The office of that ticket, if this is its staff chat; several may share one."""
    here = [office for office in house.offices.values() if office.staff_chat == address]
    return next((o for o in here if number.startswith(f"{o.code}-")), here[0] if here else None)
