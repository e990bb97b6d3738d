"""Telegram: raw updates to events, messages to the Bot API, files from it.

python-telegram-bot gives types and transport; conversations and their order are ours.
Limits are those of the Bot API (https://core.telegram.org/bots/faq, /bots/api).
"""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import telegram
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import Enclosed, Enclosure, FetchFailed, Pace, Parcel, SendFailed
from bot.channels.split import fits, split
from bot.channels.telegram_files import TelegramFiles
from bot.channels.telegram_keyboard import inline, keyboard, quote
from flows.model import Event, Left, Opened, Said, Sent, Shared, Tapped, Unsupported
from handlers.inbound import Inbound
from handlers.message import Message
from handlers.posts import STAFF
from handlers.staff_chat import GroupCall, StaffTap
from handlers.staff_replies import StaffReply

NAME = "telegram"
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
TEXT, CAPTION = 4096, 1024
NOTICE = 200
"""Most characters in the answer to a tap."""
DOWNLOAD = 20 * 1024 * 1024
"""The Bot API gives no larger files to bots."""
GONE = ("left", "kicked")


class Telegram:
    """The Telegram channel."""

    name = NAME
    overall = Pace(1 / 30, burst=15)  # half of what is taken at once: what is late comes together

    def __init__(self, token: str, api_url: str) -> None:
        base = api_url.rstrip("/")
        self.bot = telegram.Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=HTTPXRequest(connection_pool_size=64, pool_timeout=30),
            get_updates_request=HTTPXRequest(connection_pool_size=2, read_timeout=40),
        )
        self._files = TelegramFiles(self.bot)
        self._ahead: set[int] = set()

    def pace(self, address: str) -> Pace:
        """One message a second to a person, with a small burst; twenty a minute to a group."""
        return Pace(3, burst=5) if address.startswith("-") else Pace(1, burst=3)

    def places(self, parcel: Parcel) -> int:
        """The words go below the file when they fit there."""
        text = parcel.message.text
        return 1 if fits(text, CAPTION) else 1 + len(split(text, TEXT))

    async def close(self) -> None:
        """Let go of connections."""
        await self.bot.shutdown()

    async def send(self, parcel: Parcel) -> str:
        """Deliver to one chat; returns the id of the (last) message.  Raises SendFailed."""
        message = parcel.message
        try:
            if message.acknowledge:
                return await self._acknowledge(message)
            if message.edits:
                return await self._edit(parcel)
            if parcel.file is not None:
                return await self._send_file(parcel, parcel.file)
            if message.location:
                return await self._locate(parcel)
            if parcel.enclosure is not None:
                return await self._enclose(parcel, parcel.enclosure)
            return await self._send_text(parcel)
        except RetryAfter as error:
            seconds = error.retry_after
            if isinstance(seconds, timedelta):
                seconds = seconds.total_seconds()  # type: ignore[assignment]
            raise SendFailed("429", retry_after=float(seconds)) from error  # type: ignore[arg-type]
        except Forbidden as error:
            raise SendFailed(error.message, permanent=True, left=True) from error
        except (BadRequest, ChatMigrated) as error:
            raise SendFailed(error.message, permanent=True) from error
        except TelegramError as error:
            raise SendFailed(type(error).__name__) from error

    async def _send_text(self, parcel: Parcel) -> str:
        message, sent_id = parcel.message, ""
        parts = split(message.text, TEXT)
        for part in parts:
            last = part is parts[-1]
            sent = await self.bot.send_message(
                int(parcel.address),
                part,
                reply_markup=keyboard(message) if last else None,
                reply_parameters=quote(message.quote) if part is parts[0] else None,
                disable_notification=message.silent,
            )
            sent_id = str(sent.message_id)
        return sent_id

    async def _locate(self, parcel: Parcel) -> str:
        latitude, longitude = map(float, parcel.message.location.split(","))
        sent = await self.bot.send_location(int(parcel.address), latitude, longitude)
        return str(sent.message_id)

    async def _acknowledge(self, message: Message) -> str:
        try:
            text = message.text[:NOTICE] or None
            await self.bot.answer_callback_query(message.acknowledge, text)
        except BadRequest:
            return ""  # too old to be answered: the tap's effect has been given all the same
        return message.acknowledge

    async def _edit(self, parcel: Parcel) -> str:
        """Let an earlier message say something else; one that is gone is left in peace."""
        if not parcel.edits:
            return ""
        taps = inline(parcel.message.choices) if parcel.message.choices else None
        try:
            await self.bot.edit_message_text(
                parcel.message.text[:TEXT],
                chat_id=int(parcel.address),
                message_id=int(parcel.edits),
                reply_markup=taps,
            )
        except BadRequest:
            return ""  # it says so already, or somebody deleted it
        return parcel.edits

    async def _send_file(self, parcel: Parcel, file: Enclosed) -> str:
        message = parcel.message
        common = {"caption": message.text[:CAPTION] or None, **self._dress(message)}
        sent = await self._files.send(int(parcel.address), message.file, file, common)
        return str(sent.message_id)

    async def _enclose(self, parcel: Parcel, it: Enclosure) -> str:
        """The file with the words below it; before them when they are too long for that."""
        message, chat = parcel.message, int(parcel.address)
        if fits(message.text, CAPTION):
            common = {"caption": message.text, **self._dress(message)}
            sent = await self._files.enclose(chat, it, common)
            return str(sent.message_id) if sent else await self._send_text(parcel)
        if parcel.id not in self._ahead:  # not again when the words have to be tried again
            await self._files.enclose(chat, it, {"disable_notification": True})
            self._ahead.add(parcel.id)
        sent_id = await self._send_text(parcel)
        self._ahead.discard(parcel.id)
        return sent_id

    def _dress(self, message: Message) -> dict[str, Any]:
        return {"reply_markup": keyboard(message), "disable_notification": message.silent}

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        """The bytes of a file that was announced.  Raises FetchFailed."""
        if remote.get("size", 0) > DOWNLOAD:
            raise FetchFailed("larger than the Bot API gives", permanent=True, code="too_big")
        try:
            file = await self.bot.get_file(remote["file_id"])
            return bytes(await file.download_as_bytearray())
        except BadRequest as error:
            code = "too_big" if "too big" in error.message.lower() else "lost"
            raise FetchFailed(error.message, permanent=True, code=code) from error
        except TelegramError as error:
            raise FetchFailed(type(error).__name__) from error


def read(raw: Mapping[str, Any]) -> Inbound | StaffTap | StaffReply | GroupCall | None:
    """What one raw update says; None when it is of no concern to us."""
    update = telegram.Update.de_json(dict(raw), None)
    text = json.dumps(raw, separators=(",", ":"))
    external_id = str(update.update_id)
    if update.callback_query is not None:
        return _read_tap(update.callback_query, external_id, text)
    if update.my_chat_member is not None:
        member = update.my_chat_member
        if member.chat.type != "private" or member.new_chat_member.status not in GONE:
            return None
        return Inbound(NAME, external_id, str(member.chat.id), Left(), text)
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type != "private":
        if update.message is not None and (replied := _replied(message)):
            return _read_reply(message, replied, external_id, text)
        asks = update.message is not None and (message.text or "").split("@")[0].strip() == "/id"
        return GroupCall(NAME, external_id, str(message.chat.id), text) if asks else None
    remote: dict[str, Any] = {}
    event: Event
    if update.edited_message is not None:
        if not message.text:
            return None
        event = Said(message.text, edited=True)
    else:
        event, remote = _read_message(message)
    return Inbound(
        channel=NAME,
        external_id=external_id,
        address=str(message.chat.id),
        event=event,
        raw=text,
        name=message.from_user.full_name[:100] if message.from_user else "",
        remote=remote,
        album=message.media_group_id is not None,
        message_id=str(message.message_id),
        reply_to=_replied(message),
        language=_language(message),
    )


def _language(message: telegram.Message) -> str:
    """The language of the person's app, without its country: "id", "jv"."""
    told = (message.from_user and message.from_user.language_code) or ""
    code = told.partition("-")[0].lower()
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else ""


def _replied(message: telegram.Message) -> str:
    """The bot's message that this one answers."""
    answered = message.reply_to_message
    if answered is None or answered.from_user is None or not answered.from_user.is_bot:
        return ""
    return str(answered.message_id)


def _read_message(message: telegram.Message) -> tuple[Event, dict[str, Any]]:
    if message.text is not None:
        command, _, payload = message.text.partition(" ")
        if command.split("@")[0] == "/start":
            return Opened(payload.strip()[:64]), {}
        return Said(message.text), {}
    file = message.photo[-1] if message.photo else message.document
    if file is not None and message.animation is None:
        remote = {"file_id": file.file_id, "size": file.file_size or 0}
        return Sent(secrets.token_urlsafe(16), message.caption or ""), remote
    if (phone := _own_phone(message)) is not None:
        return Shared(phone), {}
    if (sound := message.voice or message.audio) is not None:
        remote = {"file_id": sound.file_id, "size": sound.file_size or 0, "voice": True}
        return Unsupported("voice"), remote
    kinds = ("sticker", "location", "contact")
    kind = next((kind for kind in kinds if getattr(message, kind) is not None), "")
    if message.video is not None or message.video_note is not None or message.animation is not None:
        kind = "video"
    return Unsupported(kind or "other"), {}


def _own_phone(message: telegram.Message) -> str | None:
    """The number that the person shared, if it is their own: Telegram vouches for that."""
    contact, person = message.contact, message.from_user
    if contact is None or person is None or contact.user_id != person.id:
        return None
    digits = "".join(filter(str.isdecimal, contact.phone_number))
    return f"+{digits}" if 7 <= len(digits) <= 15 else None


def _read_reply(
    message: telegram.Message, replied: str, external_id: str, raw: str
) -> StaffReply | None:
    """Somebody in a group answered a message of ours."""
    if message.from_user is None:
        return None
    event, remote = _read_message(message)
    return StaffReply(
        NAME, external_id, str(message.chat.id), event, replied, str(message.message_id),
        str(message.from_user.id), remote, raw,
    )  # fmt: skip


def _read_tap(
    query: telegram.CallbackQuery, external_id: str, raw: str
) -> Inbound | StaffTap | None:
    if query.message is None or query.data is None:
        return None
    address = str(query.message.chat.id)
    if query.data.startswith(STAFF):
        officer, name = str(query.from_user.id), query.from_user.full_name[:100]
        return StaffTap(NAME, external_id, address, query.data, query.id, officer, name, raw)
    if query.message.chat.type != "private":
        return None
    return Inbound(NAME, external_id, address, Tapped(query.data), raw, tap=query.id)
