"""Tickets, their numbers and their history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import (
    ATTACHMENTS,
    CONVERSATIONS,
    DUE,
    SEQUENCES,
    TICKET_EVENTS,
    TICKET_NOTES,
    TICKETS,
)
from storage.tables.tickets import OPEN

_T = TICKETS.c
_A = ATTACHMENTS.c
_NEXT = Prepared(
    sa.text(
        "INSERT INTO sequences (office_id, series, last) VALUES (:office_id, :series, 1)"
        " ON CONFLICT (office_id, series) DO UPDATE SET last = sequences.last + 1 RETURNING last"
    ).columns(last=SEQUENCES.c.last.type)
)
_NEW = Prepared(
    sa.insert(TICKETS).returning(_T.id),
    (
        "office_id number service status person_id conversation_id channel answers "
        "warnings officer promise_at created_at updated_at kelurahan"
    ).split(),
)
_RECORD = Prepared(
    sa.insert(TICKET_EVENTS),
    "office_id ticket_id at actor move before after note documents officer".split(),
)
_EVENTS = Prepared(
    sa.select(TICKET_EVENTS)
    .where(TICKET_EVENTS.c.ticket_id == sa.bindparam("of_ticket"))
    .order_by(TICKET_EVENTS.c.id)
)
_BY_NUMBER = Prepared(
    sa.select(TICKETS).where(_T.number == sa.bindparam("by_number")).with_for_update()
)
_OF_PERSON = Prepared(
    sa.select(TICKETS)
    .where(_T.person_id == sa.bindparam("person"))
    .order_by(_T.id.desc())
    .limit(sa.bindparam("most"))
)
_MOVE = Prepared(
    sa.update(TICKETS).where(_T.id == sa.bindparam("ticket_id"), _T.status == sa.bindparam("was")),
    ["status", "officer", "promise_at", "updated_at"],
)
_PROMISE = Prepared(sa.update(TICKETS).where(_T.id == sa.bindparam("ticket_id")), ["promise_at"])
_POSTPONE = Prepared(
    sa.update(TICKETS).where(_T.id == sa.bindparam("ticket_id")), ["next_promise_at"]
)
_CORRECT = Prepared(
    sa.update(TICKETS).where(_T.id == sa.bindparam("ticket_id")),
    ["answers", "warnings", "updated_at"],
)


def next_number(tx: Tx, office_id: str, series: str) -> int:
    """The next number of a series; given back by itself when the transaction rolls back."""
    row = tx.one(_NEXT, office_id=office_id, series=series)
    assert row is not None
    last: int = row.last
    return last


def create(tx: Tx, values: Mapping[str, Any]) -> int:
    """Insert a ticket; returns its id."""
    row = tx.one(_NEW, **values)
    assert row is not None
    ticket_id: int = row.id
    return ticket_id


def record(
    tx: Tx,
    ticket: Any,
    *,
    actor: str,
    move: str,
    before: str,
    after: str,
    now: datetime,
    note: str = "",
    documents: Sequence[str] = (),
    officer: str = "",
) -> None:
    """Append to a ticket's history: who did what, and when; `officer` has it from then on."""
    tx.run(
        _RECORD, office_id=ticket.office_id, ticket_id=ticket.id, at=now, actor=actor, move=move,
        before=before, after=after, note=note, documents=list(documents), officer=officer,
    )  # fmt: skip


def by_number(tx: Tx, number: str) -> Any | None:
    """The ticket of that number, locked; whose it is must be checked by the caller."""
    return tx.one(_BY_NUMBER, by_number=number)


def of_person(tx: Tx, person_id: int, most: int = 5) -> list[Any]:
    """A person's tickets, newest first."""
    return tx.all(_OF_PERSON, person=person_id, most=most)


def move(
    tx: Tx,
    ticket_id: int,
    was: str,
    status: str,
    officer: str,
    promise_at: datetime,
    now: datetime,
) -> bool:
    """Change the status if it still is `was`; False when somebody else was quicker."""
    touched = tx.run(
        _MOVE, ticket_id=ticket_id, was=was, status=status, officer=officer,
        promise_at=promise_at, updated_at=now,
    )  # fmt: skip
    return touched == 1


def hand(tx: Tx, ticket_id: int, was: str, officer: str, now: datetime) -> bool:
    """Give the ticket to another officer if `was` still has it; False when somebody was quicker."""
    given = (
        sa.update(TICKETS)
        .where(_T.id == ticket_id, _T.officer == was)
        .values(officer=officer, updated_at=now)
    )
    return tx.execute(given).rowcount == 1


def postpone(tx: Tx, ticket_id: int, until: datetime) -> None:
    """Keep what the citizen was told when the promise was missed; the promise itself stays."""
    tx.run(_POSTPONE, ticket_id=ticket_id, next_promise_at=until)


def promise_anew(tx: Tx, ticket_id: int, promise: datetime) -> None:
    """The citizen agreed to come later: what was promised runs from then."""
    tx.run(_PROMISE, ticket_id=ticket_id, promise_at=promise)


def armed(tx: Tx, office_id: str, statuses: Sequence[str], kind: str) -> list[Any]:
    """Number, officer and service of the open tickets in these states whose time has come."""
    rows = tx.execute(
        sa.select(_T.number, _T.officer, _T.service)
        .join(DUE, sa.and_(DUE.c.kind == kind, DUE.c.subject == _T.number))
        .where(
            sa.text(OPEN), _T.office_id == office_id, _T.status.in_(statuses), DUE.c.state == "done"
        )
        .order_by(_T.promise_at, _T.id)
    )
    return list(rows)


def of_officer(tx: Tx, office_id: str, officer: str, statuses: Sequence[str]) -> list[Any]:
    """What one officer has in these states, earliest promise first."""
    wanted = sa.select(_T.number, _T.status, _T.promise_at).where(
        _T.office_id == office_id, _T.status.in_(statuses), _T.officer == officer
    )
    return list(tx.execute(wanted.order_by(_T.promise_at, _T.id)))


def delays(tx: Tx, ticket_id: int) -> int:
    """How often the citizen was told of a delay."""
    told = TICKET_EVENTS.c
    wanted = sa.select(sa.func.count()).where(told.ticket_id == ticket_id, told.move == "delay")
    return int(tx.execute(wanted).scalar_one())


def correct(
    tx: Tx, ticket_id: int, answers: Mapping[str, Any], warnings: Sequence[str], now: datetime
) -> None:
    """Replace a ticket's answers after a correction."""
    tx.run(_CORRECT, ticket_id=ticket_id, answers=answers, warnings=list(warnings), updated_at=now)


def events(tx: Tx, ticket_id: int) -> list[Any]:
    """A ticket's history, oldest first."""
    return tx.all(_EVENTS, of_ticket=ticket_id)


def every(tx: Tx, office_id: str = "") -> list[Any]:
    """All tickets of an office (or of all), oldest first, for the export."""
    wanted = sa.select(TICKETS).order_by(_T.id)
    return list(tx.execute(wanted.where(_T.office_id == office_id) if office_id else wanted))


# --- for the desk ----------------------------------------------------------------------


def look(tx: Tx, number: str) -> Any | None:
    """The ticket of that number, not locked, for showing it."""
    return tx.execute(sa.select(TICKETS).where(_T.number == number)).first()


def numbers(tx: Tx, ticket_ids: Sequence[int]) -> dict[int, str]:
    """The numbers of these tickets, by id."""
    if not ticket_ids:
        return {}
    rows = tx.execute(sa.select(_T.id, _T.number).where(_T.id.in_(ticket_ids)))
    return {row.id: row.number for row in rows}


def write_note(
    tx: Tx, office_id: str, ticket_id: int, author: str, text: str, now: datetime
) -> None:
    """Keep what an officer wrote about a ticket for the others."""
    new = sa.insert(TICKET_NOTES).values(
        office_id=office_id, ticket_id=ticket_id, at=now, author=author, text=text
    )
    tx.execute(new)


def notes(tx: Tx, ticket_id: int) -> list[Any]:
    """What officers wrote about a ticket, oldest first."""
    written = TICKET_NOTES.c
    wanted = sa.select(TICKET_NOTES).where(written.ticket_id == ticket_id).order_by(written.id)
    return list(tx.execute(wanted))


def doubtful(tx: Tx, ticket_ids: Sequence[int]) -> set[str]:
    """The files of these tickets that nobody found good."""
    wanted = sa.select(_A.id).where(_A.ticket_id.in_(ticket_ids), _A.verdict != "good")
    return {row.id for row in tx.execute(wanted)}


def newest_of_chats(tx: Tx, office_id: str, conversation_ids: Sequence[int]) -> dict[int, Any]:
    """The newest ticket at this office of the person behind each of these chats."""
    if not conversation_ids:
        return {}
    chats = CONVERSATIONS.c
    newest = (
        sa.select(chats.id.label("chat"), sa.func.max(_T.id).label("ticket"))
        .join(TICKETS, _T.person_id == chats.person_id)
        .where(chats.id.in_(conversation_ids), _T.office_id == office_id)
        .group_by(chats.id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(TICKETS, newest.c.chat)
        .select_from(TICKETS)
        .join(newest, newest.c.ticket == _T.id)
    )
    return {row.chat: row for row in rows}


def chats_at(tx: Tx, addresses: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of the chats at these (channel, address)."""
    if not addresses:
        return {}
    chats = CONVERSATIONS.c
    rows = tx.execute(
        sa.select(chats.channel, chats.address, chats.id).where(
            sa.tuple_(chats.channel, chats.address).in_(addresses)
        )
    )
    return {(row.channel, row.address): row.id for row in rows}


def file(tx: Tx, office_id: str, attachment: str) -> Any | None:
    """A stored file of a ticket of this office, with the ticket's number and status."""
    wanted = (
        sa.select(ATTACHMENTS, _T.number, _T.status)
        .join(TICKETS, _T.id == _A.ticket_id)
        .where(_A.id == attachment, _A.state == "stored", _T.office_id == office_id)
    )
    return tx.execute(wanted).first()
