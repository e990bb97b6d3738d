"""A broadcast as staff see it: how far it is, what became of its messages, and what it changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flows.effect import Effect, effect
from handlers.broadcasts import message, of_office
from handlers.desk import Sight, When, Who
from handlers.message import Message
from handlers.queue import reason
from handlers.segments import lines
from storage import broadcasts
from storage.broadcasts import Group
from storage.db import Tx

NOBODY = Group(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a broadcast's people so far.

    passed   had their turn: promised, held out, or dropped
    out      messages that went out; `arrived` and `read` as far as the channel reports it
    lost     messages that did not arrive, with the reasons by code
    dropped  people passed over, by reason
    left     people who want no more since then
    taps     (label, people) for each button
    minutes  until the last message at the channels' limits; None when nothing is on its way
    """

    size: int
    held: int
    passed: int
    waiting: int
    out: int
    arrived: int
    read: int
    lost: int
    reasons: Sequence[tuple[str, int]]
    dropped: Mapping[str, int]
    left: int
    taps: Sequence[tuple[str, int]]
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One broadcast in the list, side by side with the others."""

    id: int
    title: str
    state: str
    reason: str
    purpose: str
    author: Who
    at: When | None
    size: int
    out: int
    sent: Effect | None


@dataclass(frozen=True, slots=True)
class Page:
    """One broadcast in full.

    shown  as a person reads it; `cold` after a long silence on WhatsApp, by its template
    began  effect on requests begun, and `sent` on requests sent, within `days`
    """

    row: Any
    author: Who
    approver: Who
    planned: When | None
    started: When | None
    segment: Sequence[tuple[str, Any]]
    shown: Message
    outcome: Outcome
    told: Group
    heldout: Group
    began: Effect
    sent: Effect
    days: int


def every(tx: Tx, see: Sight) -> list[Line]:
    """The office's broadcasts, newest first."""
    return [_line(tx, see, row) for row in broadcasts.of_office(tx, see.office.id)]


def _line(tx: Tx, see: Sight, row: Any) -> Line:
    at = row.started_at or row.planned_at
    known, out = None, 0
    if row.started_at is not None:
        groups = broadcasts.groups(tx, row.id, see.house.manners.window)
        told, held = groups.get(False, NOBODY), groups.get(True, NOBODY)
        known = effect(told.sent, told.size, held.sent, held.size)
        out = _out(broadcasts.fates(tx, row.id))
    return Line(
        row.id, row.title, row.state, row.reason, row.purpose, see.who(row.author),
        see.when(at) if at else None, row.size, out, known,
    )  # fmt: skip


def show(tx: Tx, see: Sight, broadcast_id: int) -> Page:
    """One of the office's broadcasts.  Raises Rejected not_found."""
    row = of_office(tx, see.office.id, broadcast_id)
    window: timedelta = see.house.manners.window
    groups = broadcasts.groups(tx, row.id, window)
    told, held = groups.get(False, NOBODY), groups.get(True, NOBODY)
    return Page(
        row=row,
        author=see.who(row.author),
        approver=see.who(row.approver),
        planned=see.when(row.planned_at) if row.planned_at else None,
        started=see.when(row.started_at) if row.started_at else None,
        segment=lines(row.segment),
        shown=message(see.house, see.office, row, ""),
        outcome=_outcome(tx, see, row),
        told=told,
        heldout=held,
        began=effect(told.began, told.size, held.began, held.size),
        sent=effect(told.sent, told.size, held.sent, held.size),
        days=window.days,
    )


def _outcome(tx: Tx, see: Sight, row: Any) -> Outcome:
    turns = broadcasts.turns(tx, row.id)
    fates = broadcasts.fates(tx, row.id)
    taps = broadcasts.taps(tx, row.id)
    waiting: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for (state, why, channel), number in turns.items():
        if state == "waiting":
            waiting[channel] += number
        elif state == "dropped":
            dropped[why] += number
    reasons: Counter[str] = Counter()
    for error, number in broadcasts.errors(tx, row.id).items():
        reasons[reason(error)] += number
    paces = see.house.manners.paces
    each = (number / paces.get(channel, 1) for channel, number in waiting.items())
    seconds = max(each, default=0)
    left = sum(waiting.values())
    return Outcome(
        size=row.size,
        held=row.held,
        passed=row.size - left,
        waiting=left,
        out=_out(fates),
        arrived=_received(fates, ("delivered", "read")),
        read=_received(fates, ("read",)),
        lost=sum(reasons.values()),
        reasons=reasons.most_common(),
        dropped=dropped,
        left=broadcasts.opted_out(tx, row.id),
        taps=[(each["label"], taps.get(at, 0)) for at, each in enumerate(row.buttons)],
        minutes=round(seconds / 60) if row.state == "sending" else None,
    )


def _out(fates: Mapping[tuple[str, str], int]) -> int:
    return sum(number for (state, _), number in fates.items() if state == "sent")


def _received(fates: Mapping[tuple[str, str], int], receipts: Sequence[str]) -> int:
    return sum(number for (_, receipt), number in fates.items() if receipt in receipts)
