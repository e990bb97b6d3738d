"""A look at a citizen's file: only at their own office, and every look is written down."""

from datetime import timedelta
from typing import Any

from handlers import audit
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.words import say_clock, say_date
from storage import staff, tickets, views
from storage.db import Tx

AGAIN = timedelta(hours=1)
"""A look within this time of the last one is kept, but the audit log is not told again."""


def look(tx: Tx, sight: Sight, attachment: str) -> tuple[Any, str]:
    """A stored file of a ticket of the officer's own office, shown to them now; and when that is.

    Raises Rejected: unknown.
    """
    row = tickets.file(tx, sight.officer.office_id, attachment)
    account = staff.by_login(tx, sight.officer.login)
    if row is None or account is None:
        raise Rejected("unknown")
    seen = views.last(tx, row.ticket_id, account.id, row.id)
    if seen is None or sight.now - seen >= AGAIN:
        audit.record(
            tx, row.office_id, account.login, "document.viewed", row.id, sight.now,
            ticket=row.number,
        )  # fmt: skip
    views.record(
        tx, office_id=row.office_id, staff_id=account.id, attachment_id=row.id,
        ticket_id=row.ticket_id, now=sight.now,
    )  # fmt: skip
    zone = sight.office.calendar.zone
    return row, f"{say_date(sight.now.astimezone(zone).date())} {say_clock(sight.now, zone)}"
