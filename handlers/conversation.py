"""What an officer sees of the talk with a citizen, and how they begin one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers import doors, question_files, talks
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from storage import conversations, questions, tickets
from storage import talks as rows
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said.

    kind   "text", "photo", "pdf", "voice", or what could not be kept
    file   its id, and `state`: "waiting", "stored" or "refused"
    """

    at: When
    who: Who
    kind: str
    text: str
    file: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The talk with one citizen.

    talk     its id; 0 while no officer holds the chat
    held_by  login of who does, for a form that takes it over
    waits    the citizen wrote last, since `since`
    number   of the ticket that it is about, if it is about one; its `title` and `applicant`
    channel  in which the citizen hears it
    known    the citizen has a chat at all
    files    it can be sent photos and PDFs now
    """

    talk: int
    over: bool
    holder: Who
    held_by: str
    waits: bool
    since: When | None
    lines: Sequence[Line]
    number: str
    title: str
    applicant: str
    channel: str
    known: bool
    files: bool

    @property
    def mine(self) -> bool:
        return self.holder.kind == "me" and not self.over


def of_ticket(tx: Tx, sight: Sight, number: str) -> Conversation:
    """The talk with the citizen of a ticket.  Raises Rejected: unknown."""
    ticket = tickets.look(tx, number)
    if ticket is None or ticket.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    chats = rows.chats_of(tx, ticket.person_id)
    held = next((chat.talk_id for chat in chats if chat.talk_id is not None), None)
    talk = rows.look(tx, held) if held is not None else None
    if talk is not None and talk.office_id != ticket.office_id:
        talk = None
    return _shown(tx, sight, talk, chats, ticket)


def of_talk(tx: Tx, sight: Sight, talk_id: int) -> Conversation:
    """A talk, going on or over.  Raises Rejected: unknown."""
    talk = rows.look(tx, talk_id)
    if talk is None or talk.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    chat = rows.chat(tx, talk.conversation_id)
    ticket = tickets.look(tx, talk.number) if talk.number else None
    if ticket is None:
        newest = tickets.newest_of_chats(tx, talk.office_id, [chat.id])
        ticket = newest.get(chat.id)
    return _shown(tx, sight, talk, rows.chats_of(tx, chat.person_id), ticket)


@dataclass(frozen=True, slots=True)
class Going:
    """A talk that goes on; `waits`: the citizen, since then.  Number and title of its ticket."""

    talk: int
    holder: Who
    waits: bool
    since: When
    number: str
    title: str


def going_on(tx: Tx, sight: Sight) -> list[Going]:
    """The talks of the officer's office that go on, the one that waits longest first."""
    return [
        Going(
            row.id, sight.who(row.officer), row.waits_for == "officer",
            sight.when(row.waits_since), row.number or "",
            sight.title(row.service) if row.service else "",
        )
        for row in rows.open_at(tx, sight.officer.office_id)
    ]  # fmt: skip


def begin_about(tx: Tx, sight: Sight, number: str) -> int:
    """Talk to the citizen of a ticket, in the chat that they used last; returns the talk.

    Raises Rejected: unknown, no_chat.
    """
    ticket = tickets.by_number(tx, number)
    if ticket is None or ticket.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    return talks.about(tx, sight.house, sight.office, ticket, sight.officer.login, sight.now)


def begin_from(tx: Tx, sight: Sight, question: int) -> int:
    """Talk to whoever asked a question, where they asked it.  Raises Rejected: unknown."""
    row = questions.get(tx, question)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    chat = conversations.get(tx, row.conversation_id)
    newest = tickets.newest_of_chats(tx, row.office_id, [chat.id])
    return talks.begin(
        tx, sight.house, sight.office, chat, newest.get(chat.id), sight.officer.login, sight.now
    )


def _shown(
    tx: Tx, sight: Sight, talk: Any | None, chats: Sequence[Any], ticket: Any | None
) -> Conversation:
    channel = next((c.channel for c in chats if talk and c.id == talk.conversation_id), "")
    waits = talk is not None and talk.waits_for == "officer" and talk.ended_at is None
    return Conversation(
        talk=talk.id if talk is not None else 0,
        over=talk is None or talk.ended_at is not None,
        holder=sight.who(talk.officer if talk is not None else ""),
        held_by=talk.officer if talk is not None else "",
        waits=waits,
        since=sight.when(talk.waits_since) if talk is not None and waits else None,
        lines=_lines(tx, sight, [chat.id for chat in chats]),
        number=ticket.number if ticket is not None else "",
        title=sight.title(ticket.service) if ticket is not None else "",
        applicant=sight.applicant(ticket) if ticket is not None else "",
        channel=channel,
        known=any(chat.channel != doors.DESK for chat in chats),
        files=any(
            talks.takes_files(chat, sight.now)
            for chat in chats
            if talk is not None and chat.id == talk.conversation_id
        ),
    )


def _lines(tx: Tx, sight: Sight, chats: Sequence[int]) -> list[Line]:
    """Words of talks, and questions with their answers, in the order of time."""
    office = sight.officer.office_id
    said = rows.words(tx, office, chats)
    states = rows.file_states(tx, [word.attachment_id for word in said if word.attachment_id])
    lines = []
    for word in said:
        state = states.get(word.attachment_id)
        line = Line(
            sight.when(word.at), sight.who(word.author),
            (state.kind or word.kind) if state else word.kind,
            word.text, word.attachment_id, state.state if state else "",
        )  # fmt: skip
        lines.append((word.at, line))
    answers = {(word.at, word.text) for word in said}
    asked = rows.asked(tx, office, chats)
    sent = question_files.shown(tx, asked)
    for each in asked:
        at, citizen = sight.when(each.asked_at), Who("citizen")
        if each.text:
            lines.append((each.asked_at, Line(at, citizen, "text", each.text)))
        for file in sent.get(each.id, ()):
            photo = Line(at, citizen, file.kind, "", file.id, file.state)
            lines.append((each.asked_at, photo))
        if each.answered_at is not None and (each.answered_at, each.reply) not in answers:
            who = sight.who(each.answered_by)
            reply = Line(sight.when(each.answered_at), who, "text", each.reply)
            lines.append((each.answered_at, reply))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]
