"""Staff decide what of a citizen's data goes; what the law makes the office keep has a reason.

First everything that was said and sent goes, and the citizen is told.  When that has arrived,
the address goes as well (`finish`): a message cannot be sent to somebody forgotten.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flows.cleaning import clean
from flows.lifecycle import OPEN
from handlers import appointments, audit
from handlers.arming import drafts
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.message import Message
from handlers.offices import House
from handlers.reminders import Dropped, Later
from handlers.sessions import decode
from storage import conversations, due, erasure, forgotten, outbox, privacy, tickets
from storage.db import Tx

KINDS = ("erase", "withdraw")
LONGEST_REASON = 200
SOON = timedelta(hours=1)
"""After the decision: time for the last message to arrive."""
PATIENCE = timedelta(days=2)
"""After which an address goes though the last message could not be delivered."""


def decide(tx: Tx, sight: Sight, request_id: int, keep: Mapping[str, str]) -> None:
    """Erase all that this office has of a chat, but for the tickets in `keep`, by number -> reason.

    Raises Rejected: unknown, stale (decided already), reason_missing, reason_long.
    """
    request = privacy.find(tx, request_id)
    if request is None or request.office_id != sight.officer.office_id or request.kind not in KINDS:
        raise Rejected("unknown")
    by, now = sight.officer.login, sight.now
    if not privacy.settle(tx, request_id, "open", "erased", by, now):
        raise Rejected("stale")
    rows = privacy.tickets(tx, request.conversation_id, request.office_id)
    reasons = {number: clean(reason) for number, reason in keep.items()}
    if not all(reasons.values()):
        raise Rejected("reason_missing")
    if any(len(reason) > LONGEST_REASON for reason in reasons.values()):
        raise Rejected("reason_long")
    staying = [row for row in rows if row.number in reasons]
    going = [row for row in rows if row.number not in reasons]
    for row in going:
        close(tx, row, by, now)
        forgotten.add(tx, row.office_id, "ticket", row, now)
        audit.record(tx, row.office_id, by, "data.erased", row.number, now)
    for row in staying:
        audit.record(tx, row.office_id, by, "data.kept", row.number, now)
    chat = conversations.get(tx, request.conversation_id)
    erasure.overwriting(tx, True)
    erasure.tickets(tx, [row.id for row in going])
    if not privacy.others_open(tx, request):
        erasure.loose_files(tx, chat.id)
        erasure.talk(tx, chat.id, chat.channel, chat.address)
        forgotten.add(tx, request.office_id, "talk", chat, now)
    erasure.overwriting(tx, False)
    audit.record(tx, request.office_id, by, "data.erased", f"request:{request_id}", now)
    _tell(tx, sight, chat, [(row.number, reasons[row.number]) for row in staying])
    due.arm(tx, request.office_id, "erasure", str(request_id), now + SOON)


def close(tx: Tx, row: Any, by: str, now: datetime) -> None:
    """What was under way ends; its citizen hears of it in the one message about it all."""
    if row.status not in OPEN:
        return
    tickets.move(tx, row.id, row.status, "withdrawn", row.officer, row.promise_at, now)
    tickets.record(
        tx, row, actor=by, move="withdraw", before=row.status, after="withdrawn", now=now
    )
    appointments.close(tx, row.id, "cancelled", now)
    audit.record(tx, row.office_id, by, "ticket.withdraw", row.number, now, was=row.status)


def _tell(tx: Tx, sight: Sight, chat: Any, kept: list[tuple[str, str]]) -> None:
    text = sight.house.words.say("data_erased", kept=kept, office=sight.office.name)
    values = {
        "kept": "; ".join(f"{number}: {reason}" for number, reason in kept),
        "office": sight.office.name,
    }
    message = Message(text, kind="news", template="data_erased", values=values)
    outbox.put(
        tx, office_id=sight.officer.office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=sight.now,
    )  # fmt: skip


def finish(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """The last word has arrived: forget the chat itself, unless something of it has to stay."""
    request = privacy.find(tx, int(row.subject))
    if request is None or request.state != "erased":
        return Dropped("not erased")
    chat = conversations.get(tx, request.conversation_id)
    if now < chat.seen_at + SOON:
        return Later(chat.seen_at + SOON)  # they are just writing
    waiting = erasure.waiting(tx, chat.channel, chat.address)
    if waiting and now < request.decided_at + PATIENCE:
        return Later(now + SOON)
    came_back = drafts(house.catalog(chat.office_id), decode(chat.session))
    staying = any(ticket.answers for ticket in privacy.tickets(tx, chat.id))
    if not (came_back or staying or privacy.others_open(tx, request)):
        erasure.overwriting(tx, True)
        erasure.chat(tx, chat, now)
        forgotten.add(tx, request.office_id, "chat", chat, now)
        erasure.overwriting(tx, False)
    privacy.settle(tx, request.id, "erased", "done", request.decided_by, request.decided_at)
    return None
