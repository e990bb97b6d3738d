"""The chats of staff: linked by a code that is kept as a hash and used once.

The chat's own row says whose it is as well (`conversations.staff_id`), so that a turn of a
citizen asks nothing more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import CONVERSATIONS, DOOR_CODES, STAFF, STAFF_DOORS

_D = STAFF_DOORS.c
_S = STAFF.c
_C = CONVERSATIONS.c
_WITH_STAFF = (
    sa.select(STAFF_DOORS, _S.login, _S.name, _S.role)
    .join(STAFF, _S.id == _D.staff_id)
    .where(_S.disabled_at.is_(None))
)


def offer(tx: Tx, code: str, office_id: str, staff_id: int, expires_at: datetime) -> None:
    """Keep a new code of somebody; their older ones are void."""
    tx.execute(sa.delete(DOOR_CODES).where(DOOR_CODES.c.staff_id == staff_id))
    values = {"id": code, "office_id": office_id, "staff_id": staff_id, "expires_at": expires_at}
    tx.execute(sa.insert(DOOR_CODES).values(values))


def use(tx: Tx, code: str, now: datetime) -> Any | None:
    """Use a code up; returns the member of staff it was made for, None when it is not valid."""
    kept = DOOR_CODES.c
    used = (
        sa.update(DOOR_CODES)
        .where(kept.id == code, kept.used_at.is_(None), kept.expires_at > now)
        .values(used_at=now)
        .returning(kept.staff_id)
    )
    row = tx.execute(used).first()
    if row is None:
        return None
    member = sa.select(STAFF).where(_S.id == row.staff_id, _S.disabled_at.is_(None))
    return tx.execute(member).first()


def link(tx: Tx, member: Any, channel: str, address: str, now: datetime) -> None:
    """This chat is that member's; whoever had it before, and their other one there, lose it."""
    before = sa.or_(
        sa.and_(_D.channel == channel, _D.address == address),
        sa.and_(_D.channel == channel, _D.staff_id == member.id),
    )
    _drop(tx, before)
    new = sa.insert(STAFF_DOORS).values(
        office_id=member.office_id, staff_id=member.id, channel=channel, address=address,
        linked_at=now,
    )  # fmt: skip
    tx.execute(new)
    here = sa.and_(_C.channel == channel, _C.address == address)
    tx.execute(sa.update(CONVERSATIONS).where(here).values(staff_id=member.id))


def unlink(tx: Tx, staff_id: int, channel: str = "") -> None:
    """That member's chat of a channel, or all of them, are a citizen's again."""
    mine = _D.staff_id == staff_id
    _drop(tx, sa.and_(mine, _D.channel == channel) if channel else mine)
    if not channel:
        tx.execute(sa.delete(DOOR_CODES).where(DOOR_CODES.c.staff_id == staff_id))


def _drop(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    for row in list(tx.execute(sa.select(STAFF_DOORS).where(which))):
        here = sa.and_(_C.channel == row.channel, _C.address == row.address)
        tx.execute(sa.update(CONVERSATIONS).where(here).values(staff_id=None))
    tx.execute(sa.delete(STAFF_DOORS).where(which))


def at(tx: Tx, channel: str, address: str) -> Any | None:
    """The door at this address with its member's login, name and role; None when nobody's."""
    wanted = _WITH_STAFF.where(_D.channel == channel, _D.address == address)
    return tx.execute(wanted).first()


def of_office(tx: Tx, office_id: str, logins: Sequence[str] = ()) -> list[Any]:
    """The doors of an office's staff, or of those with these logins."""
    wanted = _WITH_STAFF.where(_D.office_id == office_id).order_by(_S.login, _D.channel)
    return list(tx.execute(wanted.where(_S.login.in_(logins)) if logins else wanted))


def of(tx: Tx, staff_id: int) -> list[Any]:
    """One member's doors."""
    return list(tx.execute(_WITH_STAFF.where(_D.staff_id == staff_id).order_by(_D.channel)))
