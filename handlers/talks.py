"""An officer holds a citizen's chat: both hear each other there, and the bot keeps quiet.

One holder a chat.  It is the bot's again when the officer ends it, when the citizen writes
"menu", or when the one whose turn it is stays silent too long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flows.cleaning import clean
from flows.commands import APPOINTMENT
from flows.dialogue import ask
from flows.officer import heard_out
from handlers import alerts, audit, doors, effects, offers, posts
from handlers.errors import Rejected
from handlers.message import Button, Message
from handlers.news import chat_scene, keep_session, scene_of
from handlers.offices import House, Office
from handlers.reminders import Dropped, Later
from handlers.sessions import decode, encode
from storage import attachments, conversations, due, outbox, questions, staff, talks
from storage.db import Tx

LONGEST = 3000
"""Characters of one word; every channel takes that many in one message."""
CAPTION = 1000
"""Characters beside a file (Telegram: 1,024)."""
SILENCE = "talk"
"""The kind of due work that looks whether a talk has fallen silent."""
FILES = ("telegram", "web", "whatsapp")
"""Channels that can be sent a file."""
WINDOW = timedelta(hours=23)
"""WhatsApp takes no file from us when the person has been silent for a day."""


def about(tx: Tx, house: House, office: Office, ticket: Any, login: str, now: datetime) -> int:
    """Talk to the citizen of a ticket, where they are held already or wrote last.

    Raises Rejected: no_chat (they came to the counter, and have none).
    """
    chats = conversations.of_person(tx, ticket.person_id)
    if not any(chat.channel != doors.DESK for chat in chats):
        raise Rejected("no_chat")
    held = next((chat for chat in chats if chat.talk_id is not None), None)
    chat = held or doors.used_last(tx, ticket.person_id)
    return begin(tx, house, office, chat, ticket, login, now)


def begin(
    tx: Tx, house: House, office: Office, chat: Any, ticket: Any | None, login: str, now: datetime
) -> int:
    """Hold a chat, or find the talk in which a colleague or oneself does; returns its id.

    chat  locked
    """
    ticket_id = ticket.id if ticket is not None else None
    talk = talks.begin(tx, office.id, chat.id, ticket_id, login, now)
    if talk is None:
        held = talks.of_chat(tx, chat.id)
        assert held is not None
        return int(held.id)
    audit.record(tx, office.id, login, "talk.begun", _subject(ticket, talk), now)
    due.arm(tx, office.id, SILENCE, str(talk), now + house.officer_silence)
    _announce(tx, house, office, chat, login, now)
    return talk


def take_over(
    tx: Tx, house: House, office: Office, talk_id: int, was: str, login: str, now: datetime
) -> None:
    """Hold a chat instead of `was`; the citizen hears who talks now, and the colleague too.

    Raises Rejected: unknown, talk_taken (somebody was quicker), talk_over.
    """
    chat, talk = _held(tx, office, talk_id)
    if talk.officer == login or not talks.hand(tx, talk.id, was, login):
        raise Rejected("talk_taken")
    _announce(tx, house, office, chat, login, now)
    subject = talk.number or f"talk:{talk.id}"
    audit.record(tx, office.id, login, "talk.taken", subject, now, was=was)
    name, number = _member(tx, login).name, talk.number or ""
    told = Message(house.words.say("talk_taken_over", officer=name, number=number))
    posts.post(
        tx, house, office, posts.own(tx, office, [was]), "talk", str(talk.id),
        lambda _: told, now,
    )  # fmt: skip


def say(
    tx: Tx, house: House, office: Office, talk_id: int, login: str, text: str, now: datetime
) -> None:
    """Say something to the citizen.

    Raises Rejected: unknown, talk_over, talk_taken (a colleague holds the chat), reply_empty,
    reply_long.
    """
    text = clean(text)
    if not text:
        raise Rejected("reply_empty")
    if len(text) > LONGEST:
        raise Rejected("reply_long")
    chat, talk = held_by(tx, office, talk_id, login)
    talks.say(tx, talk, login, "text", text, now)
    tell(tx, house, office, chat, login, text, now)
    settle_questions(tx, house, office, chat.id, login, text, now)


def enclose(
    tx: Tx,
    office: Office,
    talk_id: int,
    login: str,
    file: str,
    kind: str,
    caption: str,
    remote: Mapping[str, Any],
    now: datetime,
) -> None:
    """Announce a file for the citizen: fetched and examined first, like theirs, then told.

    remote  how it is fetched
    Raises Rejected: unknown, talk_over, talk_taken, no_files (their chat takes none now).
    """
    chat, talk = held_by(tx, office, talk_id, login)
    if not takes_files(chat, now):
        raise Rejected("no_files")
    words = clean(caption)[:CAPTION]
    attachments.create(
        tx, file, office_id=office.id, conversation_id=chat.id,
        remote={**remote, "talk": talk.id, "by": login}, caption=words, message_id="",
        due_at=now, now=now,
    )  # fmt: skip
    talks.say(tx, talk, login, kind, words, now, file)


def takes_files(chat: Any, now: datetime) -> bool:
    """Whether a file can be sent to this chat now."""
    return chat.channel in FILES and (chat.channel != "whatsapp" or now - chat.seen_at < WINDOW)


def tell(
    tx: Tx,
    house: House,
    office: Office,
    chat: Any,
    login: str,
    text: str,
    now: datetime,
    file: str = "",
) -> None:
    """Promise the officer's word, or a file with it, to the citizen."""
    member = _member(tx, login)
    role = house.words.say(f"role_{member.role}")
    shown = house.words.say("talk_word", name=member.name, role=role, text=text)
    values = {"text": text, "name": member.name}
    message = Message(shown, kind="answer", template="officer_reply", values=values, file=file)
    _promise(tx, office, chat, message, now)


def end(tx: Tx, house: House, office: Office, talk_id: int, login: str, now: datetime) -> str:
    """The officer has said what there was to say; returns the number of the talk's ticket.

    Raises Rejected: unknown, talk_over, talk_taken.
    """
    chat, talk = held_by(tx, office, talk_id, login)
    close(tx, house, office, chat, talk, login, now)
    return talk.number or ""


def close(
    tx: Tx,
    house: House,
    office: Office,
    chat: Any,
    talk: Any,
    by: str,
    now: datetime,
    *,
    going_on: bool = True,
) -> None:
    """The chat is the bot's again, and goes on where it stood.

    by        a login, "citizen", or "clock"
    going_on  repeat the question that was open; not when the citizen just said what comes next
    """
    left = talks.unanswered(tx, talk) if talk.waits_for == "officer" else []
    if not talks.end(tx, talk, by, now):
        return
    if by not in ("citizen", "clock"):
        audit.record(tx, office.id, by, "talk.ended", talk.number or f"talk:{talk.id}", now)
    waits = bool(left) and by in ("citizen", "clock")
    if waits:
        said = "\n".join(word.text for word in left if word.text)
        text = said or house.words.say("question_file")
        number = questions.ask(tx, office.id, chat.id, text, now)
        alerts.question(tx, house, office, number, chat.id, text, now)
    scene = scene_of(house, office, chat, now)
    over = Message(scene.say("talk_over", name=_member(tx, talk.officer).name, waits=waits))
    messages: Sequence[Message] = ()
    if going_on:
        messages, session = _resume(tx, chat_scene(house, chat, now), chat, now)
        keep_session(tx, chat, encode(session))
    if going_on and not messages:
        menu = scene.catalog.commands["menu"].label
        over = replace(over, choices=(Button(menu, "menu"),))
    for message in (over, *messages):
        _promise(tx, office, chat, replace(message, kind="follow_up"), now)


def silent(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """Whether the one whose turn it is said nothing for long: then the bot takes over again."""
    talk = talks.look(tx, int(row.subject))
    if talk is None or talk.ended_at is not None:
        return Dropped("over")
    chat = conversations.get(tx, talk.conversation_id)
    talk = talks.look(tx, talk.id)
    assert talk is not None
    if (at := talk.waits_since + house.officer_silence) > now:
        return Later(at)
    close(tx, house, house.office(talk.office_id), chat, talk, "clock", now)
    return None


def held_by(tx: Tx, office: Office, talk_id: int, login: str) -> tuple[Any, Any]:
    """The chat, locked, and the talk in which that officer holds it.

    Raises Rejected: unknown, talk_over, talk_taken.
    """
    chat, talk = _held(tx, office, talk_id)
    if talk.officer != login:
        raise Rejected("talk_taken")
    return chat, talk


def settle_questions(
    tx: Tx, house: House, office: Office, chat_id: int, login: str, reply: str, now: datetime
) -> None:
    """What was asked in this chat is answered by an officer's word."""
    settled = questions.settle(tx, office.id, chat_id, reply, login, now)
    if settled:
        alerts.answered(tx, house, office, settled, _member(tx, login).name, now)


def _subject(ticket: Any | None, talk_id: int) -> str:
    return str(ticket.number) if ticket is not None else f"talk:{talk_id}"


def _held(tx: Tx, office: Office, talk_id: int) -> tuple[Any, Any]:
    talk = talks.look(tx, talk_id)
    if talk is None or talk.office_id != office.id:
        raise Rejected("unknown")
    chat = conversations.get(tx, talk.conversation_id)
    talk = talks.look(tx, talk_id)
    assert talk is not None
    if talk.ended_at is not None:
        raise Rejected("talk_over")
    return chat, talk


def _announce(tx: Tx, house: House, office: Office, chat: Any, login: str, now: datetime) -> None:
    """Say once who is talking, and how to come back to the bot."""
    member = _member(tx, login)
    role = house.words.say(f"role_{member.role}")
    text = house.words.say("talk_begins", name=member.name, role=role)
    _promise(tx, office, chat, Message(text, kind="follow_up"), now)


def _resume(tx: Tx, scene: Any, chat: Any, now: datetime) -> tuple[Sequence[Message], Any]:
    """The open question of a request, or of a time to come, asked again."""
    session = heard_out(decode(chat.session))
    state = session.state
    if state is None or state.flow not in (*scene.catalog.services, APPOINTMENT):
        return (), session
    context = offers.recall(session, scene.context)
    abroad = scene.house.abroad(session, chat.office_id, now)
    reply = ask(scene.catalog, session, context, abroad)
    reply, context = offers.furnish(tx, scene.house, chat, scene.catalog, reply, context, now)
    about = replace(scene, context=context, session=reply.session)
    done = effects.apply(tx, about, chat, chat.office_id, reply.effects)
    return done.messages, done.session


def _promise(tx: Tx, office: Office, chat: Any, message: Message, now: datetime) -> None:
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip


def _member(tx: Tx, login: str) -> Any:
    member = staff.by_login(tx, login)
    assert member is not None
    return member
