"""The life of a broadcast: approved, planned, begun, paused, ended.

Every step is made from the state that it expects; whoever comes second is told that it changed.
"""

from datetime import datetime
from typing import Any, NamedTuple

from handlers.broadcasts import EVERY
from handlers.errors import Rejected
from handlers.estimates import reach
from handlers.offices import House
from handlers.reminders import Dropped, Later
from handlers.rights import may
from storage import broadcasts, due, recipients
from storage.db import Tx


class Totals(NamedTuple):
    """Messages that went out or were lost, the lost among them, and people who left."""

    tried: int
    lost: int
    left: int


def plan(tx: Tx, house: House, row: Any, role: str, at: datetime | None, now: datetime) -> str:
    """Send it at a time, or now; a large one waits for approval.  Returns its state."""
    if not may(role, "send"):
        raise Rejected("broadcast_role")
    expected = reach(tx, house, row, now)
    if expected.size == 0:
        raise Rejected("broadcast_nobody")
    when = max(at or now, now)
    state = "waiting" if expected.size > house.manners.approve else "planned"
    planned = {"state": state, "planned_at": when, "estimate": expected.cost}
    if not broadcasts.change(tx, row.id, ("draft",), now, **planned):
        raise Rejected("broadcast_changed")
    return _arm(tx, row.id, when, now) if state == "planned" else state


def approve(tx: Tx, row: Any, by: str, role: str, now: datetime) -> str:
    """A second pair of eyes agrees.  Returns its state."""
    if not may(role, "approve") or by == row.author:
        raise Rejected("broadcast_approver")
    if not broadcasts.change(tx, row.id, ("waiting",), now, state="planned", approver=by):
        raise Rejected("broadcast_changed")
    return _arm(tx, row.id, row.planned_at, now)


def _arm(tx: Tx, broadcast_id: int, when: datetime, now: datetime) -> str:
    row = broadcasts.get(tx, broadcast_id)
    assert row is not None
    if when <= now:
        _begin(tx, row, now)
        return "sending"
    due.arm(tx, row.office_id, "broadcast", str(row.id), when)
    return "planned"


def begin(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """Its time has come."""
    planned = broadcasts.hold(tx, int(row.subject))
    if planned is None or planned.state != "planned":
        return Dropped("no longer planned")
    _begin(tx, planned, now)
    return None


def _begin(tx: Tx, row: Any, now: datetime) -> None:
    until = recipients.last_person(tx)
    started = {"state": "sending", "started_at": now, "until": until, "cursor": 0}
    if broadcasts.change(tx, row.id, ("planned",), now, **started) and row.every:
        _repeat(tx, row, now)


def _repeat(tx: Tx, row: Any, now: datetime) -> None:
    """Plan the next of a series: a broadcast of its own, with its own people and effect."""
    following = row.planned_at
    while following <= now:
        following += EVERY[row.every]
    kept = (
        "office_id title purpose body buttons segment holdout enclosure every author approver"
    ).split()
    values = {name: getattr(row, name) for name in kept}
    values |= dict.fromkeys(("cursor", "until", "size", "held", "tried", "lost", "left"), 0)
    again = broadcasts.create(tx, {
        **values, "seed": row.seed + 1, "state": "planned", "planned_at": following, "reason": "",
        "created_at": now, "updated_at": now,
    })  # fmt: skip
    due.arm(tx, row.office_id, "broadcast", str(again), following)


def pause(tx: Tx, row: Any, now: datetime, reason: str = "") -> None:
    """Stop for now: what did not go out yet waits again."""
    if not broadcasts.change(tx, row.id, ("sending",), now, state="paused", reason=reason):
        raise Rejected("broadcast_changed")
    recipients.take_back(tx, row.id, "waiting", now)


def resume(tx: Tx, row: Any, now: datetime) -> None:
    """Go on where it stopped; failures and opt-outs are counted from here."""
    seen = look(tx, row.id)
    if not broadcasts.change(
        tx, row.id, ("paused",), now, state="sending", reason="", **seen._asdict()
    ):
        raise Rejected("broadcast_changed")


def cancel(tx: Tx, row: Any, now: datetime) -> None:
    """Stop for good; a draft or a planned one just ends."""
    before = ("draft", "waiting", "planned", "sending", "paused")
    if not broadcasts.change(tx, row.id, before, now, state="cancelled", ended_at=now):
        raise Rejected("broadcast_changed")
    recipients.take_back(tx, row.id, "dropped", now)


def back(tx: Tx, row: Any, now: datetime) -> None:
    """A waiting or planned one becomes a draft again."""
    if not broadcasts.change(tx, row.id, ("waiting", "planned"), now, state="draft", approver=""):
        raise Rejected("broadcast_changed")


def look(tx: Tx, broadcast_id: int) -> Totals:
    """How its messages fared so far."""
    fates = broadcasts.fates(tx, broadcast_id)
    ended = dict.fromkeys(("sent", "dropped", "failed"), 0)
    for (state, _), number in fates.items():
        if state in ended:
            ended[state] += number
    lost = ended["dropped"] + ended["failed"]
    return Totals(ended["sent"] + lost, lost, broadcasts.opted_out(tx, broadcast_id))
