"""What has been kept long enough: found in small steps, so that nobody waits for it.

Finding reads a window of ids at a time; what is found is erased by other transactions, which
look again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import erasure
from storage import questions as enclosed
from storage.db import Tx
from storage.tables import (
    ALERTS,
    ATTACHMENTS,
    CONVERSATIONS,
    DATA_LINKS,
    INBOX,
    OUTBOX,
    QUESTIONS,
    TALK_WORDS,
    TICKETS,
)

WINDOW = 5_000
"""Rows looked through in one read."""

_A, _C, _O, _T = ATTACHMENTS.c, CONVERSATIONS.c, OUTBOX.c, TICKETS.c
_FILLED = sa.cast(_T.answers, sa.Text) != "{}"
_PICTURED = sa.exists().where(_A.ticket_id == _T.id, _A.state.in_(("stored", "refused")))


def last_id(tx: Tx, table: sa.Table) -> int:
    """The highest id of a table."""
    return int(tx.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0)


def closed(
    tx: Tx, statuses: Sequence[str], before: datetime, after: int, *, photos: bool
) -> list[Any]:
    """Tickets closed before that time, of the window of ids after `after`, that still hold
    answers, or photos.
    """
    wanted = sa.select(_T.id, _T.office_id).where(
        _T.id > after, _T.id <= after + WINDOW, _T.status.in_(statuses), _T.updated_at < before,
        _PICTURED if photos else _FILLED,
    )  # fmt: skip
    return list(tx.execute(wanted.order_by(_T.id)))


def silent(tx: Tx, before: datetime, after: int) -> list[Any]:
    """Chats silent since before that time, of the window, in which something was begun."""
    wanted = sa.select(_C.id, _C.office_id).where(
        _C.id > after, _C.id <= after + WINDOW, _C.session != "", _C.seen_at < before
    )
    return list(tx.execute(wanted.order_by(_C.id)))


def loose(tx: Tx, before: datetime, most: int) -> list[Any]:
    """Files from before that time that are of no ticket and that nobody goes on with."""
    wanted = sa.select(_A.id, _A.office_id).where(_loose(before))
    return list(tx.execute(wanted.limit(most)))


def _loose(before: datetime) -> Any:
    """What the chat's own drafts do not name, and in a chat that lives on no talk or question.

    A newer photo replaced it, or its draft is gone.  What was said with officers goes with the
    words, at the latest when the chat has been silent since that time.
    """
    said = sa.exists().where(TALK_WORDS.c.attachment_id == _A.id)
    named = _C.session.contains(_A.id)
    silent = sa.or_(_C.seen_at < before, sa.not_(sa.or_(said, enclosed.ABOUT.is_not(None))))
    unwanted = sa.exists().where(_C.id == _A.conversation_id, sa.not_(named), silent)
    kept = _A.state.in_(("stored", "refused"))
    return sa.and_(_A.ticket_id.is_(None), kept, _A.created_at < before, unwanted)


def photos(tx: Tx, tickets: Sequence[int]) -> None:
    """The files of these tickets go."""
    erasure.doom(tx, _A.ticket_id.in_(tickets))


def files(tx: Tx, names: Sequence[str], before: datetime) -> None:
    """These files go, unless a ticket or somebody who came back took them meanwhile."""
    erasure.doom(tx, sa.and_(_A.id.in_(names), _loose(before)))


def updates(tx: Tx, before: datetime, most: int) -> int:
    """Delete the oldest raw updates from before that time; returns how many."""
    old = sa.select(INBOX.c.id).where(INBOX.c.received_at < before).order_by(INBOX.c.id)
    return _delete(tx, INBOX, old.limit(most))


def messages(tx: Tx, before: datetime, most: int) -> int:
    """Delete the oldest messages from before that time that are not still to be sent."""
    old = sa.select(_O.id).where(_O.created_at < before, _O.state.not_in(("pending", "claimed")))
    return _delete(tx, OUTBOX, old.order_by(_O.id).limit(most))


def words(tx: Tx, before: datetime, most: int) -> int:
    """Delete the oldest of what officers and citizens said to each other before that time.

    What was sent with it goes as well: nobody could see it any more.
    """
    said = TALK_WORDS.c
    old = sa.select(said.id, said.attachment_id).where(said.at < before)
    gone = list(tx.execute(old.order_by(said.id).limit(most)))
    if gone:
        tx.execute(sa.delete(TALK_WORDS).where(said.id.in_([row.id for row in gone])))
        _unnamed(tx, [row.attachment_id for row in gone if row.attachment_id])
    return len(gone)


def _unnamed(tx: Tx, names: Sequence[str]) -> None:
    """Of these files of talks those go that no other word names, no question and no ticket."""
    named = sa.or_(
        sa.exists().where(TALK_WORDS.c.attachment_id == _A.id),
        enclosed.ABOUT.is_not(None),
        _A.ticket_id.is_not(None),
    )
    if names:
        erasure.doom(tx, sa.and_(_A.id.in_(names), sa.not_(named)))


def alerts(tx: Tx, before: datetime, most: int) -> int:
    """Delete the oldest alerts from before that time: their buttons have long done their work."""
    old = sa.select(ALERTS.c.id).where(ALERTS.c.at < before).order_by(ALERTS.c.id)
    return _delete(tx, ALERTS, old.limit(most))


def questions(tx: Tx, before: datetime) -> int:
    """What was asked of staff and answered before that time is no longer told, photos as well."""
    asked = QUESTIONS.c
    told = sa.or_(asked.text != "", asked.reply != "")
    old = sa.and_(asked.answered_at < before, told)
    chats = sa.select(asked.conversation_id).where(old)
    mine = enclosed.ABOUT.in_(sa.select(asked.id).where(old))
    erasure.doom(tx, sa.and_(_A.conversation_id.in_(chats), mine))
    return tx.execute(sa.update(QUESTIONS).where(old).values(text="", reply="")).rowcount


def links(tx: Tx, now: datetime) -> int:
    """Links to copies that can no longer be used."""
    return tx.execute(sa.delete(DATA_LINKS).where(DATA_LINKS.c.expires_at < now)).rowcount


def _delete(tx: Tx, table: sa.Table, which: Any) -> int:
    names = [row.id for row in tx.execute(which)]
    if names:
        tx.execute(sa.delete(table).where(table.c.id.in_(names)))
    return len(names)
