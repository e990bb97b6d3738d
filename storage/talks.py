"""Chats held by officers, and what was said in them.

One holder a chat by UNIQUE; who holds it changes by compare-and-set.  The chat's own row names
its talk (`conversations.talk_id`), so that turns of all other chats ask nothing more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import ATTACHMENTS, CONVERSATIONS, QUESTIONS, TALK_WORDS, TALKS, TICKETS

_T = TALKS.c
_W = TALK_WORDS.c
_C = CONVERSATIONS.c
_Q = QUESTIONS.c
_HELD = _T.ended_at.is_(None)
_OPEN = sa.text(
    "INSERT INTO talks (office_id, conversation_id, ticket_id, officer, waits_for, waits_since,"
    " opened_at, ended_by)"
    " VALUES (:office_id, :conversation_id, :ticket_id, :officer, 'citizen', :at, :at, '')"
    " ON CONFLICT (conversation_id) WHERE ended_at IS NULL DO NOTHING RETURNING id"
).bindparams(sa.bindparam("at", type_=_T.opened_at.type))


def begin(
    tx: Tx, office_id: str, conversation_id: int, ticket_id: int | None, officer: str, now: datetime
) -> int | None:
    """The officer holds that chat; None when somebody does already."""
    values = {
        "office_id": office_id, "conversation_id": conversation_id, "ticket_id": ticket_id,
        "officer": officer, "at": now,
    }  # fmt: skip
    row = tx.execute(_OPEN, values).first()
    if row is None:
        return None
    held = sa.update(CONVERSATIONS).where(_C.id == conversation_id).values(talk_id=row.id)
    tx.execute(held)
    return int(row.id)


def look(tx: Tx, talk_id: int) -> Any | None:
    """A talk, over or not, with the number of its ticket."""
    wanted = sa.select(TALKS, TICKETS.c.number).outerjoin(TICKETS, TICKETS.c.id == _T.ticket_id)
    return tx.execute(wanted.where(_T.id == talk_id)).first()


def of_chat(tx: Tx, conversation_id: int) -> Any | None:
    """The talk in which that chat is held."""
    return tx.execute(sa.select(TALKS).where(_T.conversation_id == conversation_id, _HELD)).first()


def hand(tx: Tx, talk_id: int, was: str, officer: str) -> bool:
    """Another officer holds the chat, if `was` still did; False when somebody was quicker."""
    given = sa.update(TALKS).where(_T.id == talk_id, _T.officer == was, _HELD)
    return tx.execute(given.values(officer=officer)).rowcount == 1


def end(tx: Tx, talk: Any, by: str, now: datetime) -> bool:
    """The chat is the bot's again; False when the talk was over before."""
    over = sa.update(TALKS).where(_T.id == talk.id, _HELD).values(ended_at=now, ended_by=by)
    if tx.execute(over).rowcount != 1:
        return False
    free = sa.update(CONVERSATIONS).where(_C.id == talk.conversation_id, _C.talk_id == talk.id)
    tx.execute(free.values(talk_id=None))
    return True


def say(
    tx: Tx, talk: Any, author: str, kind: str, text: str, now: datetime, attachment: str = ""
) -> None:
    """Keep what was said; the other side comes next, since now or since it was silent before."""
    word = sa.insert(TALK_WORDS).values(
        office_id=talk.office_id, talk_id=talk.id, conversation_id=talk.conversation_id, at=now,
        author=author, kind=kind, text=text, attachment_id=attachment,
    )  # fmt: skip
    tx.execute(word)
    turned = sa.update(TALKS).where(_T.id == talk.id)
    if author == "citizen":
        turned = turned.where(_T.waits_for == "citizen").values(waits_for="officer")
    else:
        turned = turned.values(waits_for="citizen")
    tx.execute(turned.values(waits_since=now))


def unanswered(tx: Tx, talk: Any) -> list[Any]:
    """What the citizen said last, after the officer's last word."""
    of_talk = _W.talk_id == talk.id
    said = sa.select(sa.func.max(_W.id)).where(of_talk, _W.author != "citizen").scalar_subquery()
    wanted = sa.select(TALK_WORDS).where(of_talk, _W.id > sa.func.coalesce(said, 0))
    return list(tx.execute(wanted.order_by(_W.id)))


def words(tx: Tx, office_id: str, conversation_ids: Sequence[int], most: int = 200) -> list[Any]:
    """What was said between an office and these chats, the last of it, oldest first."""
    wanted = sa.select(TALK_WORDS).where(
        _W.conversation_id.in_(conversation_ids), _W.office_id == office_id
    )
    return list(tx.execute(wanted.order_by(_W.id.desc()).limit(most)))[::-1]


def asked(tx: Tx, office_id: str, conversation_ids: Sequence[int], most: int = 50) -> list[Any]:
    """The questions of these chats to an office, with their answers, oldest first."""
    wanted = sa.select(QUESTIONS).where(
        _Q.conversation_id.in_(conversation_ids), _Q.office_id == office_id
    )
    return list(tx.execute(wanted.order_by(_Q.id.desc()).limit(most)))[::-1]


def open_at(tx: Tx, office_id: str, most: int = 50) -> list[Any]:
    """The talks that go on at an office, the one that waits longest first."""
    wanted = (
        sa.select(TALKS, TICKETS.c.number, TICKETS.c.service)
        .outerjoin(TICKETS, TICKETS.c.id == _T.ticket_id)
        .where(_T.office_id == office_id, _HELD)
    )
    officer_first = _T.waits_for.desc()
    return list(tx.execute(wanted.order_by(officer_first, _T.waits_since, _T.id).limit(most)))


def chats_of(tx: Tx, person_id: int) -> list[Any]:
    """A person's chats, not locked, for showing them."""
    wanted = sa.select(_C.id, _C.channel, _C.talk_id, _C.seen_at).where(_C.person_id == person_id)
    return list(tx.execute(wanted.order_by(_C.id)))


def chat(tx: Tx, conversation_id: int) -> Any:
    """One chat, not locked."""
    wanted = sa.select(_C.id, _C.channel, _C.person_id).where(_C.id == conversation_id)
    return tx.execute(wanted).one()


def file_states(tx: Tx, files: Sequence[str]) -> dict[str, Any]:
    """What became of these files: their state and kind, by id."""
    kept = ATTACHMENTS.c
    wanted = sa.select(kept.id, kept.state, kept.kind, kept.media_type).where(kept.id.in_(files))
    return {row.id: row for row in tx.execute(wanted)} if files else {}


def file(tx: Tx, office_id: str, attachment: str) -> Any | None:
    """A stored file that was said in a talk with that office, with the talk's ticket."""
    wanted = (
        sa.select(ATTACHMENTS, _T.ticket_id.label("about"), TICKETS.c.number)
        .join(TALK_WORDS, _W.attachment_id == ATTACHMENTS.c.id)
        .join(TALKS, _T.id == _W.talk_id)
        .outerjoin(TICKETS, TICKETS.c.id == _T.ticket_id)
        .where(
            ATTACHMENTS.c.id == attachment,
            ATTACHMENTS.c.state == "stored",
            _W.office_id == office_id,
        )
    )
    return tx.execute(wanted).first()
