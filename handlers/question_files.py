"""Photos and PDFs that a citizen sends to a human of the office, as part of the question.

Fetched and examined like any other file, they belong to the question alone and to no request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import posts
from handlers.message import Message
from handlers.offices import House, Office
from handlers.posts import Chat
from storage import alerts, conversations, outbox, questions
from storage.db import Tx

KIND = "question_file"
"""The kind of a photo in an officer's own chat: an answer to it answers its question."""
ALBUM = timedelta(seconds=30)
"""A photo that comes this soon after one that is still on its way is not answered by itself."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file as staff see it: "photo" or "pdf", and "waiting", "stored" or "refused"."""

    id: str
    kind: str
    state: str


def shown(tx: Tx, asked: Sequence[Any]) -> dict[int, list[Enclosed]]:
    """What was sent with each of these questions, by its id, oldest first."""
    found = questions.files(tx, asked)
    return {
        question: [Enclosed(file.id, file.kind, file.state) for file in sent]
        for question, sent in found.items()
    }


def in_album(tx: Tx, question: Any, now: datetime) -> bool:
    """Whether a photo of it is on its way that came just now: the others need no word each."""
    sent = questions.files(tx, [question]).get(question.id, ())
    return any(file.state == "waiting" and now - file.created_at < ALBUM for file in sent)


def enclose(
    tx: Tx, house: House, office: Office, number: int, files: Sequence[str], now: datetime
) -> list[Message]:
    """Files go with a question; returns what the citizen hears of those that cannot be opened.

    Mostly they are still on their way; those that were examined before have their effect now.
    """
    if not files:
        return []
    sent = questions.enclose(tx, number, files)
    _hand_on(tx, house, office, number, [file for file in sent if file.state == "stored"], now)
    return [_unreadable(house, file) for file in sent if file.state == "refused"]


def judged(tx: Tx, house: House, file: Any, now: datetime) -> None:
    """A file was examined: whoever reads the words gets it, or the citizen hears what helps.

    file  its row, as it is now
    """
    row = questions.get(tx, int(file.remote["question"]))
    assert row is not None
    if file.state == "stored":
        _hand_on(tx, house, house.office(row.office_id), row.id, [file], now)
        return
    chat = conversations.get(tx, row.conversation_id)
    outbox.put(
        tx, office_id=row.office_id, channel=chat.channel, address=chat.address,
        payloads=[_unreadable(house, file).payload()], now=now,
    )  # fmt: skip


def read_out(
    tx: Tx, house: House, office: Office, question: Any, logins: Sequence[str], now: datetime
) -> None:
    """The files of a question, in officers' own chats, after its words."""
    sent = questions.files(tx, [question]).get(question.id, ())
    stored = [file for file in sent if file.state == "stored"]
    if stored:
        _post(tx, house, office, question.id, stored, posts.own(tx, office, logins), now)


def _hand_on(
    tx: Tx, house: House, office: Office, number: int, files: Sequence[Any], now: datetime
) -> None:
    """To those who have read the words of the question in their own chats."""
    told = {(row.channel, row.address) for row in alerts.about(tx, "question", str(number))}
    own = sorted(told.difference(posts.group(office)))
    _post(tx, house, office, number, files, own, now)


def _post(
    tx: Tx,
    house: House,
    office: Office,
    number: int,
    files: Sequence[Any],
    chats: Sequence[Chat],
    now: datetime,
) -> None:
    for file in files:

        def make(_: str, file: Any = file) -> Message:
            return Message(house.words.say("question_file_read", kind=file.kind), file=file.id)

        posts.post(tx, house, office, chats, KIND, str(number), make, now, priority=outbox.REPLY)


def _unreadable(house: House, file: Any) -> Message:
    """Why a file cannot be opened and what helps, in answer to the message it came with."""
    return Message(house.words.say(f"file_{file.verdict}", tries=1), quote=file.message_id)
