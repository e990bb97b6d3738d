"""A citizen asks a human of the office, in as many pieces as they like; an officer answers once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flows.cleaning import clean
from handlers import alerts, audit, doors, question_files
from handlers.arming import drafts
from handlers.errors import Rejected
from handlers.message import Message
from handlers.offices import House
from handlers.tickets import Actor
from handlers.wording import Scene
from handlers.words import say_time
from storage import conversations, outbox, questions
from storage.db import Tx

LONGEST = 3000
"""Characters of a reply; every channel takes that many in one message."""
PAUSE = timedelta(minutes=15)
"""Texts that follow each other within this time are one question."""


def take(
    tx: Tx, scene: Scene, chat: Any, office_id: str, text: str, files: Sequence[str] = ()
) -> list[Message]:
    """Keep what a citizen sent to the office, with what they sent just before; returns the reply.

    Staff are told of a question once; who reads its words reads those added as well.

    text   "" for photos alone
    files  ids of the photos that go with it
    """
    house, office, now = scene.house, scene.office, scene.now
    calendar, begun = office.calendar, bool(drafts(scene.catalog, scene.session))
    grown = questions.add(tx, office_id, chat.id, text, now - PAUSE, LONGEST)
    if grown is not None:
        if text:
            alerts.question_grew(tx, house, office, grown.id, grown.text, now)
        if not text and question_files.in_album(tx, grown, now):
            return question_files.enclose(tx, house, office, grown.id, files, now)
        told = Message(scene.say("question_added", draft=begun, photo=bool(files)))
        return [told, *question_files.enclose(tx, house, office, grown.id, files, now)]
    number = questions.ask(tx, office_id, chat.id, text, now)
    alerts.question(tx, house, office, number, chat.id, text, now)
    opens = say_time(calendar.next_open(now), calendar.zone)
    told = Message(
        scene.say(
            "question_received", open=calendar.is_open(now), opens=opens, draft=begun,
            written=bool(text), photo=bool(files),
        )
    )  # fmt: skip
    return [told, *question_files.enclose(tx, house, office, number, files, now)]


def reply(
    tx: Tx, house: House, office_id: str, question: int, text: str, officer: Actor, now: datetime
) -> None:
    """Keep the answer and promise it to the citizen.

    Raises Rejected: reply_empty, reply_long, answered (also when it is another office's).
    """
    text = clean(text)
    if not text:
        raise Rejected("reply_empty")
    if len(text) > LONGEST:
        raise Rejected("reply_long")
    row = questions.answer(tx, office_id, question, text, officer.id, now)
    if row is None:
        raise Rejected("answered")
    asked_in = conversations.get(tx, row.conversation_id)
    chat = doors.used_last(tx, asked_in.person_id)
    values = {"text": text, "name": officer.name}
    words = house.words.say("officer_reply", text=text, name=officer.name)
    alerts.answered(tx, house, house.office(office_id), [question], officer.name, now)
    message = Message(words, kind="answer", template="officer_reply", values=values)
    outbox.put(
        tx, office_id=office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
    audit.record(tx, office_id, officer.id, "ticket.answered", f"question:{question}", now)
