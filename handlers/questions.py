"""An officer answers a citizen's question: once, in the chat where it was asked."""

from datetime import datetime

from flows.cleaning import clean
from handlers import alerts, audit, doors
from handlers.errors import Rejected
from handlers.message import Message
from handlers.offices import House
from handlers.tickets import Actor
from storage import conversations, outbox, questions
from storage.db import Tx

LONGEST = 3000
"""Characters of a reply; every channel takes that many in one message."""


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
