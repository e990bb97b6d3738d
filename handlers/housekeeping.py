"""Work that falls due by itself: what one tick does besides sending and fetching."""

from datetime import datetime, timedelta

from handlers.offices import House
from handlers.promises import next_digest
from storage import attachments, due, outbox, staff
from storage.db import Tx

MOST_FORGOTTEN = 1000
"""Rows in one tick: the writer is wanted elsewhere."""


def recover(tx: Tx, now: datetime) -> None:
    """At the start of the only process: nobody else holds what the last one left in hand."""
    outbox.recover(tx)
    attachments.recover(tx, now)


def arm_digests(tx: Tx, house: House, now: datetime) -> None:
    """Each office has its next morning's overview to come, even if one of them failed."""
    for office in house.offices.values():
        row = due.find(tx, "digest", office.id)
        if row is None or row.state != "waiting":
            due.arm(tx, office.id, "digest", office.id, next_digest(house, office, now))


def tidy(tx: Tx, longest: timedelta, keep: timedelta, now: datetime) -> dict[str, int]:
    """Give back abandoned messages, forget desk sessions and due work that are long over.

    longest  a desk session may last
    keep     finished due work is kept
    """
    return {
        "released": outbox.release(tx, now),
        "sessions": staff.forget_sessions(tx, now - longest),
        "forgotten": due.forget(tx, now - keep, MOST_FORGOTTEN),
    }
