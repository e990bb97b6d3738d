"""One person, several chats: which one to write to, and how two of them become one person's.

A phone that the platform vouches for joins chats by itself: WhatsApp and SMS know it, on
Telegram people can share it.  Otherwise a short code does: asked for in one chat, written in
the other within a quarter of an hour.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from handlers.errors import Rejected
from handlers.sessions import decode
from storage import conversations, links
from storage.db import Tx

LIFE = timedelta(minutes=15)
"""How long a code is valid."""
DIGITS = 8
MOST_TRIES = 5
"""Wrong codes that one chat may write within an hour: ten thousand guesses take weeks."""
QUIET = "web"
"""A chat page does not ring: it is written to only when a person has nothing else."""
DESK = "desk"
"""The channel of people at the counter: nobody reads there once they have gone home."""


def used_last(tx: Tx, person_id: int, asked_for: str = "") -> Any:
    """The chat to write to: of those that ring and did not leave us, the one used last.

    asked_for  number of a ticket: rather the chat in which its documents are awaited
    """
    chats = conversations.of_person(tx, person_id)
    return min(
        chats,
        key=lambda chat: (
            chat.left_at is not None,
            chat.channel == DESK,
            chat.channel == QUIET,
            bool(asked_for) and asked_for not in decode(chat.session).states,
        ),
    )


def other(tx: Tx, chat: Any) -> tuple[str, str] | None:
    """Channel and address of another chat of the same person that rings; None without one."""
    silent = (DESK,) if chat.channel == DESK else (DESK, QUIET)
    for each in conversations.of_person(tx, chat.person_id):
        if each.id != chat.id and each.left_at is None and each.channel not in silent:
            return each.channel, each.address
    return None


def phone(channel: str, address: str) -> str:
    """The verified phone of a chat, as +62…; empty where the platform does not say."""
    return address if channel in ("whatsapp", "sms") else ""


def offer_code(tx: Tx, chat: Any, code: str, now: datetime, life: timedelta = LIFE) -> None:
    """Let whoever writes this code join their chat with this one."""
    links.offer(
        tx, kept(code), office_id=chat.office_id, conversation_id=chat.id, expires_at=now + life
    )


def use_code(tx: Tx, chat: Any, code: str, now: datetime) -> Any:
    """Join this chat with the one that the code was given to; returns that chat.

    Raises Rejected: link_wait (too many wrong codes), link_wrong (unknown, used or too old),
    link_same (given in this very chat).
    """
    may_try(tx, chat, now)
    found = links.use(tx, kept(code), now)
    if found is None:
        links.failed(tx, chat.office_id, chat.id, now)
        raise Rejected("link_wrong")
    if found == chat.id:
        raise Rejected("link_same")
    given = conversations.get(tx, found)
    conversations.join(tx, chat.person_id, into=given.person_id)
    return given


def may_try(tx: Tx, chat: Any, now: datetime) -> None:
    """Whether this chat may write another code.  Raises Rejected: link_wait."""
    if links.tries(tx, chat.id, now - timedelta(hours=1)) >= MOST_TRIES:
        raise Rejected("link_wait")


def kept(code: str) -> str:
    """A code as the database knows it."""
    return sha256(f"loket.link:{code}".encode()).hexdigest()
