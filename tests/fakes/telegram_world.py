"""What exists in the fake Telegram, and what changes it.

Both sides meet here: the bot's methods and a person's actions.  One lock guards everything, and
every change wakes those who wait for a message.  Knows nothing of HTTP.
"""

import itertools
import time
from collections.abc import Callable, Iterable
from threading import Condition, RLock

from fakes.telegram_errors import Json, Refused, bad_request, forbidden
from fakes.telegram_files import Shelf
from fakes.telegram_model import Access, Call, Chat, Queued, SentMessage, Tap, Webhook

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
CALLBACK_KEPT = 150.0  # seconds an undelivered tap stays in the queue
UPDATE_KEPT = 86_400.0
_DOORS = {
    "never started": "bot can't initiate conversation with a user",
    "blocked": "bot was blocked by the user",
}


class World:
    """All chats, files and updates of one bot."""

    def __init__(self, bot: Json, clock: Callable[[], float] = time.time) -> None:
        self.bot = bot
        self.clock = clock
        self.lock = RLock()
        self.changed = Condition(self.lock)
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, Json] = {}
        self.shelf = Shelf()
        self.taps: dict[str, Tap] = {}
        self.pending: dict[int, Queued] = {}
        self.updates_sent: list[Json] = []
        self.allowed: frozenset[str] | None = None
        self.webhook = Webhook()
        self.commands: dict[str, list[Json]] = {}
        self.calls: list[Call] = []
        self.uploads: list[str] = []  # kinds of the files whose bytes came along
        self.refused = 0
        self.separate_lanes = False
        self.privacy = True
        self.on_update: Callable[[Queued], None] = lambda queued: None
        self._update_ids = itertools.count(870_000_001)
        self._order = itertools.count(1)
        self._numbers = itertools.count(1)

    # chats

    def chat(self, given: str) -> Chat:
        """The chat a request names."""
        if given == "":
            raise bad_request("chat_id is empty")
        try:
            chat = self.chats.get(int(given))
        except ValueError:
            chat = None
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def check_door(self, chat: Chat) -> None:
        """Refuse to speak where nobody listens."""
        if chat.moved_to is not None:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.access == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if reason := _DOORS.get(chat.access):
            raise forbidden(reason)

    def open_chat(self, chat: Chat) -> Chat:
        """Make a chat known; an existing one stays as it is."""
        with self.lock:
            return self.chats.setdefault(chat.id, chat)

    def number(self) -> int:
        """A fresh number, for ids of taps and albums."""
        return next(self._numbers)

    # messages

    def _new_message(self, chat: Chat, sender: Json, content: Json) -> Json:
        chat.last_id += 1
        message: Json = {
            "message_id": chat.last_id,
            "from": sender,
            "chat": chat.info,
            "date": int(self.clock()),
        }
        message |= content
        chat.messages[chat.last_id] = message
        return message

    def post(self, chat: Chat, content: Json, markup: Json | None, **files: bytes) -> SentMessage:
        """The bot's message appears in the chat."""
        with self.changed:
            inline = markup and "inline_keyboard" in markup
            raw = self._new_message(
                chat, self.bot, content | ({"reply_markup": markup} if inline else {})
            )
            sent = SentMessage(
                raw,
                self.clock(),
                next(self._order),
                markup,
                photo=files.get("photo"),
                document=files.get("document"),
                voice=files.get("voice"),
                video=files.get("video"),
            )
            chat.sent[sent.message_id] = sent
            self.changed.notify_all()
            return sent

    def rewrite(self, chat: Chat, sent: SentMessage, content: Json, markup: Json | None) -> None:
        """The bot's message changes before the person's eyes."""
        with self.changed:
            kept = {k: v for k, v in sent.raw.items() if k not in ("entities", "reply_markup")}
            shown = {"reply_markup": markup} if markup else {}
            sent.raw = kept | {"edit_date": int(self.clock())} | content | shown
            sent.markup = markup
            sent.edits += 1
            sent.order = next(self._order)
            chat.messages[sent.message_id] = sent.raw
            self.changed.notify_all()

    def remove(self, chat: Chat, message_id: int) -> None:
        """A message disappears."""
        with self.changed:
            del chat.messages[message_id]
            if sent := chat.sent.pop(message_id, None):
                sent.deleted = True
            self.changed.notify_all()

    def receive(self, chat: Chat, sender: Json, content: Json, visible: bool = True) -> Json:
        """A person's message appears; the bot hears of it unless group privacy hides it."""
        with self.changed:
            message = self._new_message(chat, sender, content)
            if visible:
                self.push("message", message, chat.id)
            return message

    def membership(self, chat: Chat, person: Json, access: Access, old: str, new: str) -> None:
        """The bot was let in or thrown out."""
        with self.lock:
            chat.access = access
            change = {
                "chat": chat.info,
                "from": person,
                "date": int(self.clock()),
                "old_chat_member": self._member(old),
                "new_chat_member": self._member(new),
            }
            self.push("my_chat_member", change, chat.id)

    def _member(self, status: str) -> Json:
        return {"user": self.bot, "status": status} | (
            {"until_date": 0} if status == "kicked" else {}
        )

    # updates

    def push(self, kind: str, payload: Json, lane: object) -> None:
        """Queue an update, if the bot asked for this kind."""
        with self.lock:
            wanted = self.allowed
            if kind not in wanted if wanted is not None else kind in NOT_BY_DEFAULT:
                return
            kept = CALLBACK_KEPT if kind == "callback_query" else UPDATE_KEPT
            self.push_raw({kind: payload}, (lane, kind) if self.separate_lanes else lane, kept)

    def push_raw(self, update: Json, lane: object, kept: float = UPDATE_KEPT) -> Json:
        """Queue any update as it is, with an id of its own unless it brings one."""
        with self.lock:
            numbered = {"update_id": next(self._update_ids)} | update
            queued = Queued(numbered, lane, self.clock() + kept)
            self.pending[queued.id] = queued
        self.on_update(queued)
        return numbered

    def waiting(self, offset: int, limit: int) -> list[Json]:
        """The next updates from an offset on; everything before it is forgotten."""
        with self.lock:
            now = self.clock()
            if offset < 0:
                offset = list(self.pending)[offset:][0] if self.pending else 0
            gone = [q.id for q in self.pending.values() if q.id < offset or q.expires < now]
            self.forget(gone)
            return [queued.update for queued in itertools.islice(self.pending.values(), limit)]

    def forget(self, update_ids: Iterable[int]) -> None:
        with self.changed:
            for update_id in update_ids:
                self.pending.pop(update_id, None)
            self.changed.notify_all()

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds of update the bot wants; an empty list means the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None
