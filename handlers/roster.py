"""The staff of an office, as those who lead it see and change them.

Nobody changes their own account here: so no office loses its last administrator by a slip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import audit, second_factor
from handlers import staff as accounts
from handlers.desk import Sight, When
from handlers.errors import Rejected
from handlers.rights import ROLES, manages
from storage import factors, staff
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Member:
    """One account; `mine`: may be changed by whoever looks; `section`: that a kasi leads."""

    login: str
    name: str
    role: str
    active: bool
    me: bool
    mine: bool
    factor: bool
    browsers: int
    last: When | None
    section: str


def show(tx: Tx, sight: Sight, idle: timedelta, longest: timedelta) -> list[Member]:
    """Everybody at this office, those who are locked out last."""
    office, now = sight.officer.office_id, sight.now
    secured = factors.owners(tx, office)
    open_in = staff.open_sessions(tx, office, now - idle, now - longest)
    rows = sorted(staff.everyone(tx, office), key=lambda row: row.disabled_at is not None)
    return [
        Member(
            login=row.login, name=row.name, role=row.role, active=row.disabled_at is None,
            me=row.login == sight.officer.login, mine=_decides(sight, row),
            factor=row.id in secured, browsers=open_in.get(row.id, 0),
            last=sight.when(row.signed_in_at) if row.signed_in_at else None,
            section=row.section,
        )
        for row in rows
    ]  # fmt: skip


def grantable(role: str) -> Sequence[str]:
    """The roles that somebody of this role may give."""
    return [each for each in ROLES if manages(role, each)]


def invite(tx: Tx, sight: Sight, role: str, secret: str) -> datetime:
    """Let whoever holds the secret become staff once; returns until when.

    Raises Rejected: forbidden.
    """
    officer = sight.officer
    if not manages(officer.role, role):
        raise Rejected("forbidden")
    return accounts.make_invite(tx, officer.office_id, role, secret, sight.now, by=officer.login)


def change_role(tx: Tx, sight: Sight, login: str, was: str, role: str) -> None:
    """Another role from the next click on; their browsers stay signed in.

    A role that needs a second factor is asked for it at the next sign-in: so they are signed out.
    Raises Rejected: unknown, forbidden, stale (somebody was quicker).
    """
    row = _theirs(tx, sight, login)
    if not manages(sight.officer.role, role):
        raise Rejected("forbidden")
    if row.role != was or not staff.change_role(tx, login, was, role):
        raise Rejected("stale")
    if role in accounts.NEEDS_FACTOR:
        staff.end_sessions(tx, row.id)
    audit.record(
        tx, row.office_id, sight.officer.login, "staff.role", login, sight.now, was=was, role=role
    )


def change_section(tx: Tx, sight: Sight, login: str, was: str, section: str) -> None:
    """The section that a head of section leads from now on; "" for none.

    Raises Rejected: unknown (also a section that the office has not), forbidden, stale.
    """
    row = _theirs(tx, sight, login)
    if section and sight.office.section(section) is None:
        raise Rejected("unknown")
    if row.role != "kasi" or not staff.change_section(tx, login, was, section):
        raise Rejected("stale")
    by = sight.officer.login
    audit.record(tx, row.office_id, by, "staff.section", login, sight.now, was=was, section=section)


def disable(tx: Tx, sight: Sight, login: str) -> None:
    """Out at once, in every browser.  Raises Rejected: unknown, forbidden, stale."""
    if _theirs(tx, sight, login).disabled_at is not None:
        raise Rejected("stale")
    accounts.disable(tx, login, sight.now, by=sight.officer.login)


def enable(tx: Tx, sight: Sight, login: str) -> None:
    """In again, with the password of before.  Raises Rejected: unknown, forbidden, stale."""
    row = _theirs(tx, sight, login)
    if not staff.enable(tx, login):
        raise Rejected("stale")
    by = sight.officer.login
    audit.record(tx, row.office_id, by, "staff.enabled", login, sight.now)


def sign_out(tx: Tx, sight: Sight, login: str) -> None:
    """Every browser of theirs is signed out.  Raises Rejected: unknown, forbidden."""
    row = _theirs(tx, sight, login)
    staff.end_sessions(tx, row.id)
    by = sight.officer.login
    audit.record(tx, row.office_id, by, "staff.signed_out", login, sight.now)


def reset_factor(tx: Tx, sight: Sight, login: str) -> None:
    """Phone and papers are lost: the password alone again.  Raises Rejected: unknown, forbidden."""
    _theirs(tx, sight, login)
    second_factor.reset(tx, login, sight.now, by=sight.officer.login)


def _theirs(tx: Tx, sight: Sight, login: str) -> Any:
    """An account of this office that the officer decides about."""
    row = staff.by_login(tx, login)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    if not _decides(sight, row):
        raise Rejected("forbidden")
    return row


def _decides(sight: Sight, row: Any) -> bool:
    return row.login != sight.officer.login and manages(sight.officer.role, row.role)
