"""What became of sent messages: each row settled, staff told of what cannot be delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import alerts
from handlers.offices import House
from storage import conversations, outbox
from storage.db import Tx


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


def settle(tx: Tx, house: House, verdicts: Sequence[Settled], now: datetime) -> None:
    """Write down what became of claimed rows."""
    for each in verdicts:
        outbox.settle(
            tx, each.row.id, each.state, now, attempts=each.attempts, error=each.error[:500],
            external_id=each.external_id, due_at=each.due_at,
        )  # fmt: skip
        if each.left:
            conversations.leave(tx, each.row.channel, each.row.address, now)
        office = house.office(each.row.office_id)
        if each.state == "failed" and not each.left and each.row.address != office.staff_chat:
            alerts.undelivered(tx, house, office, now)
