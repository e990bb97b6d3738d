"""A look at a citizen's file: only by the office it was sent to, and every look is written down.

It is written down at the office of whoever looks: a file's own office is only that of its seal,
and may be another when a request moved on from there.
"""

from datetime import timedelta
from typing import Any

from handlers import audit
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.words import say_clock, say_date
from storage import questions, staff, talks, tickets, views
from storage.db import Tx

AGAIN = timedelta(hours=1)
"""A look within this time of the last one is kept, but the audit log is not told again."""


def look(tx: Tx, sight: Sight, attachment: str) -> tuple[Any, str]:
    """A stored file of a ticket of the officer's own office, shown to them now; and when that is.

    Raises Rejected: unknown.
    """
    row = tickets.file(tx, sight.officer.office_id, attachment)
    if row is None:
        raise Rejected("unknown")
    return row, _seen(tx, sight, row, row.ticket_id)


def said(tx: Tx, sight: Sight, attachment: str) -> tuple[Any, str]:
    """The same for a file that was sent in a talk of the officer's own office, or with a question.

    Raises Rejected: unknown.
    """
    office = sight.officer.office_id
    row = talks.file(tx, office, attachment)
    if row is not None:
        return row, _seen(tx, sight, row, row.about)
    row = questions.file(tx, office, attachment)
    if row is None:
        raise Rejected("unknown")
    return row, _seen(tx, sight, row, row.about)


def _seen(tx: Tx, sight: Sight, row: Any, ticket: int | None) -> str:
    """Write the look down, and say when it is.

    ticket  what the file is about; a talk or a question may be about none, and then the looks
            are in the log alone
    """
    office, account = sight.officer.office_id, staff.by_login(tx, sight.officer.login)
    if account is None:
        raise Rejected("unknown")
    seen = views.last(tx, ticket, account.id, row.id) if ticket is not None else None
    if seen is None or sight.now - seen >= AGAIN:
        about = {"ticket": row.number} if row.number else {}
        audit.record(tx, office, account.login, "document.viewed", row.id, sight.now, **about)
    if ticket is not None:
        views.record(
            tx, office_id=office, staff_id=account.id, attachment_id=row.id,
            ticket_id=ticket, now=sight.now,
        )  # fmt: skip
    zone = sight.office.calendar.zone
    return f"{say_date(sight.now.astimezone(zone).date())} {say_clock(sight.now, zone)}"
