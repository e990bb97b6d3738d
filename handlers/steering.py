"""What staff do with a broadcast that is written: allowed, done, and put on record at once."""

from collections.abc import Mapping
from datetime import datetime

from handlers import audit, dispatch
from handlers.broadcasts import of_office
from handlers.errors import Rejected
from handlers.offices import House
from handlers.rights import may
from storage.db import Tx

DEEDS: Mapping[str, str] = {
    "plan": "planned", "approve": "approved", "pause": "paused", "resume": "resumed",
    "cancel": "cancelled", "back": "recalled",
}  # fmt: skip
"""Every deed, and how the audit log calls it."""


def steer(
    tx: Tx,
    house: House,
    office_id: str,
    broadcast_id: int,
    deed: str,
    by: str,
    role: str,
    now: datetime,
    at: datetime | None = None,
) -> str:
    """Do it as that person; returns the state it leads to.

    at  for "plan": when it is to begin; None: now
    Raises Rejected: not_found, broadcast_role, broadcast_approver, broadcast_nobody, or
    broadcast_changed when its state is no longer one from which that can be done.
    """
    row = of_office(tx, office_id, broadcast_id, lock=True)
    if not may(role, "send"):
        raise Rejected("broadcast_role")
    state = ""
    match deed:
        case "plan":
            state = dispatch.plan(tx, house, row, role, at, now)
        case "approve":
            state = dispatch.approve(tx, row, by, role, now)
        case "pause":
            dispatch.pause(tx, row, now)
        case "resume":
            dispatch.resume(tx, row, now)
        case "cancel":
            dispatch.cancel(tx, row, now)
        case "back":
            dispatch.back(tx, row, now)
        case _:
            raise Rejected("not_found")
    audit.record(tx, office_id, by, f"broadcast.{DEEDS[deed]}", str(broadcast_id), now)
    return state or {"pause": "paused", "resume": "sending", "back": "draft"}.get(deed, "cancelled")
