"""What citizens ask about their data, and links to copies of it.

Keeps hashes of tokens, never the tokens.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.questions import ABOUT
from storage.tables import (
    APPOINTMENTS,
    ARRIVALS,
    ATTACHMENTS,
    CONSENTS,
    CONVERSATIONS,
    DATA_LINKS,
    DATA_REQUESTS,
    PEOPLE,
    QUESTIONS,
    TALK_WORDS,
    TICKETS,
)

_R = DATA_REQUESTS.c
_L = DATA_LINKS.c


def ask(
    tx: Tx, office_id: str, conversation_id: int, kind: str, due_at: datetime, now: datetime
) -> Any:
    """A wish about a chat's data; the one that is open already if there is one."""
    there = open_of(tx, office_id, conversation_id, kind)
    if there is not None:
        return there
    new = sa.insert(DATA_REQUESTS).values(
        office_id=office_id, conversation_id=conversation_id, kind=kind, state="open",
        asked_at=now, due_at=due_at, decided_by="",
    )  # fmt: skip
    return tx.execute(new.returning(*_R)).one()


def open_of(tx: Tx, office_id: str, conversation_id: int, kind: str) -> Any | None:
    """The open wish of that kind in a chat about what an office has."""
    wanted = sa.select(DATA_REQUESTS).where(
        _R.office_id == office_id, _R.conversation_id == conversation_id, _R.kind == kind,
        _R.state == "open",
    )  # fmt: skip
    return tx.execute(wanted).first()


def others_open(tx: Tx, request: Any) -> bool:
    """Whether another office has still to decide about the same chat's data."""
    wanted = sa.select(_R.id).where(
        _R.conversation_id == request.conversation_id, _R.state == "open",
        _R.kind.in_(("erase", "withdraw")), _R.office_id != request.office_id,
    )  # fmt: skip
    return tx.execute(wanted.limit(1)).first() is not None


def find(tx: Tx, request_id: int) -> Any | None:
    """A wish, locked, whatever became of it."""
    wanted = sa.select(DATA_REQUESTS).where(_R.id == request_id)
    return tx.execute(wanted.with_for_update()).first()


def listed(tx: Tx, office_id: str, states: Sequence[str], most: int = 200) -> list[Any]:
    """An office's wishes in these states, with the name of the person, earliest due first."""
    wanted = (
        sa.select(DATA_REQUESTS, PEOPLE.c.name)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == _R.conversation_id)
        .join(PEOPLE, PEOPLE.c.id == CONVERSATIONS.c.person_id)
        .where(_R.office_id == office_id, _R.state.in_(states))
    )
    return list(tx.execute(wanted.order_by(_R.due_at, _R.id).limit(most)))


def settle(tx: Tx, request_id: int, was: str, state: str, by: str, now: datetime) -> bool:
    """Decide a wish that still is `was`; False when somebody was quicker."""
    changed = (
        sa.update(DATA_REQUESTS)
        .where(_R.id == request_id, _R.state == was)
        .values(state=state, decided_at=now, decided_by=by)
    )
    return tx.execute(changed).rowcount == 1


def over(tx: Tx, conversation_id: int, by: str, now: datetime) -> None:
    """Nothing is left to decide of a chat that was erased before."""
    mine = sa.and_(_R.conversation_id == conversation_id, _R.kind.in_(("erase", "withdraw")))
    left = sa.update(DATA_REQUESTS).where(mine, _R.state.in_(("open", "erased")))
    tx.execute(left.values(state="done", decided_at=now, decided_by=by))


def tickets(tx: Tx, conversation_id: int, office_id: str = "") -> list[Any]:
    """What was applied for in a chat, at that office or at all, oldest first."""
    wanted = sa.select(TICKETS).where(TICKETS.c.conversation_id == conversation_id)
    if office_id:
        wanted = wanted.where(TICKETS.c.office_id == office_id)
    return list(tx.execute(wanted.order_by(TICKETS.c.id)))


def chat(tx: Tx, conversation_id: int) -> Any:
    """A chat with its person."""
    wanted = (
        sa.select(CONVERSATIONS, PEOPLE.c.name, PEOPLE.c.phone)
        .join(PEOPLE, PEOPLE.c.id == CONVERSATIONS.c.person_id)
        .where(CONVERSATIONS.c.id == conversation_id)
    )
    return tx.execute(wanted).one()


def consents(tx: Tx, person_id: int) -> list[Any]:
    """What a person agreed to and did not, oldest first."""
    given = CONSENTS.c
    wanted = sa.select(CONSENTS).where(given.person_id == person_id).order_by(given.id)
    return list(tx.execute(wanted))


def questions(tx: Tx, conversation_id: int) -> list[Any]:
    """What was asked of staff in a chat, oldest first."""
    asked = QUESTIONS.c
    wanted = sa.select(QUESTIONS).where(asked.conversation_id == conversation_id)
    return list(tx.execute(wanted.order_by(asked.id)))


def words(tx: Tx, conversation_id: int, office_id: str = "") -> list[Any]:
    """What officers and the citizen said in a chat, at that office or at all, oldest first.

    With each a file's `state` and `media_type`, where one was sent, and the office it is
    `sealed_for`.
    """
    said, sent = TALK_WORDS.c, ATTACHMENTS.c
    wanted = (
        sa.select(TALK_WORDS, sent.state, sent.media_type, sent.office_id.label("sealed_for"))
        .outerjoin(ATTACHMENTS, sent.id == said.attachment_id)
        .where(said.conversation_id == conversation_id)
    )
    if office_id:
        wanted = wanted.where(said.office_id == office_id)
    return list(tx.execute(wanted.order_by(said.id)))


def unsent(tx: Tx, conversation_id: int, office_id: str = "") -> list[Any]:
    """The stored files of a chat that are of no request, talk or question, oldest first."""
    sent = ATTACHMENTS.c
    said = sa.exists().where(TALK_WORDS.c.attachment_id == sent.id)
    wanted = sa.select(ATTACHMENTS).where(
        sent.conversation_id == conversation_id, sent.ticket_id.is_(None),
        sent.state == "stored", sa.not_(said), ABOUT.is_(None),
    )  # fmt: skip
    if office_id:
        wanted = wanted.where(sent.office_id == office_id)
    return list(tx.execute(wanted.order_by(sent.created_at, sent.id)))


def appointments(tx: Tx, conversation_id: int, office_id: str = "") -> list[Any]:
    """When somebody was to come for what a chat applied for, with the request as `about`."""
    mine, ticket = APPOINTMENTS.c, TICKETS.c
    wanted = (
        sa.select(APPOINTMENTS, ticket.number.label("about"))
        .join(TICKETS, ticket.id == mine.ticket_id)
        .where(ticket.conversation_id == conversation_id)
    )
    if office_id:
        wanted = wanted.where(mine.office_id == office_id)
    return list(tx.execute(wanted.order_by(mine.id)))


def arrivals(tx: Tx, conversation_id: int, office_id: str = "") -> list[Any]:
    """The numbers in the queue that were drawn in a chat, or for what it applied for."""
    mine = ARRIVALS.c
    theirs = sa.select(TICKETS.c.id).where(TICKETS.c.conversation_id == conversation_id)
    drawn = sa.or_(mine.conversation_id == conversation_id, mine.ticket_id.in_(theirs))
    wanted = sa.select(ARRIVALS).where(drawn)
    if office_id:
        wanted = wanted.where(mine.office_id == office_id)
    return list(tx.execute(wanted.order_by(mine.id)))


def offer(
    tx: Tx, link: str, office_id: str, conversation_id: int, request_id: int, expires_at: datetime
) -> None:
    """A link to a copy of that chat's data."""
    new = sa.insert(DATA_LINKS).values(
        id=link, office_id=office_id, conversation_id=conversation_id, request_id=request_id,
        expires_at=expires_at,
    )  # fmt: skip
    tx.execute(new)


def link(tx: Tx, name: str, now: datetime) -> Any | None:
    """The link of that hash while it can be used."""
    wanted = sa.select(DATA_LINKS).where(_L.id == name, _L.used_at.is_(None), _L.expires_at > now)
    return tx.execute(wanted).first()


def use(tx: Tx, name: str, now: datetime) -> Any | None:
    """Use a link up; None when it was used before, has expired or never was."""
    used = (
        sa.update(DATA_LINKS)
        .where(_L.id == name, _L.used_at.is_(None), _L.expires_at > now)
        .values(used_at=now)
    )
    return tx.execute(used.returning(*_L)).first()
