"""What is kept no longer than it is needed (UU 27/2022 ps 42-44); how long says config.toml.

The law names no days.  Each step is small and is written down; statistics keep their rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.model import Session
from handlers import audit
from handlers.sessions import decode, encode
from storage import conversations, erasure, retention
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how long each kind of data is kept; None: for ever.

    photos   after a request was closed
    answers  after a request was closed, with notes and what it is found by
    chat     what people wrote and what was sent to them
    drafts   after the last word: what was begun and not sent; photos of no request, and those
             that a newer one replaced, after they came
    """

    photos: timedelta | None = timedelta(days=90)
    answers: timedelta | None = timedelta(days=365)
    chat: timedelta | None = timedelta(days=90)
    drafts: timedelta | None = timedelta(days=30)


def drop_photos(tx: Tx, rows: Sequence[Any], now: datetime) -> None:
    """The photos of these closed tickets."""
    retention.photos(tx, [row.id for row in rows])
    _record(tx, "photos", rows, now)


def drop_answers(tx: Tx, rows: Sequence[Any], now: datetime) -> None:
    """Answers, notes, photos and what the search knows of these closed tickets."""
    erasure.tickets(tx, [row.id for row in rows])
    _record(tx, "answers", rows, now)


def drop_drafts(tx: Tx, rows: Sequence[Any], before: datetime, now: datetime) -> None:
    """What was begun and not sent, where nobody wrote meanwhile; corrections have their own end."""
    gone = []
    for row in rows:
        chat = conversations.get(tx, row.id)
        if chat.seen_at >= before:
            continue
        session = decode(chat.session)
        states = {key: state for key, state in session.states.items() if state.ticket}
        if len(states) == len(session.states):
            continue
        kept = Session(session.current if session.current in states else "", states)
        conversations.keep(
            tx, chat.id, office_id=chat.office_id, session=encode(kept), now=chat.seen_at,
            left_at=chat.left_at,
        )  # fmt: skip
        gone.append(row)
    _record(tx, "drafts", gone, now)


def drop_files(tx: Tx, rows: Sequence[Any], before: datetime, now: datetime) -> None:
    """Photos that belong to no request, where nobody came back for them meanwhile."""
    retention.files(tx, [row.id for row in rows], before)
    _record(tx, "files", rows, now)


def _record(tx: Tx, what: str, rows: Sequence[Any], now: datetime) -> None:
    for office, count in Counter(row.office_id for row in rows).items():
        audit.record(tx, office, "clock", "data.purged", what, now, count=count)
