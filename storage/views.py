"""Who looked at which of a citizen's files, and when: every look, for ever."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import STAFF, VIEWS

_V = VIEWS.c


def record(
    tx: Tx, *, office_id: str, staff_id: int, attachment_id: str, ticket_id: int, now: datetime
) -> None:
    """Somebody is shown a file."""
    seen = sa.insert(VIEWS).values(
        office_id=office_id, staff_id=staff_id, attachment_id=attachment_id,
        ticket_id=ticket_id, at=now,
    )  # fmt: skip
    tx.execute(seen)


def of_ticket(tx: Tx, ticket_id: int) -> list[Any]:
    """The looks at a ticket's files, with the `login` of who looked, oldest first."""
    wanted = (
        sa.select(VIEWS, STAFF.c.login)
        .join(STAFF, STAFF.c.id == _V.staff_id)
        .where(_V.ticket_id == ticket_id)
        .order_by(_V.id)
    )
    return list(tx.execute(wanted))


def last(tx: Tx, ticket_id: int, staff_id: int, attachment_id: str) -> datetime | None:
    """When somebody looked at a file last."""
    wanted = sa.select(sa.func.max(_V.at)).where(
        _V.ticket_id == ticket_id, _V.staff_id == staff_id, _V.attachment_id == attachment_id
    )
    at: datetime | None = tx.execute(wanted).scalar()
    return at
