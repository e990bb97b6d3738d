"""Who may sit at the desk: invited once, signed in with a password, out at once when disabled.

Hashing a password takes a good part of a second on purpose, so `hashed` and `matches`
run outside any transaction: find -> matches (in a thread) -> sign_in.  Secrets and salts
come in from the edge; only their hashes are kept.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from flows.cleaning import clean
from handlers import audit
from handlers.errors import Rejected
from handlers.rights import ROLES
from storage import factors, staff, staff_doors
from storage.db import Tx

NEEDS_FACTOR = ("admin", "head")
"""The roles that cannot do without a second factor."""
HALF_LIFE = timedelta(minutes=15)
"""How long after the password the second factor is waited for."""
INVITE_LIFE = timedelta(hours=24)
SHORTEST, LONGEST = 10, 200
"""Characters of a password."""

UPWARDS = "01234567890123456789"

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_ARGON2ID = PasswordHasher()
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA"
    "$Y1lAwWH/Mi/f2QbNU3z64fmQUbfn0JfZSdc4pbh45dA"
)
"""Checked in place of the hash of a login that nobody has, so that both take equally long."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody signed in.  `csrf` is what their forms must carry; `section` what a kasi leads."""

    office_id: str
    login: str
    name: str
    role: str
    csrf: str
    seen_at: datetime
    section: str = ""


def digest(secret: str) -> str:
    """The form in which a cookie or link is kept."""
    return sha256(secret.encode()).hexdigest()


# --- passwords: slow, without a transaction -------------------------------------------


def hashed(password: str, login: str, salt: bytes) -> str:
    """The form in which a new password is kept.  Raises Rejected."""
    password, login = unicodedata.normalize("NFC", password), read_login(login)
    if len(password) < SHORTEST:
        raise Rejected("password_short")
    if len(password) > LONGEST:
        raise Rejected("password_long")
    named = login != "" and login in password.casefold()
    if named or len(set(password)) < 5 or _counts(password):
        raise Rejected("password_easy")
    return _ARGON2ID.hash(password, salt=salt)


def _counts(password: str) -> bool:
    return password in UPWARDS or password in UPWARDS[::-1]


def matches(account: Any | None, password: str) -> bool:
    """Whether this is the account's password; takes as long when there is no such account."""
    kept = account.password_hash if account is not None else NOBODY
    try:
        _ARGON2ID.verify(kept, unicodedata.normalize("NFC", password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return False
    return account is not None


# --- accounts -------------------------------------------------------------------------


def add(
    tx: Tx,
    office_id: str,
    login: str,
    name: str,
    role: str,
    password_hash: str,
    now: datetime,
    *,
    invite: str = "",
) -> None:
    """A new member of staff, made on the server or by an invitation.

    Raises Rejected: login_form, login_taken, name_empty, role_unknown.
    """
    login, name = read_login(login), clean(name)
    if not _LOGIN.fullmatch(login):
        raise Rejected("login_form")
    if not name or len(name) > 60:
        raise Rejected("name_empty")
    if role not in ROLES:
        raise Rejected("role_unknown")
    added = staff.add(
        tx, office_id=office_id, login=login, name=name, role=role, password_hash=password_hash,
        now=now,
    )  # fmt: skip
    if not added:
        raise Rejected("login_taken")
    by = login if invite else audit.CONSOLE
    audit.record(tx, office_id, by, "staff.added", login, now, role=role, invite=invite)


def read_login(typed: str) -> str:
    """A login as it is kept: phones like to begin with a capital and end with a space."""
    return clean(typed).casefold()


def everyone(tx: Tx, office_id: str = "") -> list[Any]:
    """The staff of an office, or of all."""
    return staff.everyone(tx, office_id)


def disable(tx: Tx, login: str, now: datetime, by: str = audit.CONSOLE) -> None:
    """Close an account at once, with its sessions and linked chats.  Raises Rejected: unknown."""
    gone = staff.disable(tx, read_login(login), now)
    if gone is None:
        raise Rejected("unknown")
    staff.end_sessions(tx, gone.id)
    staff_doors.unlink(tx, gone.id)
    audit.record(tx, gone.office_id, by, "staff.disabled", gone.login, now)


def change_password(
    tx: Tx, login: str, password_hash: str, now: datetime, by: str = audit.CONSOLE
) -> None:
    """Another password; whoever knew the old one is signed out.  Raises Rejected: unknown."""
    changed = staff.change_password(tx, read_login(login), password_hash)
    if changed is None:
        raise Rejected("unknown")
    staff.end_sessions(tx, changed.id)
    audit.record(tx, changed.office_id, by, "staff.password", changed.login, now)


# --- invitations ----------------------------------------------------------------------


def make_invite(
    tx: Tx, office_id: str, role: str, secret: str, now: datetime, by: str = audit.CONSOLE
) -> datetime:
    """Let whoever holds the secret become staff once; returns until when.  Raises Rejected."""
    if role not in ROLES:
        raise Rejected("role_unknown")
    staff.invite(tx, digest(secret), office_id, role, now + INVITE_LIFE)
    audit.record(tx, office_id, by, "staff.invited", _invite_name(digest(secret)), now, role=role)
    return now + INVITE_LIFE


def _invite_name(kept: str) -> str:
    """What an invitation is called in the audit log: the beginning of its hash."""
    return f"invite:{kept[:12]}"


def find_invite(tx: Tx, secret: str, now: datetime) -> Any | None:
    """The invitation, while it can still be used."""
    return staff.open_invite(tx, digest(secret), now)


def accept_invite(
    tx: Tx, secret: str, login: str, name: str, password_hash: str, now: datetime
) -> None:
    """Use an invitation up and open the account.  Raises Rejected: invite_gone, or as `add`."""
    invited = staff.open_invite(tx, digest(secret), now)
    if invited is None or not staff.use_invite(tx, invited.id, now):
        raise Rejected("invite_gone")
    add(
        tx, invited.office_id, login, name, invited.role, password_hash, now,
        invite=_invite_name(invited.id),
    )  # fmt: skip


# --- signed-in browsers ---------------------------------------------------------------


def find(tx: Tx, login: str) -> Any | None:
    """The account that this login may open, for `matches`."""
    account = staff.by_login(tx, read_login(login))
    return None if account is None or account.disabled_at is not None else account


def sign_in(
    tx: Tx,
    account: Any,
    token: str,
    csrf: str,
    now: datetime,
    agent: str = "",
    demanding: Sequence[str] = NEEDS_FACTOR,
) -> bool:
    """Open a session for a password that matched; False if the account changed meanwhile.

    token      what the browser will show; always a new one, so none can be planted before
    agent      which browser it is
    demanding  roles that come no further without a second factor
    """
    current = find(tx, account.login)
    if current is None or current.password_hash != account.password_hash:
        return False
    factor = factors.find(tx, current.id)
    if factor is not None and factor.secret:
        stage = "code"
    else:
        stage = "setup" if current.role in demanding else "in"
    staff.open_session(tx, digest(token), current.office_id, current.id, csrf, now, stage, agent)
    if stage == "in":
        entered(tx, current, now)
    return True


def entered(tx: Tx, account: Any, now: datetime, by: str = "password") -> None:
    """Somebody is in: write it down, with what they showed last."""
    staff.came(tx, account.id, now)
    audit.record(tx, account.office_id, account.login, "access.in", account.login, now, by=by)


def refuse(tx: Tx, login: str, now: datetime) -> None:
    """Write down that a password was refused; of a login that nobody has, not even the login:
    people type their password there.
    """
    account = staff.by_login(tx, read_login(login))
    if account is None:
        audit.record(tx, audit.NO_OFFICE, "", "access.refused", "", now)
        return
    state = "disabled" if account.disabled_at is not None else "active"
    login = account.login
    audit.record(tx, account.office_id, login, "access.refused", login, now, account=state)


def signed_in(
    tx: Tx, token: str, now: datetime, idle: timedelta, longest: timedelta
) -> Officer | None:
    """Who shows this token; None when it has ended, was idle too long, is too old, or half-way."""
    row = staff.session(tx, digest(token)) if token else None
    if row is None or row.stage != "in":
        return None
    if now >= row.seen_at + idle or now >= row.created_at + longest:
        return None
    return _officer(row)


def halfway(tx: Tx, token: str, now: datetime) -> tuple[Officer, str] | None:
    """Whose password was right while the second factor is missing, and the stage: no page yet."""
    row = staff.session(tx, digest(token)) if token else None
    if row is None or row.stage == "in" or now >= row.created_at + HALF_LIFE:
        return None
    return _officer(row), row.stage


def _officer(row: Any) -> Officer:
    return Officer(row.office_id, row.login, row.name, row.role, row.csrf, row.seen_at, row.section)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser in which somebody is signed in; `here`: the one that asks."""

    agent: str
    began: datetime
    seen: datetime
    here: bool


def browsers(
    tx: Tx, officer: Officer, token: str, now: datetime, idle: timedelta, longest: timedelta
) -> list[Browser]:
    """Where this officer is signed in now."""
    account = staff.by_login(tx, officer.login)
    assert account is not None
    return [
        Browser(row.agent, row.created_at, row.seen_at, row.id == digest(token))
        for row in staff.sessions(tx, account.id)
        if now < row.seen_at + idle and now < row.created_at + longest
    ]


def sign_out_others(tx: Tx, officer: Officer, token: str, now: datetime) -> None:
    """Only this browser stays signed in."""
    account = staff.by_login(tx, officer.login)
    assert account is not None
    staff.end_other_sessions(tx, account.id, digest(token))
    login = officer.login
    audit.record(tx, officer.office_id, login, "access.others_out", login, now)


def clicked(tx: Tx, token: str, now: datetime) -> None:
    """The officer did something: the idle time begins anew."""
    staff.seen(tx, digest(token), now)


def sign_out(tx: Tx, token: str) -> None:
    """End the session of this token, if there is one."""
    staff.end_session(tx, digest(token))
