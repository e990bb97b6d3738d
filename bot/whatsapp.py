"""What the program has of Twilio: both channels, the signature's key, and catching up.

Twilio does not repeat what its webhooks could not deliver.  So the program asks now and then
for the messages that came since the last one seen, and for what became of its own.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from twilio.request_validator import RequestValidator

from bot import twilio_hooks
from bot.channels.base import Enclosed, Pace
from bot.channels.twilio_api import Twilio, Unreachable
from bot.channels.whatsapp import Sms, WhatsApp
from bot.channels.whatsapp_read import NAME
from bot.channels.whatsapp_templates import load
from bot.clock import Clock
from bot.gate import Gate
from bot.intake import Intake
from bot.settings import Settings
from bot.template_commands import TEMPLATES
from handlers.delivery import SMS, Receipt
from handlers.enclosures import place
from handlers.words import Words
from storage import bookmarks, inbox, outbox

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""Listed again each time, for messages that appear late in Twilio's list; taken in once anyhow."""
SECOND = timedelta(seconds=1)
"""How exactly Twilio says when a message was sent."""
ASKED_AFTER = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24))
"""Then Twilio is asked what came of a message, as long as it has not reported an end."""
BEFORE_ALL = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TwilioParts:
    """One account's channels, and what its webhooks are checked with."""

    account_sid: str
    public_url: str
    validator: RequestValidator
    api: Twilio
    whatsapp: WhatsApp | None
    sms: Sms | None

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Our numbers that people write to, each with its channel."""
        ours = [(NAME, self.whatsapp.sender)] if self.whatsapp and self.whatsapp.sender else []
        return [*ours, (SMS, self.sms.sender)] if self.sms else ours


def build(settings: Settings, words: Words, lend: Callable[[Enclosed], str]) -> TwilioParts | None:
    """The parts as the settings say; None without an account.

    lend  where Twilio can fetch a file that goes with a message
    """
    given, text = settings.whatsapp, settings.sms
    if not given.account_sid:
        return None
    api = Twilio(given.account_sid, given.auth_token, given.api_url)
    public_url = settings.web.public_url.rstrip("/")
    report_url = f"{public_url}{twilio_hooks.REPORTS}"
    whatsapp = None
    if given.on:
        whatsapp = WhatsApp(
            api,
            given.sender,
            given.messaging_service_sid,
            report_url,
            load(TEMPLATES, place(public_url)),
            overall=_pace(given.per_second),
            person=Pace(given.person_seconds, burst=given.person_burst),
            button=words.say("button_list"),
            hint=words.say("answer_by_number"),
            lend=lend,
        )
    overall = _pace(text.per_second)
    sms = Sms(api, text.from_, report_url, overall) if text.from_ else None
    return TwilioParts(
        given.account_sid, public_url, RequestValidator(given.auth_token), api, whatsapp, sms
    )


def _pace(per_second: int) -> Pace:
    """What the platform allows; half of it at once, for what is late comes together."""
    return Pace(1 / per_second, burst=max(1, per_second // 2))


class CatchUp:
    """Asks Twilio for what its webhooks did not bring."""

    def __init__(
        self, parts: TwilioParts, intake: Intake, gate: Gate, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._parts = parts
        self._intake = intake
        self._gate = gate
        self._clock = clock
        self._wake = wake

    async def run(self, seconds: float) -> None:
        """Now, and every so many seconds, until cancelled."""
        while True:
            try:
                await self.once()
            except Unreachable as error:
                log.warning("Twilio cannot be asked (%s); again later", error)
            except Exception as error:
                log.error("catching up failed: %s", type(error).__name__)
            await asyncio.sleep(seconds)

    async def once(self) -> int:
        """One round; returns how many messages were listed.  Raises Unreachable."""
        if self._parts.whatsapp is not None:
            await self._parts.whatsapp.refresh()
        count = 0
        for channel, number in self._parts.numbers:
            count += await self._received(channel, number)
        await self._confirm()
        return count

    async def _received(self, channel: str, number: str) -> int:
        name = f"{channel}:{number.removeprefix('whatsapp:')}"
        mark = await self._gate.read(lambda tx: bookmarks.find(tx, name))
        if mark is None:  # the first time: what came before us is not ours to answer
            newest = await self._parts.api.received(number, None)
            until = newest[-1].sent_at + OVERLAP + SECOND if newest else BEFORE_ALL
            await self._gate.write(lambda tx: bookmarks.put(tx, name, until))
            return 0
        listed = await self._parts.api.received(number, mark - OVERLAP)
        known = await self._known(channel, [each.form["MessageSid"] for each in listed])
        for each in listed:
            if each.form["MessageSid"] not in known:
                await self._intake.take_form(await self._parts.api.with_media(each.form))
        if listed and listed[-1].sent_at > mark:
            last = listed[-1].sent_at
            await self._gate.write(lambda tx: bookmarks.put(tx, name, last))
        return len(listed) - len(known)

    async def _known(self, channel: str, sids: list[str]) -> set[str]:
        return await self._gate.read(lambda tx: inbox.known(tx, channel, sids))

    async def _confirm(self) -> None:
        """Ask what became of messages of which no end was reported."""
        for asks, silence in enumerate(ASKED_AFTER):
            await self._ask(asks, self._clock() - silence)

    async def _ask(self, asks: int, before: datetime) -> None:
        for row in await self._gate.read(lambda tx: outbox.unconfirmed(tx, asks, before)):
            status, error = await self._parts.api.status(row.external_id)
            receipt = Receipt(row.channel, row.id, row.external_id, status, error)
            await self._intake.take_receipt(receipt)
            await self._gate.write(partial(outbox.asked, row_id=row.id, asks=asks + 1))
