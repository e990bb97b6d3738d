"""A backup was put back: what had been erased since it was made is erased again.

Only what this database does not know to be erased: whoever came back after an erasure has said
something new, and that stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import audit
from handlers.erasure import close
from storage import erasure, forgotten, privacy
from storage.db import Tx

CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure, as it is noted outside of the database: ids and times, nothing of anybody.

    kind, subject, since  see storage.tables.Forgotten
    """

    office: str
    kind: str
    subject: int
    since: datetime
    at: datetime


def again(tx: Tx, entries: Sequence[Erased], now: datetime) -> int:
    """Erase what of these came back; returns how many did."""
    count = 0
    erasure.overwriting(tx, True)
    for each in entries:
        new = forgotten.keep(
            tx, each.office, each.kind, each.subject, each.since, each.at, noted=True
        )
        row = forgotten.find(tx, each.kind, each.subject, each.since) if new else None
        if row is not None:
            _erase(tx, each.kind, row, now)
            count += 1
    erasure.overwriting(tx, False)
    return count


def _erase(tx: Tx, kind: str, row: Any, now: datetime) -> None:
    match kind:
        case "ticket":
            close(tx, row, CLOCK, now)
            erasure.tickets(tx, [row.id])
            audit.record(tx, row.office_id, CLOCK, "data.erased", row.number, now)
        case "talk":
            erasure.loose_files(tx, row.id)
            erasure.talk(tx, row.id, row.channel, row.address)
            privacy.over(tx, row.id, CLOCK, now)
        case "chat":
            erasure.chat(tx, row, now)
