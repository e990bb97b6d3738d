"""Messages for a human, until an officer has answered them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import ATTACHMENTS, CONVERSATIONS, QUESTIONS, TICKETS

_A = ATTACHMENTS.c
_Q = QUESTIONS.c
ABOUT = _A.remote["question"].as_integer()
"""The question to which a file belongs, if it belongs to one."""
_ASK = Prepared(
    sa.insert(QUESTIONS).returning(_Q.id),
    ["office_id", "conversation_id", "text", "reply", "answered_by", "asked_at"],
)
_ANSWER = Prepared(
    sa.update(QUESTIONS).where(
        _Q.id == sa.bindparam("question"),
        _Q.office_id == sa.bindparam("office"),
        _Q.answered_at.is_(None),
    ),
    ["reply", "answered_by", "answered_at"],
)
_GET = Prepared(sa.select(QUESTIONS).where(_Q.id == sa.bindparam("question")))


def ask(tx: Tx, office_id: str, conversation_id: int, text: str, now: datetime) -> int:
    """Keep a citizen's message for the office's staff; returns its id."""
    row = tx.one(
        _ASK, office_id=office_id, conversation_id=conversation_id, text=text, reply="",
        answered_by="", asked_at=now,
    )  # fmt: skip
    assert row is not None
    return int(row.id)


def add(
    tx: Tx, office_id: str, conversation_id: int, text: str, since: datetime, most: int
) -> Any | None:
    """Add to the newest question of the chat that is open and was asked after `since`.

    text  "" when a photo alone is added
    most  characters of a question to which nothing more is added
    Returns it as it is then; None when there is no such question.
    """
    newest = (
        sa.select(sa.func.max(_Q.id))
        .where(
            _Q.office_id == office_id,
            _Q.conversation_id == conversation_id,
            _Q.answered_at.is_(None),
            _Q.asked_at > since,
        )
        .scalar_subquery()
    )
    grown = (
        sa.update(QUESTIONS)
        .where(_Q.id == newest, _Q.answered_at.is_(None), sa.func.length(_Q.text) < most)
        .values(text=sa.func.ltrim(_Q.text + (f"\n{text}" if text else ""), "\n"))
    )
    return next(iter(tx.execute(grown.returning(QUESTIONS))), None)


def waits(tx: Tx, conversation_id: int) -> bool:
    """Whether an officer has still to answer this chat."""
    mine = sa.and_(_Q.conversation_id == conversation_id, _Q.answered_at.is_(None))
    return tx.execute(sa.select(_Q.id).where(mine).limit(1)).first() is not None


def answer(
    tx: Tx, office_id: str, question: int, reply: str, officer: str, now: datetime
) -> Any | None:
    """Keep an officer's answer and return the question; None when it is gone or answered."""
    touched = tx.run(
        _ANSWER, question=question, office=office_id, reply=reply, answered_by=officer,
        answered_at=now,
    )  # fmt: skip
    return tx.one(_GET, question=question) if touched else None


def unanswered(tx: Tx, office_id: str, most: int = 50) -> list[Any]:
    """The office's open questions, oldest first."""
    rows = tx.execute(
        sa.select(QUESTIONS)
        .where(_Q.office_id == office_id, _Q.answered_at.is_(None))
        .order_by(_Q.id)
        .limit(most)
    )
    return list(rows)


def get(tx: Tx, question: int) -> Any | None:
    """The question of that id, whosever it is."""
    return tx.one(_GET, question=question)


def settle(
    tx: Tx, office_id: str, conversation_id: int, reply: str, officer: str, now: datetime
) -> list[int]:
    """An officer speaks to the chat: its open questions are answered; returns which."""
    open_ones = sa.update(QUESTIONS).where(
        _Q.office_id == office_id,
        _Q.conversation_id == conversation_id,
        _Q.answered_at.is_(None),
    )
    answered = open_ones.values(reply=reply, answered_by=officer, answered_at=now)
    return [row.id for row in tx.execute(answered.returning(_Q.id))]


def enclose(tx: Tx, question: int, files: Sequence[str]) -> list[Any]:
    """These files belong to that question; returns them as they are now."""
    wanted = sa.select(ATTACHMENTS).where(_A.id.in_(files)).order_by(_A.created_at, _A.id)
    rows = list(tx.execute(wanted.with_for_update()))
    for row in rows:
        mine = sa.update(ATTACHMENTS).where(_A.id == row.id)
        tx.execute(mine.values(remote={**row.remote, "question": question}))
    return rows


def files(tx: Tx, asked: Sequence[Any]) -> dict[int, list[Any]]:
    """What was sent with each of these questions, by its id, oldest first."""
    chats = {row.conversation_id for row in asked}
    wanted = sa.select(ATTACHMENTS, ABOUT.label("question")).where(
        _A.conversation_id.in_(chats), ABOUT.in_([row.id for row in asked])
    )
    found: dict[int, list[Any]] = {}
    for row in tx.execute(wanted.order_by(_A.created_at, _A.id)) if asked else ():
        found.setdefault(row.question, []).append(row)
    return found


def file(tx: Tx, office_id: str, attachment: str) -> Any | None:
    """A stored file that was sent with a question to that office.

    With `about` and `number`: the newest ticket there of whoever asked, if there is one.
    """
    theirs = TICKETS.alias().c
    newest = (
        sa.select(sa.func.max(theirs.id))
        .where(theirs.person_id == CONVERSATIONS.c.person_id, theirs.office_id == office_id)
        .scalar_subquery()
    )
    wanted = (
        sa.select(ATTACHMENTS, TICKETS.c.id.label("about"), TICKETS.c.number)
        .join(QUESTIONS, _Q.id == ABOUT)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == _Q.conversation_id)
        .outerjoin(TICKETS, TICKETS.c.id == newest)
        .where(_A.id == attachment, _A.state == "stored", _Q.office_id == office_id)
    )
    return tx.execute(wanted).first()
