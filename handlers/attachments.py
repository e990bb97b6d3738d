"""The end of a fetch: what was found becomes an event in the chat that waits for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.model import Judged
from handlers import alerts, inbound, posts, question_files, relay
from handlers.message import Message
from handlers.offices import House
from handlers.sessions import decode, encode
from storage import attachments, conversations, erasure, outbox
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Found:
    """What a fetched file turned out to be.

    state    "stored" (the vault has it) or "refused"
    verdict  "good", a doubt, or why it was refused
    """

    state: str
    verdict: str
    kind: str = ""
    media_type: str = ""
    sha256: str = ""
    size: int = 0
    error: str = ""


def judge(tx: Tx, house: House, file: str, found: Found, now: datetime) -> bool:
    """Keep the verdict and let the conversation go on; False when it had gone on before."""
    new = attachments.examined(
        tx, file, state=found.state, verdict=found.verdict, kind=found.kind,
        media_type=found.media_type, sha256=found.sha256, size=found.size, error=found.error,
    )  # fmt: skip
    if new:
        row = attachments.get(tx, file)
        assert row is not None
        if "talk" in row.remote:
            relay.judged(tx, house, row, found.kind, found.state == "stored", now)
            return new
        if "question" in row.remote:
            question_files.judged(tx, house, row, now)
            return new
        chat = conversations.get(tx, row.conversation_id)
        judged = Judged(file, found.kind, found.verdict, row.caption)
        inbound.turn(tx, house, chat, judged, now)
    else:
        erasure.late(tx, file)
    return new


def set_aside(tx: Tx, house: House, file: str, error: str, now: datetime) -> bool:
    """After a bug in that turn: the file counts as lost and nobody waits for it any more.

    Whoever sent it gets one apology, staff an alert.  False when the file was settled before.
    """
    if not attachments.examined(tx, file, state="refused", verdict="lost", error=error[:500]):
        erasure.late(tx, file)
        return False
    row = attachments.get(tx, file)
    assert row is not None
    chat = conversations.get(tx, row.conversation_id)
    conversations.keep(
        tx, chat.id, office_id=chat.office_id, now=chat.seen_at, left_at=chat.left_at,
        session=encode(decode(chat.session).without(file)),
    )  # fmt: skip
    _apologise(tx, house, row, chat, now)
    alerts.failed(tx, house, house.office(row.office_id), now)
    return True


def _apologise(tx: Tx, house: House, row: Any, chat: Any, now: datetime) -> None:
    """To the citizen, or to the officer who sent the file to them."""
    apology, office = Message(house.words.say("apology_file")), house.office(row.office_id)
    if officer := row.remote.get("by", ""):
        posts.tell(tx, house, office, posts.own(tx, office, [officer]), apology, now)
        return
    outbox.put(
        tx, office_id=row.office_id, channel=chat.channel, address=chat.address,
        payloads=[apology.payload()], now=now,
    )  # fmt: skip
