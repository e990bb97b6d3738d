"""Work that falls due by itself: what one tick does besides sending and fetching."""

from datetime import datetime, timedelta

from storage import attachments, outbox, staff
from storage.db import Tx


def recover(tx: Tx, now: datetime) -> None:
    """At the start of the only process: nobody else holds what the last one left in hand."""
    outbox.recover(tx)
    attachments.recover(tx, now)


def tidy(tx: Tx, longest: timedelta, now: datetime) -> dict[str, int]:
    """Give back abandoned messages and forget desk sessions that are over."""
    return {
        "released": outbox.release(tx, now),
        "sessions": staff.forget_sessions(tx, now - longest),
    }
