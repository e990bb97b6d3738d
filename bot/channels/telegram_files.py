"""Files that go out on Telegram: one person's own, and those of broadcasts, uploaded once.

What Telegram has taken once it names by an id; sending that again costs no upload
(https://core.telegram.org/bots/api#sending-files).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import telegram
from telegram.error import BadRequest

from bot.channels.base import Enclosed, Enclosure
from handlers.media_types import ENDINGS
from storage.files import Missing


class TelegramFiles:
    """Sends them; remembers what Telegram has."""

    def __init__(self, bot: telegram.Bot) -> None:
        self._bot = bot
        self._known: dict[str, str] = {}
        self._uploading = asyncio.Lock()

    async def send(
        self, chat: int, name: str, file: Enclosed, common: Mapping[str, Any]
    ) -> telegram.Message:
        """A file of a talk.  common: caption, buttons, sound."""
        match file.kind:
            case "photo":
                return await self._bot.send_photo(chat, file.data, **common)
            case "voice" if voice := await self._voice(chat, file, common):
                return voice
        ending = ENDINGS.get(file.media_type, "pdf")
        named = f"{name[:8]}.{ending}"
        return await self._bot.send_document(chat, file.data, filename=named, **common)

    async def _voice(
        self, chat: int, file: Enclosed, common: Mapping[str, Any]
    ) -> telegram.Message | None:
        """None where the person takes no voice notes, or this is none by Telegram's measure."""
        try:
            return await self._bot.send_voice(chat, file.data, **common)
        except BadRequest:
            return None

    async def enclose(
        self, chat: int, it: Enclosure, common: Mapping[str, Any]
    ) -> telegram.Message | None:
        """A file of a broadcast: the first time its bytes go, then its id.  None if it is gone."""
        send = self._sending(it.kind)
        if it.id not in self._known:
            async with self._uploading:  # whoever comes meanwhile finds the id
                if it.id not in self._known:
                    return await self._upload(chat, it, send, common)
        try:
            return await send(chat, self._known[it.id], **common)
        except BadRequest as error:
            if "file" not in error.message.lower():
                raise
            return await self._upload(chat, it, send, common)  # Telegram has let go of it

    async def _upload(
        self,
        chat: int,
        it: Enclosure,
        send: Callable[..., Awaitable[telegram.Message]],
        common: Mapping[str, Any],
    ) -> telegram.Message | None:
        try:
            data = await it.load()
        except Missing:
            return None
        named = {"filename": it.url.rpartition("/")[2] or it.id} if it.kind == "pdf" else {}
        sent = await send(chat, data, **named, **common)
        taken = sent.photo[-1] if sent.photo else sent.video or sent.document
        if taken is not None:
            self._known[it.id] = taken.file_id
        return sent

    def _sending(self, kind: str) -> Callable[..., Awaitable[telegram.Message]]:
        sending: Mapping[str, Callable[..., Awaitable[telegram.Message]]] = {
            "photo": self._bot.send_photo,
            "video": self._bot.send_video,
        }
        return sending.get(kind, self._bot.send_document)
