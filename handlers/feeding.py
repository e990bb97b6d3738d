"""From a broadcast's people to the outbox, a few seconds ahead, and the watch over it.

Each part is one short transaction that begins with the broadcast locked and still sending: a
pause, a cancel, or an opt-out counts from the moment it is committed.
"""

from datetime import datetime
from typing import Any

from handlers import alerts
from handlers import broadcasts as texts
from handlers.dispatch import Totals, pause
from handlers.estimates import wanted
from handlers.manners import MONTH
from handlers.offices import House
from storage import broadcasts, outbox, recipients
from storage.db import Tx
from storage.faults import point
from storage.recipients import Turn


def search(
    tx: Tx, house: House, broadcast_id: int, now: datetime, part: int = recipients.PART
) -> bool:
    """Look at the next part of all people; False when all have been looked at."""
    row = broadcasts.hold(tx, broadcast_id)
    if row is None or row.state != "sending" or row.cursor >= row.until:
        return False
    until = min(row.cursor + part, row.until)
    asked = wanted(house, row, now)
    size, held = recipients.find(tx, row.id, asked, row.cursor, until)
    broadcasts.change(
        tx, row.id, ("sending",), now, cursor=until, size=row.size + size, held=row.held + held
    )
    point("broadcast.searched")
    return bool(until < row.until)


def feed(tx: Tx, house: House, broadcast_id: int, channel: str, most: int, now: datetime) -> int:
    """Give the outbox the next messages of one channel; returns how many turns were taken."""
    row = broadcasts.hold(tx, broadcast_id)
    if row is None or row.state != "sending":
        return 0
    if asleep(house, row, now):
        return 0
    office = house.office(row.office_id)
    waiting = recipients.following(tx, row.id, channel, now - MONTH, most)
    turns = [_turn(house, row, each) for each in waiting]
    for each, turn in zip(waiting, turns, strict=True):
        if turn.state == "promised":
            payload = texts.message(house, office, row, each.name).payload()
            outbox.put(
                tx, office_id=row.office_id, channel=channel, address=each.address,
                payloads=[payload], now=now, priority=outbox.BROADCAST, broadcast_id=row.id,
            )  # fmt: skip
    recipients.settle(tx, row.id, turns, now)
    point("broadcast.fed")
    return len(turns)


def asleep(house: House, row: Any, now: datetime) -> bool:
    """Whether it is night where the broadcast's people live."""
    return house.timing.awake(now, house.office(row.office_id).calendar.zone) > now


def _turn(house: House, row: Any, person: Any) -> Turn:
    """What their turn comes to, as things stand now; the held out are looked at like the rest."""
    why = ""
    if person.left_at is not None:
        why = "left"
    elif person.optin == "out" or (row.purpose == "news" and person.optin != "in"):
        why = "opted_out"
    elif row.purpose == "news" and person.told >= house.manners.per_month:
        why = "enough"
    if why:
        return Turn(person.person_id, "dropped", why)
    return Turn(person.person_id, "held" if person.held else "promised")


def finish(tx: Tx, broadcast_id: int, now: datetime) -> bool:
    """End a broadcast whose people all had their turn; False while there is more to do."""
    row = broadcasts.hold(tx, broadcast_id)
    if row is None or row.state != "sending" or row.cursor < row.until:
        return False
    if recipients.any_waiting(tx, row.id):
        return False
    return broadcasts.change(tx, row.id, ("sending",), now, state="done", ended_at=now)


# --- the watch --------------------------------------------------------------------------


def trouble(house: House, row: Any, seen: Totals) -> str:
    """Why it should be paused: "failures", "opt_outs", or "" if all is well."""
    tried = seen.tried - row.tried
    if tried < house.manners.judged:
        return ""
    if (seen.lost - row.lost) * 100 > house.manners.lost * tried:
        return "failures"
    if (seen.left - row.left) * 100 > house.manners.left * tried:
        return "opt_outs"
    return ""


def watch(tx: Tx, house: House, broadcast_id: int, seen: Totals, now: datetime) -> str:
    """Pause what goes wrong, and tell the office; else remember what was seen."""
    row = broadcasts.hold(tx, broadcast_id)
    if row is None or row.state != "sending":
        return ""
    reason = trouble(house, row, seen)
    if reason:
        pause(tx, row, now, reason)
        alerts.broadcast_paused(tx, house, house.office(row.office_id), row, reason, now)
    elif seen.tried - row.tried >= house.manners.judged:
        broadcasts.change(tx, row.id, ("sending",), now, **seen._asdict())
    return reason
