"""The end of a fetch: what was found becomes an event in the chat that waits for it."""

from dataclasses import dataclass
from datetime import datetime

from flows.model import Judged
from handlers import inbound, question_files, relay
from handlers.offices import House
from storage import attachments, conversations, erasure
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
