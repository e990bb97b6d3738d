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

from bot.channels.base import Enclosed, FetchFailed, Pace, Parcel, SendFailed
from bot.channels.split import split
from flows.model import Event, Left, Opened, Said, Sent, Shared, Tapped, Unsupported
from handlers.inbound import Inbound
from handlers.message import Button, Message
from handlers.posts import STAFF
from handlers.staff_chat import GroupCall, StaffTap
from handlers.staff_replies import StaffReply

NAME = "telegram"
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
TEXT, CAPTION = 4096, 1024
ENDINGS = {"audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/amr": "amr"}
"""How the name of a file ends that is sent as a document; else it is a PDF."""
NOTICE = 200
"""Most characters in the answer to a tap."""
DOWNLOAD = 20 * 1024 * 1024
"""The Bot API gives no larger files to bots."""
GONE = ("left", "kicked")
SHORT = 12
"""Labels up to this long go two in a row."""


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

    def pace(self, address: str) -> Pace:
        """One message a second to a person, with a small burst; twenty a minute to a group."""
        return Pace(3, burst=5) if address.startswith("-") else Pace(1, burst=3)

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
            sent_id = ""
            parts = split(message.text, TEXT)
            for part in parts:
                last = part is parts[-1]
                sent = await self.bot.send_message(
                    int(parcel.address),
                    part,
                    reply_markup=_keyboard(message) if last else None,
                    reply_parameters=_quote(message.quote) if part is parts[0] else None,
                    disable_notification=message.silent,
                )
                sent_id = str(sent.message_id)
            return sent_id
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
        keyboard = _inline(parcel.message.choices) if parcel.message.choices else None
        try:
            await self.bot.edit_message_text(
                parcel.message.text[:TEXT],
                chat_id=int(parcel.address),
                message_id=int(parcel.edits),
                reply_markup=keyboard,
            )
        except BadRequest:
            return ""  # it says so already, or somebody deleted it
        return parcel.edits

    async def _send_file(self, parcel: Parcel, file: Enclosed) -> str:
        message, chat = parcel.message, int(parcel.address)
        common: dict[str, Any] = {
            "caption": message.text[:CAPTION] or None,
            "reply_markup": _keyboard(message),
            "disable_notification": message.silent,
        }
        match file.kind:
            case "photo":
                sent = await self.bot.send_photo(chat, file.data, **common)
            case "voice" if voice := await self._send_voice(chat, file, common):
                sent = voice
            case _:
                name = f"{message.file[:8]}.{ENDINGS.get(file.media_type, 'pdf')}"
                sent = await self.bot.send_document(chat, file.data, filename=name, **common)
        return str(sent.message_id)

    async def _send_voice(
        self, chat: int, file: Enclosed, common: Mapping[str, Any]
    ) -> telegram.Message | None:
        """None where the person takes no voice notes, or this is none by Telegram's measure."""
        try:
            return await self.bot.send_voice(chat, file.data, **common)
        except BadRequest:
            return None

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
    )


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


def _quote(message_id: str) -> telegram.ReplyParameters | None:
    if not message_id:
        return None
    return telegram.ReplyParameters(int(message_id), allow_sending_without_reply=True)


def _keyboard(
    message: Message,
) -> telegram.InlineKeyboardMarkup | telegram.ReplyKeyboardMarkup | None:
    if message.share_phone:
        share = telegram.KeyboardButton(message.share_phone, request_contact=True)
        return telegram.ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    return _inline(message.choices) if message.choices else None


def _inline(choices: tuple[Button, ...]) -> telegram.InlineKeyboardMarkup:
    rows: list[list[telegram.InlineKeyboardButton]] = []
    number, room = 0, 0
    for choice in choices:
        number += choice.numbered
        label = f"{number} {choice.label}" if choice.numbered else choice.label
        button = telegram.InlineKeyboardButton(
            label, url=choice.url or None, callback_data=None if choice.url else choice.token
        )
        if room and len(choice.label) <= SHORT:
            rows[-1].append(button)
            room = 0
        else:
            rows.append([button])
            room = int(len(choice.label) <= SHORT)
    return telegram.InlineKeyboardMarkup(rows)
