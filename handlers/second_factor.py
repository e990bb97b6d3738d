"""The second factor of staff: a code from an app, or one on paper when the phone is gone.

Secrets come in sealed and are opened at the edge, so no transaction ever holds one bare:
find -> open and compare (`totp`) -> enter.  A code works once: the last half minute that was
used is remembered, and nothing up to it is taken again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import audit
from handlers.errors import Rejected
from handlers.staff import NEEDS_FACTOR, Officer, digest, entered, read_login
from storage import factors, staff
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Factor:
    """How somebody's second factor stands.

    secret, pending  sealed; the one in use, and one whose first code is awaited; or empty
    papers           recovery codes left
    needed           their role cannot do without
    """

    secret: str
    pending: str
    papers: int
    needed: bool


def find(tx: Tx, officer: Officer, demanding: Sequence[str] = NEEDS_FACTOR) -> Factor:
    """The second factor of an officer; roles in `demanding` cannot do without."""
    account = _account(tx, officer)
    row = factors.find(tx, account.id)
    papers = factors.papers_left(tx, account.id)
    needed = account.role in demanding
    return Factor(row.secret if row else "", row.pending if row else "", papers, needed)


def begin(tx: Tx, officer: Officer, sealed: str) -> None:
    """Keep a new secret until it is confirmed."""
    account = _account(tx, officer)
    factors.begin(tx, account.office_id, account.id, sealed)


def confirm(
    tx: Tx,
    officer: Officer,
    token: str,
    sealed: str,
    step: int,
    papers: Sequence[str],
    now: datetime,
) -> None:
    """The app shows the right code: from now on it is asked for, and this browser is in.

    Raises Rejected: stale (another secret was begun meanwhile).
    """
    account = _account(tx, officer)
    hashes = [_kept(account.id, paper) for paper in papers]
    if not factors.confirm(tx, account.office_id, account.id, sealed, step, hashes):
        raise Rejected("stale")
    login = account.login
    audit.record(tx, account.office_id, login, "access.factor_set", login, now)
    if staff.let_in(tx, digest(token)):
        entered(tx, account, now, "setup")


def enter(
    tx: Tx, officer: Officer, token: str, sealed: str, step: int | None, paper: str, now: datetime
) -> None:
    """Let a browser in whose password was right, by a code that fitted `sealed`, or by paper.

    Raises Rejected: code_wrong, code_used.
    """
    account = _account(tx, officer)
    row = factors.find(tx, account.id)
    if row is None or row.secret != sealed:
        raise Rejected("code_wrong")
    if step is not None:
        if not factors.use_step(tx, account.id, step):
            raise Rejected("code_used")
    elif not paper or not factors.use_paper(tx, account.id, _kept(account.id, paper), now):
        raise Rejected("code_wrong")
    if staff.let_in(tx, digest(token)):
        entered(tx, account, now, "paper" if step is None else "code")


def refuse(tx: Tx, officer: Officer, now: datetime) -> None:
    """Write down that a code was refused."""
    audit.record(tx, officer.office_id, officer.login, "access.code_refused", officer.login, now)


def drop(tx: Tx, officer: Officer, now: datetime, demanding: Sequence[str] = NEEDS_FACTOR) -> None:
    """Do without from now on.  Raises Rejected: factor_needed."""
    account = _account(tx, officer)
    if account.role in demanding:
        raise Rejected("factor_needed")
    factors.drop(tx, account.id)
    login = account.login
    audit.record(tx, account.office_id, login, "access.factor_dropped", login, now)


def reset(tx: Tx, login: str, now: datetime, by: str = audit.CONSOLE) -> None:
    """The phone and the papers are gone: back to the password alone; signed out everywhere.

    Raises Rejected: unknown.
    """
    account = staff.by_login(tx, read_login(login))
    if account is None:
        raise Rejected("unknown")
    factors.drop(tx, account.id)
    staff.end_sessions(tx, account.id)
    audit.record(tx, account.office_id, by, "staff.factor_reset", account.login, now)


def _account(tx: Tx, officer: Officer) -> Any:
    account = staff.by_login(tx, officer.login)
    assert account is not None
    return account


def _kept(staff_id: int, paper: str) -> str:
    return digest(f"loket.recovery:{staff_id}:{paper}")
