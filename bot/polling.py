"""Long polling of Telegram: the offset moves only after the turns are committed."""

import asyncio
import logging
import warnings
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from telegram.error import Conflict, InvalidToken
from telegram.warnings import PTBUserWarning

from bot.channels.telegram import UPDATES, Telegram

log = logging.getLogger(__name__)
# We want the raw updates: the library's own call gives up a whole batch for one it cannot read.
warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)

WAIT = 25
"""Seconds that Telegram may hold an empty answer."""
PAUSES = (1, 2, 5, 15, 30)
"""Seconds to wait after failures in a row."""

Take = Callable[[Mapping[str, Any]], Awaitable[object]]


async def poll(channel: Telegram, take: Take) -> None:
    """Give every update to `take`, each person's in order, until cancelled."""
    offset, failures, ready = 0, 0, False
    while True:
        try:
            if not ready:
                await channel.bot.delete_webhook()
                ready = True
            updates: Any = await channel.bot.do_api_request(
                "getUpdates",
                {"offset": offset, "timeout": WAIT, "allowed_updates": UPDATES},
                read_timeout=WAIT + 15,
            )
            await _take_all(updates, take)
        except Exception as error:
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            failures += 1
            level = logging.ERROR if isinstance(error, Conflict | InvalidToken) else logging.WARNING
            name = type(error).__name__
            log.log(level, "updates could not be taken in (%s); again in %d s", name, pause)
            await asyncio.sleep(pause)
            continue
        failures = 0
        if updates:
            offset = updates[-1]["update_id"] + 1


async def _take_all(updates: Sequence[Mapping[str, Any]], take: Take) -> None:
    chats: dict[object, list[Mapping[str, Any]]] = defaultdict(list)
    for update in updates:
        chats[_chat(update)].append(update)

    async def one_after_another(chat: Sequence[Mapping[str, Any]]) -> None:
        for update in chat:
            await take(update)

    await asyncio.gather(*map(one_after_another, chats.values()))


def _chat(update: Mapping[str, Any]) -> object:
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in update:
            return update[kind]["chat"]["id"]
    return update.get("callback_query", {}).get("from", {}).get("id")
