"""Erasing what was kept about citizens: rows stay where statistics need them, without content.

Files are only listed here as doomed; whoever holds the vault deletes them and then says so
(`files_gone`), so that one killed in between leaves none behind.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import (
    ALERTS,
    APPOINTMENTS,
    ARRIVALS,
    ATTACHMENTS,
    COLLECTIONS,
    CONVERSATIONS,
    DECISIONS,
    DOOMED_FILES,
    INBOX,
    LETTERS,
    LINK_CODES,
    LINK_TRIES,
    MUTES,
    OPTINS,
    OUTBOX,
    PEOPLE,
    QUESTIONS,
    SIGNED,
    TALK_WORDS,
    TALKS,
    TICKET_EVENTS,
    TICKET_KEYS,
    TICKET_NOTES,
    TICKETS,
    VIEWS,
    WALKINS,
)

_A, _C, _I, _O, _T = ATTACHMENTS.c, CONVERSATIONS.c, INBOX.c, OUTBOX.c, TICKETS.c
ERASED = "erased"
NOTHING = "{}"
"""An outbox payload without content."""


def overwriting(tx: Tx, on: bool) -> None:
    """Let SQLite overwrite what it deletes with zeros, not only forget where it was."""
    if tx.dialect.name == "sqlite":
        tx.cursor.execute(f"PRAGMA secure_delete = {'ON' if on else 'OFF'}")
        tx.cursor.fetchall()


def tickets(tx: Tx, ids: Sequence[int]) -> None:
    """What was answered, written and searched for in these tickets; their files are marked."""
    if not ids:
        return
    answers = sa.update(TICKETS).where(_T.id.in_(ids))
    tx.execute(answers.values(answers={}, warnings=[]))
    tx.execute(sa.update(TICKET_EVENTS).where(TICKET_EVENTS.c.ticket_id.in_(ids)).values(note=""))
    tx.execute(sa.update(DECISIONS).where(DECISIONS.c.ticket_id.in_(ids)).values(note=""))
    tx.execute(sa.delete(TICKET_NOTES).where(TICKET_NOTES.c.ticket_id.in_(ids)))
    tx.execute(sa.delete(TICKET_KEYS).where(TICKET_KEYS.c.ticket_id.in_(ids)))
    doom(tx, _A.ticket_id.in_(ids))
    _counter(tx, ids)


def _counter(tx: Tx, ids: Sequence[int]) -> None:
    """Who helped, who collected, and letters: their numbers stay in the register."""
    helped = sa.update(WALKINS).where(WALKINS.c.ticket_id.in_(ids))
    tx.execute(helped.values(helper_name="", relation="", mandate="", phone="", upload=""))
    collected = sa.update(COLLECTIONS).where(COLLECTIONS.c.ticket_id.in_(ids))
    tx.execute(collected.values(name="", relation=""))
    mine = LETTERS.c.ticket_id.in_(ids)
    printed = sa.select(LETTERS.c.file, LETTERS.c.office_id).where(mine, LETTERS.c.file != "")
    tx.execute(sa.insert(DOOMED_FILES).from_select(["id", "office_id"], printed))
    signed = sa.update(SIGNED).where(SIGNED.c.ticket_id.in_(ids))
    tx.execute(signed.values(state=ERASED, initials="", sha256=""))
    blank = sa.update(LETTERS).where(mine)
    tx.execute(blank.values(state=ERASED, file="", initials="", reason=""))


def loose_files(tx: Tx, conversation_id: int) -> None:
    """Files of a chat that belong to no ticket."""
    doom(tx, sa.and_(_A.conversation_id == conversation_id, _A.ticket_id.is_(None)))


def unsent_files(tx: Tx, conversation_id: int, kept: Collection[str]) -> None:
    """Files of a chat that were meant for a request and belong to no ticket, but for some."""
    for_officers = sa.or_(
        *(_A.remote[each].as_string().is_not(None) for each in ("talk", "question"))
    )
    mine = sa.and_(_A.conversation_id == conversation_id, _A.ticket_id.is_(None))
    doom(tx, sa.and_(mine, sa.not_(for_officers), _A.id.not_in(kept)))


def doom(tx: Tx, which: Any) -> None:
    """Files that are to be deleted, with what their rows say of them."""
    mine = sa.and_(which, _A.state != ERASED)
    names = sa.select(_A.id, _A.office_id).where(mine)
    tx.execute(sa.insert(DOOMED_FILES).from_select(["id", "office_id"], names))
    loose = sa.and_(mine, _A.ticket_id.is_(None))
    tx.execute(sa.delete(VIEWS).where(VIEWS.c.attachment_id.in_(sa.select(_A.id).where(loose))))
    tx.execute(sa.delete(ATTACHMENTS).where(loose))
    blank = {"remote": {}, "caption": "", "message_id": "", "sha256": "", "error": ""}
    tx.execute(sa.update(ATTACHMENTS).where(mine).values(state=ERASED, **blank))


def late(tx: Tx, name: str) -> None:
    """A file was put into the vault after its row had been erased: it goes as well."""
    row = tx.execute(sa.select(_A.state).where(_A.id == name)).first()
    if row is not None and row.state != ERASED:
        return
    known = sa.select(DOOMED_FILES.c.id).where(DOOMED_FILES.c.id == name)
    if tx.execute(known).first() is None:
        tx.execute(sa.insert(DOOMED_FILES).values(id=name, office_id=""))


def files(tx: Tx, most: int) -> list[str]:
    """Files whose bytes are still to be deleted."""
    return [row.id for row in tx.execute(sa.select(DOOMED_FILES.c.id).limit(most))]


def files_gone(tx: Tx, ids: Sequence[str]) -> None:
    """The bytes of these files are deleted."""
    tx.execute(sa.delete(DOOMED_FILES).where(DOOMED_FILES.c.id.in_(ids)))


def talk(tx: Tx, conversation_id: int, channel: str, address: str) -> None:
    """What was said in a chat, on both sides, and what it was about; what is to be sent is not."""
    tx.execute(sa.update(CONVERSATIONS).where(_C.id == conversation_id).values(session=""))
    _with_officers(tx, conversation_id)
    asked = sa.update(QUESTIONS).where(QUESTIONS.c.conversation_id == conversation_id)
    tx.execute(asked.values(text="", reply=""))
    here = sa.update(INBOX).where(_I.channel == channel, _I.address == address)
    tx.execute(here.values(raw="", error="", state="done"))
    sent = sa.update(OUTBOX).where(_O.channel == channel, _O.address == address)
    tx.execute(sent.where(_O.state == "pending").values(state="dropped", settled_at=_O.created_at))
    tx.execute(sent.where(_O.state != "claimed").values(payload=NOTHING, error="", external_id=""))


def _with_officers(tx: Tx, conversation_id: int) -> None:
    """What was said between this chat and officers, also as it was handed on to theirs."""
    tables = (("talk", TALKS), ("question", QUESTIONS), ("question_file", QUESTIONS))
    for kind, table in tables:
        about = sa.select(sa.cast(table.c.id, sa.String)).where(
            table.c.conversation_id == conversation_id
        )
        told = sa.select(ALERTS.c.outbox_id).where(
            ALERTS.c.kind == kind, ALERTS.c.subject.in_(about)
        )
        handed_on = sa.update(OUTBOX).where(_O.id.in_(told), _O.state != "claimed")
        tx.execute(handed_on.values(payload=NOTHING))
    said = sa.update(TALK_WORDS).where(TALK_WORDS.c.conversation_id == conversation_id)
    tx.execute(said.values(text=""))


def waiting(tx: Tx, channel: str, address: str) -> bool:
    """Whether something is still to be sent to that address."""
    wanted = sa.select(_O.id).where(
        _O.channel == channel, _O.address == address, _O.state.in_(("pending", "claimed"))
    )
    return tx.execute(wanted.limit(1)).first() is not None


def chat(tx: Tx, row: Any, now: datetime) -> None:
    """The address of a chat, and the person behind it unless they have another chat."""
    gone = f"{ERASED}-{row.id}"
    for table in (INBOX, OUTBOX):
        here = sa.update(table).where(
            table.c.channel == row.channel, table.c.address == row.address
        )
        tx.execute(here.values(address=gone))
    tx.execute(sa.update(OUTBOX).where(_O.address == gone).values(payload=NOTHING, error=""))
    for codes in (LINK_CODES, LINK_TRIES):
        tx.execute(sa.delete(codes).where(codes.c.conversation_id == row.id))
    person = _person_of_its_own(tx, row, now)
    for wish in (MUTES, OPTINS):
        tx.execute(sa.delete(wish).where(wish.c.person_id == person))
    blank = sa.update(PEOPLE).where(PEOPLE.c.id == person)
    tx.execute(blank.values(name="", phone="", consent=""))
    tx.execute(
        sa.update(CONVERSATIONS)
        .where(_C.id == row.id)
        .values(address=gone, session="", language="", left_at=now)
    )


def _person_of_its_own(tx: Tx, row: Any, now: datetime) -> int:
    """The person of that chat alone: a new one if theirs has other chats, which keep them."""
    others = sa.select(_C.id).where(_C.person_id == row.person_id, _C.id != row.id)
    if tx.execute(others.limit(1)).first() is None:
        return int(row.person_id)
    new = sa.insert(PEOPLE).values(office_id=row.office_id, name="", phone="", consent="",
                                   created_at=now)  # fmt: skip
    person = int(tx.execute(new.returning(PEOPLE.c.id)).scalar_one())
    mine = sa.select(_T.id).where(_T.conversation_id == row.id)
    tx.execute(
        sa.update(APPOINTMENTS).where(APPOINTMENTS.c.ticket_id.in_(mine)).values(person_id=person)
    )
    came = ARRIVALS.c.conversation_id == row.id
    tx.execute(sa.update(ARRIVALS).where(came).values(person_id=person))
    tx.execute(sa.update(TICKETS).where(_T.conversation_id == row.id).values(person_id=person))
    tx.execute(sa.update(CONVERSATIONS).where(_C.id == row.id).values(person_id=person))
    return person
