"""The wiring: settings in, a running program out.

`Program` holds the parts and starts and stops them; `create` makes the ASGI
application around it.  Nothing here decides anything about a conversation.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from bot import web
from bot.bare import reason, unawaited, without_values
from bot.campaigns import Campaigns
from bot.channels.base import Channel
from bot.channels.counter import Counter
from bot.channels.telegram import UPDATES, Telegram
from bot.channels.webchat import WebChat
from bot.clock import Clock, clock
from bot.fetcher import Fetcher
from bot.gate import Gate
from bot.intake import Intake
from bot.ledger import Ledger, forget_again
from bot.lending import Lender
from bot.polling import poll
from bot.sender import Sender
from bot.settings import Settings
from bot.shelf import Shelf
from bot.ticks import ticking
from handlers import housekeeping
from handlers.offices import House
from storage.db import Database
from storage.files import Vault

if TYPE_CHECKING:
    from bot.whatsapp import TwilioParts

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Program:
    """Everything that runs, wired together."""

    settings: Settings
    house: House
    database: Database
    vault: Vault
    clock: Clock
    gate: Gate
    intake: Intake
    sender: Sender
    fetcher: Fetcher
    webchat: WebChat
    campaigns: Campaigns
    shelf: Shelf
    telegram: Telegram | None
    lender: Lender
    ledger: Ledger
    twilio: "TwilioParts | None" = None
    broken: bool = False

    def wake(self) -> None:
        """Something was committed: there may be messages to send or files to fetch."""
        self.sender.wake()
        self.fetcher.wake()


def assemble(settings: Settings, house: House, database: Database, vault: Vault) -> Program:
    """Wire the parts; call inside a running event loop."""
    asyncio.get_running_loop().set_exception_handler(unawaited)
    now = clock(settings.clock.start)
    gate = Gate(database)
    webchat = WebChat(vault)
    lender = Lender(vault, settings.web.public_url, now)
    telegram = None
    if settings.telegram.token:
        telegram = Telegram(settings.telegram.token, settings.telegram.api_url)
    counter = Counter(vault)
    channels: dict[str, Channel] = {webchat.name: webchat, counter.name: counter}
    if telegram is not None:
        channels[telegram.name] = telegram
    twilio = None
    if settings.whatsapp.account_sid:
        from bot.whatsapp import build as build_twilio  # slow to import; not for everybody

        twilio = build_twilio(settings, house.words, lender.address)
    if twilio is not None:
        ours = (each for each in (twilio.whatsapp, twilio.sms) if each is not None)
        channels |= {each.name: each for each in ours}
    shelf = Shelf(gate, vault, settings.web.public_url)
    sender = Sender(gate, house, channels, now, vault, shelf)
    fetcher = Fetcher(gate, house, channels, vault, now, sender.wake)

    def wake() -> None:
        sender.wake()
        fetcher.wake()

    intake = Intake(gate, house, now, wake)
    paces = {name: channel.overall for name, channel in channels.items()}
    campaigns = Campaigns(gate, house, paces, now, sender.wake)
    return Program(
        settings, house, database, vault, now, gate, intake, sender, fetcher, webchat, campaigns,
        shelf, telegram, lender, Ledger.of(settings), twilio,
    )  # fmt: skip


@asynccontextmanager
async def running(program: Program) -> AsyncIterator[None]:
    """Sender, fetcher, ticks and channels at work; all ended on the way out."""
    await forget_again(program.gate, program.vault, program.ledger, program.clock())
    if program.database.sqlite:
        now = program.clock()
        await program.gate.write(lambda tx: housekeeping.recover(tx, now))
    tasks = [
        asyncio.create_task(program.sender.run(), name="sender"),
        asyncio.create_task(program.fetcher.run(), name="fetcher"),
        asyncio.create_task(program.campaigns.run(), name="campaigns"),
    ]
    if program.telegram is not None:
        await program.telegram.bot.initialize()
        tasks.append(asyncio.create_task(_serve_telegram(program), name="telegram"))
    if program.twilio is not None:
        tasks.append(asyncio.create_task(_catch_up(program, program.twilio), name="twilio"))
    for task in tasks:
        task.add_done_callback(partial(_report, program))
    with ticking(program):
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await program.fetcher.close()
            if program.telegram is not None:
                await program.telegram.close()
            if program.twilio is not None:
                await program.twilio.api.close()


def create(settings: Settings, house: House, database: Database, vault: Vault) -> FastAPI:
    """The ASGI application: web chat, desk, webhooks, health."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        program = assemble(settings, house, database, vault)
        web.mount(app, program)
        async with running(program):
            app.state.program = program
            yield
            app.state.broken = program.broken

    app = FastAPI(title="Loket", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.program, app.state.broken = None, False
    return app


async def _serve_telegram(program: Program) -> None:
    """Poll, or tell Telegram once where our webhook is."""
    assert program.telegram is not None
    telegram, settings = program.telegram, program.settings

    async def take(raw: Mapping[str, Any]) -> None:
        await program.intake.take_telegram(raw)

    if settings.telegram.mode == "polling":
        await poll(telegram, take)
        return
    while True:
        try:
            await telegram.bot.set_webhook(
                f"{settings.web.public_url.rstrip('/')}/webhooks/telegram",
                secret_token=settings.telegram.webhook_secret,
                allowed_updates=UPDATES,
            )
            return
        except Exception as error:
            log.warning("the webhook could not be set (%s); again soon", type(error).__name__)
            await asyncio.sleep(10)


async def _catch_up(program: Program, twilio: "TwilioParts") -> None:
    from bot.whatsapp import CatchUp

    catch_up = CatchUp(twilio, program.intake, program.gate, program.clock, program.wake)
    await catch_up.run(program.settings.whatsapp.catch_up_seconds)


def _report(program: Program, task: asyncio.Task[None]) -> None:
    """A part that ends by an error takes the program down: a restart beats a silent half-life."""
    if not task.cancelled() and (error := task.exception()) is not None:
        bare = without_values(error)
        log.critical("%s stopped: %s", task.get_name(), reason(error), exc_info=bare)
        program.broken = True
        os.kill(os.getpid(), signal.SIGTERM)
