"""The things in the fake Telegram: chats, messages, keyboards, files, taps, updates.

Plain records; what may happen to them is decided in `telegram_world`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fakes.telegram_errors import Json

Access = Literal["never started", "open", "blocked", "kicked"]


@dataclass(frozen=True)
class Button:
    """One button as the person sees it; a key of a reply keyboard has only words."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(eq=False)
class SentMessage:
    """A message of the bot as it stands in the chat now."""

    raw: Json
    time: float
    order: int
    markup: Json | None = None
    photo: bytes | None = None
    document: bytes | None = None
    voice: bytes | None = None
    video: bytes | None = None
    edits: int = 0
    deleted: bool = False

    @property
    def message_id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """The words of the message, or of its caption."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def keyboard(self) -> list[list[Button]]:
        """Rows of buttons, inline or in place of the phone's keyboard."""
        markup = self.markup or {}
        rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return [
            [Button(b["text"], b.get("callback_data"), b.get("url")) for b in row] for row in rows
        ]

    @property
    def inline(self) -> bool:
        """True when the buttons hang under the message itself."""
        return "inline_keyboard" in (self.markup or {})

    @property
    def buttons(self) -> list[str]:
        """What the buttons say, row after row."""
        return [button.text for row in self.keyboard for button in row]

    @property
    def reply_to(self) -> int | None:
        """The id of the message this one answers."""
        replied = self.raw.get("reply_to_message")
        return int(replied["message_id"]) if replied else None

    @property
    def file_name(self) -> str | None:
        document = self.raw.get("document")
        return document.get("file_name") if document else None

    @property
    def location(self) -> tuple[float, float] | None:
        place = self.raw.get("location")
        return (place["latitude"], place["longitude"]) if place else None

    @property
    def album(self) -> str | None:
        group = self.raw.get("media_group_id")
        return str(group) if group else None

    def as_json(self) -> Json:
        """For the control API."""
        return {
            "message_id": self.message_id,
            "text": self.text,
            "buttons": [[vars(button) for button in row] for row in self.keyboard],
            "time": self.time,
            "edits": self.edits,
            "raw": self.raw,
        }


@dataclass
class Chat:
    """One chat with the bot in it."""

    id: int
    kind: Literal["private", "group", "supergroup"]
    info: Json
    access: Access = "open"
    moved_to: int | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    sent: dict[int, SentMessage] = field(default_factory=dict)
    last_id: int = 0

    @property
    def private(self) -> bool:
        return self.kind == "private"


@dataclass
class Tap:
    """A callback query: the button spins until the bot answers it."""

    id: str
    data: str
    at: float
    answered: bool = False
    text: str = ""
    alert: bool = False


@dataclass
class StoredFile:
    """A file on Telegram's side; its link is served for an hour after getFile."""

    file_id: str
    unique_id: str
    path: str
    size: int
    content: Callable[[], bytes]
    served_until: float = 0.0

    def as_json(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


@dataclass(frozen=True)
class Queued:
    """An update waiting for the bot; those of one lane are delivered in order."""

    update: Json
    lane: object
    expires: float

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


@dataclass
class Webhook:
    """Where updates are pushed to, and how that went last."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    last_error: str = ""
    last_error_at: float = 0.0


@dataclass(frozen=True)
class Call:
    """One request of the bot and how it was answered (status 0: the line was cut)."""

    method: str
    chat: str
    status: int
    time: float
