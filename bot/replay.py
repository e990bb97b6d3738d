"""Updates that a bug had set aside, given their effect after the bug is mended: each once."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.channels import telegram, webchat, whatsapp_read
from handlers import staff_replies
from handlers.delivery import SMS
from handlers.inbound import Inbound, process
from handlers.offices import House
from handlers.staff_replies import StaffReply
from storage import inbox
from storage.db import Database, Tx


def replay(database: Database, house: House, now: datetime) -> tuple[int, int]:
    """Process every update that was set aside; returns how many succeeded and how many not."""
    ends = Counter(again(database, house, row, now) for row in _set_aside(database))
    return ends["done"], ends["failed"]


def again(database: Database, house: House, row: Any, now: datetime) -> str:
    """Process one update: "done", "failed", or "gone" when another replay was faster."""

    def work(tx: Tx) -> str:
        if not inbox.redeem(tx, row.id):
            return "gone"
        match _read(row):
            case Inbound() as update:
                process(tx, house, update, now)
            case StaffReply() as reply:
                staff_replies.process(tx, house, reply, now)
        return "done"

    try:
        return database.write(work)
    except Exception:
        return "failed"


def _set_aside(database: Database) -> Iterator[Any]:
    """All of them, oldest first: those that fail again hide none behind them."""
    above = 0

    def some(tx: Tx) -> list[Any]:
        return inbox.failed(tx, above)

    while rows := database.read(some):
        yield from rows
        above = rows[-1].id


def _read(row: Any) -> Inbound | StaffReply | None:
    """The update in a row; None when there is nothing left to do for it (a tap of staff)."""
    if row.channel == webchat.NAME:
        return webchat.read(row.address, row.external_id, row.raw)
    if row.channel in (whatsapp_read.NAME, SMS):
        updates = whatsapp_read.read(json.loads(row.raw))
        return next((each for each in updates if each.external_id == row.external_id), None)
    update = telegram.read(json.loads(row.raw))
    return update if isinstance(update, Inbound | StaffReply) else None
