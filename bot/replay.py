"""Updates that a bug had set aside, given their effect after the bug is mended."""

import json
from datetime import datetime
from typing import Any

from bot.channels import telegram, webchat, whatsapp_read
from handlers.delivery import SMS
from handlers.inbound import Inbound, process
from handlers.offices import House
from storage import inbox
from storage.db import Database, Tx


def replay(database: Database, house: House, now: datetime) -> tuple[int, int]:
    """Process every update that was set aside; returns how many succeeded and how many not."""
    done = failed = 0
    for row in database.read(inbox.failed):
        try:
            update = _read(row)
        except Exception:
            failed += 1
            continue

        def work(tx: Tx, update: Inbound | None = update, row_id: int = row.id) -> None:
            if update is not None:
                process(tx, house, update, now)
            inbox.settle(tx, row_id, "done")

        try:
            database.write(work)
            done += 1
        except Exception:
            failed += 1
    return done, failed


def _read(row: Any) -> Inbound | None:
    """The update in a row; None when there is nothing left to do for it (a tap of staff)."""
    if row.channel == webchat.NAME:
        return webchat.read(row.address, row.external_id, row.raw)
    if row.channel in (whatsapp_read.NAME, SMS):
        updates = whatsapp_read.read(json.loads(row.raw))
        return next((each for each in updates if each.external_id == row.external_id), None)
    update = telegram.read(json.loads(row.raw))
    return update if isinstance(update, Inbound) else None
