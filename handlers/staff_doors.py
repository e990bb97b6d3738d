"""The chats in which staff work: linked with a code from their account, gone when they are.

Only chats whose address the platform vouches for: anybody can open another page of the web
chat, and guess once more.  Wrong codes count like those of citizens (`handlers/doors.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from handlers import audit, doors
from handlers.staff import Officer
from storage import staff, staff_doors
from storage.db import Tx

CHANNELS = ("telegram", "whatsapp")
LIFE = timedelta(minutes=10)
"""How long a code is valid."""


@dataclass(frozen=True, slots=True)
class Door:
    """A linked chat, as its owner sees it: not its address, which is a phone number on WhatsApp."""

    channel: str
    linked: datetime


def offer_code(tx: Tx, officer: Officer, code: str, now: datetime) -> None:
    """Let the chat in which this code is written be the officer's; older codes are void."""
    account = staff.by_login(tx, officer.login)
    assert account is not None
    staff_doors.offer(tx, _kept(code), account.office_id, account.id, now + LIFE)


def use_code(tx: Tx, chat: Any, code: str, now: datetime) -> Any | None:
    """Make this chat the one of the member who made the code; None when it is none of theirs.

    Raises Rejected: link_wait (too many wrong codes).
    """
    if chat.channel not in CHANNELS:
        return None
    doors.may_try(tx, chat, now)
    member = staff_doors.use(tx, _kept(code), now)
    if member is not None:
        staff_doors.link(tx, member, chat.channel, chat.address, now)
        login = member.login
        audit.record(tx, member.office_id, login, "access.linked", login, now, channel=chat.channel)
    return member


def mine(tx: Tx, officer: Officer) -> list[Door]:
    """The officer's linked chats."""
    account = staff.by_login(tx, officer.login)
    assert account is not None
    return [Door(row.channel, row.linked_at) for row in staff_doors.of(tx, account.id)]


def unlink(tx: Tx, officer: Officer, channel: str, now: datetime) -> None:
    """The officer's chat of that channel is no longer one of the desk."""
    account = staff.by_login(tx, officer.login)
    if account is not None and channel in CHANNELS:
        staff_doors.unlink(tx, account.id, channel)
        login = officer.login
        audit.record(tx, account.office_id, login, "access.unlinked", login, now, channel=channel)


def _kept(code: str) -> str:
    return sha256(f"loket.door:{code}".encode()).hexdigest()
