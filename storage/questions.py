"""Messages for a human, until an officer has answered them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import QUESTIONS

_Q = QUESTIONS.c
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
        .values(text=_Q.text + f"\n{text}")
    )
    return next(iter(tx.execute(grown.returning(QUESTIONS))), None)


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
