"""A person's side of the chat, for tests.

A `FakeUser` does what a person does in the app and sees what the app shows.  Deeds never wait for
the bot; `waits_for` does.
"""

import itertools
import time
from collections.abc import Callable, Sequence

from fakes.telegram_errors import Json
from fakes.telegram_model import Button, Chat, SentMessage, Tap
from fakes.telegram_text import command_entities
from fakes.telegram_world import World

Match = str | Callable[[SentMessage], bool]


class Screen:
    """What a chat shows of the bot."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat
        self._read = 0  # order of the newest message that `waits_for` has returned

    @property
    def messages(self) -> list[SentMessage]:
        """What the bot sent here and did not delete, oldest first."""
        with self.world.lock:
            return list(self.chat.sent.values())

    @property
    def last(self) -> SentMessage:
        """The newest message of the bot."""
        messages = self.messages
        assert messages, f"the bot has sent nothing to {self.chat.id}"
        return messages[-1]

    def waits_for(self, match: Match, timeout: float = 10.0) -> SentMessage:
        """The next message of the bot, or edit of one, that holds the words or fits the test.

        Reads on from the message it returned before, so a question asked twice is awaited twice.
        """
        fits = (lambda m: match in m.text) if isinstance(match, str) else match
        until = time.monotonic() + timeout
        with self.world.changed:
            while True:
                unread = (m for m in self.chat.sent.values() if m.order > self._read)
                for message in sorted(unread, key=lambda m: m.order):
                    if fits(message):
                        self._read = message.order
                        return message
                left = until - time.monotonic()
                if left <= 0 or not self.world.changed.wait(left):
                    raise AssertionError(
                        f"waited {timeout} s for {match!r}; the bot said:\n{self._transcript()}"
                    )

    def _transcript(self) -> str:
        shown = [f"  {m.message_id}: {m.text!r} {m.buttons or ''}" for m in self.messages]
        return "\n".join(shown[-20:]) or "  (nothing)"


class FakeGroup(Screen):
    """A group the bot is a member of."""

    @property
    def id(self) -> int:
        return self.chat.id

    def member(self, person: "FakeUser") -> "FakeUser":
        """The same person, acting in this group."""
        return FakeUser(self.world, person.profile, self.chat)

    def removes_bot(self) -> None:
        """An admin throws the bot out."""
        self.world.membership(self.chat, _ADMIN, "kicked", "member", "kicked")

    def becomes_supergroup(self, new_id: int) -> "FakeGroup":
        """The group gets another id; the old one answers with where it went."""
        info = self.chat.info | {"id": new_id, "type": "supergroup"}
        new = self.world.open_chat(Chat(new_id, "supergroup", info))
        with self.world.lock:
            self.chat.moved_to = new_id
            self.world.receive(self.chat, _ADMIN, {"migrate_to_chat_id": new_id})
            self.world.receive(new, _ADMIN, {"migrate_from_chat_id": self.chat.id})
        return FakeGroup(self.world, new)


_ADMIN: Json = {"id": 1, "is_bot": False, "first_name": "Admin"}


class FakeUser(Screen):
    """A person in a chat: alone with the bot, or as a member of a group."""

    def __init__(self, world: World, profile: Json, chat: Chat) -> None:
        super().__init__(world, chat)
        self.profile = profile

    @property
    def id(self) -> int:
        return int(self.profile["id"])

    @property
    def name(self) -> str:
        return str(self.profile["first_name"])

    # saying

    def start(self, payload: str = "") -> int:
        """Opens the bot by its link and presses START."""
        return self.says(f"/start {payload}".strip())

    def says(self, text: str, reply_to: int | None = None) -> int:
        """Types a message; returns its id."""
        entities = command_entities(text)
        return self.sends(
            {"text": text} | ({"entities": entities} if entities else {}), reply_to=reply_to
        )

    def edits(self, message_id: int, text: str) -> None:
        """Changes an earlier message of their own."""
        with self.world.lock:
            old = self.chat.messages[message_id]
            assert old["from"]["id"] == self.id, "nobody can edit another's message"
            words = "caption" if "caption" in old else "text"
            now = int(self.world.clock())
            new = old | {words: text, "edit_date": now}
            self.chat.messages[message_id] = new
            self.world.push("edited_message", new, self.chat.id)

    def sends(self, content: Json, reply_to: int | None = None) -> int:
        """Sends anything, given as the fields of a Bot API message."""
        assert self.chat.access != "blocked", f"{self.name} has blocked the bot"
        if self.chat.access == "never started":
            self.chat.access = "open"
        if reply_to is not None:
            content = content | {"reply_to_message": self.chat.messages[reply_to]}
        message = self.world.receive(self.chat, self.profile, content, self._heard(content))
        return int(message["message_id"])

    def _heard(self, content: Json) -> bool:
        """Whether the bot hears this: in a group only what is meant for it (privacy mode)."""
        if self.chat.private or not self.world.privacy:
            return True
        text, handle = str(content.get("text", "")), f"@{self.world.bot['username']}"
        if content.get("reply_to_message", {}).get("from", {}).get("id") == self.world.bot["id"]:
            return True
        command = text.split()[0] if text.startswith("/") else ""
        return handle in text or (bool(command) and "@" not in command)

    # sending files and the rest

    def sends_photo(
        self,
        content: bytes,
        caption: str = "",
        album: str | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Sends a picture as a photo: it arrives as a JPEG of at most 1280 pixels."""
        group = {"media_group_id": album} if album else {}
        words = {"caption": caption} if caption else {}
        photo = {"photo": self.world.shelf.keep_photo(content)}
        return self.sends(photo | words | group, reply_to)

    def sends_album(self, contents: Sequence[bytes], caption: str = "") -> list[int]:
        """Sends several photos at once; they arrive as separate updates of one album."""
        album = str(13_900_000_000_000_000 + self.world.number())
        captions = itertools.chain([caption], itertools.repeat(""))
        return [
            self.sends_photo(content, words, album)
            for content, words in zip(contents, captions, strict=False)
        ]

    def sends_document(
        self,
        content: bytes,
        name: str = "surat.pdf",
        mime: str = "",
        caption: str = "",
        size: int | None = None,
    ) -> int:
        """Sends a file untouched; `size` may pretend a large one."""
        document = self.world.shelf.keep_document(content, name, mime, size)
        return self.sends({"document": document} | ({"caption": caption} if caption else {}))

    def sends_voice(self, seconds: int = 3, reply_to: int | None = None) -> int:
        """Speaks: an Ogg file, of which only its beginning is real."""
        sound = b"OggS" + b"voice" * 64
        stored = self.world.shelf.keep("voice", ".oga", sound, len(sound))
        shape = {"duration": seconds, "mime_type": "audio/ogg"}
        return self.sends({"voice": stored.as_json() | shape}, reply_to)

    def sends_video(self, seconds: int = 5, caption: str = "") -> int:
        words = {"caption": caption} if caption else {}
        shape = {"width": 640, "height": 480, "duration": seconds, "mime_type": "video/mp4"}
        return self._sends_media("video", ".mp4", shape, words)

    def sends_sticker(self, emoji: str = "👍") -> int:
        shape = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._sends_media("sticker", ".webp", shape | {"type": "regular", "emoji": emoji})

    def _sends_media(self, kind: str, suffix: str, shape: Json, words: Json | None = None) -> int:
        stored = self.world.shelf.keep(kind, suffix, kind.encode() * 64, 64 * len(kind))
        return self.sends({kind: stored.as_json() | shape} | (words or {}))

    def sends_location(self, latitude: float = -7.4049, longitude: float = 109.2459) -> int:
        return self.sends({"location": {"latitude": latitude, "longitude": longitude}})

    def sends_contact(self, phone: str = "+6281234567890", own: bool = True) -> int:
        contact: Json = {"phone_number": phone, "first_name": self.name}
        return self.sends({"contact": contact | ({"user_id": self.id} if own else {})})

    # buttons and the door

    def taps(self, button: str, message: SentMessage | int | None = None) -> Tap:
        """Taps a button by its words or its data, on the newest message that has it.

        `message` picks an older one: the message itself or its place in `messages`.  A key of a
        reply keyboard is typed for the person, as the app does.
        """
        with self.world.lock:
            shown, found = self._find(button, message)
            tap = Tap(
                str(43_000_000_000 + self.world.number()), found.data or "", self.world.clock()
            )
            if not shown.inline:
                self.says(found.text)
                return tap
            assert found.data is not None, f"{found.text!r} opens {found.url}, the bot is not told"
            self.world.taps[tap.id] = tap
            query = {
                "id": tap.id,
                "from": self.profile,
                "message": shown.raw,
                "chat_instance": str(-7_000_000_000_000 - abs(self.chat.id)),
                "data": found.data,
            }
            self.world.push("callback_query", query, self.chat.id)
            return tap

    def _find(self, button: str, message: SentMessage | int | None) -> tuple[SentMessage, Button]:
        messages = self.messages
        if isinstance(message, int):
            message = messages[message]
        looked = messages[::-1] if message is None else [message]
        tests: list[Callable[[Button], bool]] = [
            lambda b: button in (b.data, b.text),
            lambda b: button.lower() in b.text.lower(),
        ]
        for fits in tests:
            for shown in looked:
                for found in itertools.chain.from_iterable(shown.keyboard):
                    if fits(found):
                        return shown, found
        seen = [m.buttons for m in looked if m.buttons][:5]
        raise AssertionError(f"no button {button!r}; the newest keyboards say {seen}")

    def waits_for_answer(self, tap: Tap, timeout: float = 10.0) -> Tap:
        """Waits until the button stops spinning."""
        with self.world.changed:
            answered = self.world.changed.wait_for(lambda: tap.answered, timeout)
        assert answered, f"the tap on {tap.data!r} was not answered within {timeout} s"
        return tap

    def blocks(self) -> None:
        """Blocks the bot; it may not write any more."""
        self.world.membership(self.chat, self.profile, "blocked", "member", "kicked")

    def unblocks(self) -> None:
        """Lets the bot write again.  (The app then sends /start as well: call `start`.)"""
        self.world.membership(self.chat, self.profile, "open", "kicked", "member")
