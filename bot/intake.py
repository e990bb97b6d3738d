"""The door for updates: returns only when the turn is committed, so that channels can acknowledge.

A bug while processing one update is caught here: the update is set aside with its raw
payload, the citizen gets one apology, staff an alert, and the next update goes on.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.bare import reason, without_values
from bot.channels import telegram, whatsapp_read
from bot.clock import Clock
from bot.gate import Gate
from handlers import delivery, staff_chat, staff_replies
from handlers.delivery import Receipt
from handlers.inbound import Inbound, Unread, keep_unread, receive, set_aside
from handlers.offices import House
from handlers.staff_chat import GroupCall, StaffTap
from handlers.staff_replies import StaffReply
from storage.db import Tx, is_outage

Update = Inbound | StaffTap | StaffReply | GroupCall
"""What a channel reads from one raw update."""

log = logging.getLogger(__name__)


class Intake:
    """Takes in what channels read."""

    def __init__(self, gate: Gate, house: House, clock: Clock, wake: Callable[[], None]) -> None:
        """wake: called after each commit, for the sender and the fetcher."""
        self._gate = gate
        self._house = house
        self._clock = clock
        self._wake = wake

    async def take(self, update: Update) -> bool:
        """Give one update its effect, once; False when it was a repetition."""
        now = self._clock()

        def work(tx: Tx) -> bool:
            if isinstance(update, StaffTap):
                return staff_chat.receive(tx, self._house, update, now)
            if isinstance(update, StaffReply):
                return staff_replies.from_group(tx, self._house, update, now)
            if isinstance(update, GroupCall):
                return staff_chat.tell_id(tx, self._house, update, now)
            return receive(tx, self._house, update, now)

        try:
            new = await self._gate.write(work)
        except Exception as error:
            if is_outage(error):
                raise  # the database, not the update: the channel will bring it again
            log.error("update set aside: %s", type(error).__name__, exc_info=without_values(error))
            new = await self._set_aside(update, error, now)
        self._wake()
        return new

    async def take_telegram(self, raw: Mapping[str, Any]) -> None:
        """Read and take one raw update of Telegram; one that cannot be read is set aside."""
        try:
            update = telegram.read(raw)
        except Exception as error:
            log.error("update cannot be read: %s", type(error).__name__)
            text = json.dumps(raw)
            unread = Unread(telegram.NAME, str(raw["update_id"]), text)
            why, now = reason(error), self._clock()
            await self._gate.write(lambda tx: keep_unread(tx, unread, why, now))
            return
        if update is not None:
            await self.take(update)

    async def take_form(self, form: Mapping[str, str]) -> None:
        """Read and take what one form of Twilio says; one that cannot be read is set aside."""
        try:
            updates = whatsapp_read.read(form)
        except Exception as error:
            log.error("form cannot be read: %s", type(error).__name__)
            text = json.dumps(dict(form))
            unread = Unread(whatsapp_read.NAME, form.get("MessageSid", ""), text)
            why, now = reason(error), self._clock()
            await self._gate.write(lambda tx: keep_unread(tx, unread, why, now))
            return
        for update in updates:
            await self.take(update)

    async def take_receipt(self, receipt: Receipt) -> None:
        """Keep a platform's report on a message of ours."""
        now = self._clock()
        if await self._gate.write(lambda tx: delivery.receive(tx, self._house, receipt, now)):
            self._wake()

    async def _set_aside(self, update: Update, error: Exception, now: datetime) -> bool:
        why = reason(error)
        if not isinstance(update, Inbound):
            unread = Unread(update.channel, update.external_id, update.raw)
            return await self._gate.write(lambda tx: keep_unread(tx, unread, why, now))
        return await self._gate.write(lambda tx: set_aside(tx, self._house, update, why, now))
