"""A citizen for the tests: writes, taps and sends photos, and remembers what was answered.

Everything goes through the real handlers and a real database; only the channel and the
fetcher are played.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.config import DEFAULT, read
from bot.house import build
from flows.model import Event, Judged, Left, Opened, Said, Sent, State, Tapped, Unsupported
from handlers.attachments import Found, judge
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.offices import House
from handlers.sessions import decode
from storage import conversations
from storage.db import Database
from storage.outbox import sent_to

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 23 November 2026, 08.00 in Purwokerto."""

STAFF_CHAT = "-1001"


def house(**environment: str) -> House:
    """The house of config.toml with a staff chat."""
    return build(read(DEFAULT, {"LOKET_TELEGRAM__STAFF_CHAT": STAFF_CHAT, **environment}))


@dataclass
class Citizen:
    """One person in one chat."""

    database: Database
    house: House
    address: str = "1"
    channel: str = "telegram"
    now: datetime = MONDAY
    heard: list[Message] = field(default_factory=list)
    chat: list[str] = field(default_factory=list)
    _after: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    # --- what a person does ----------------------------------------------------------

    def opens(self, link: str = "") -> "Citizen":
        return self._does(Opened(link), f"/start {link}".strip())

    def starts(self, service: str, office: str = "pu") -> "Citizen":
        """Open a service by its link and agree to the overview and the consent."""
        return self.opens(f"{office}-{service}")

    def says(self, text: str) -> "Citizen":
        return self._does(Said(text), text)

    def edits(self, text: str) -> "Citizen":
        return self._does(Said(text, edited=True), f"{text} (edited)")

    def chooses(self, label: str) -> "Citizen":
        """Tap the newest button with this label."""
        for message in reversed(self.heard):
            for choice in message.choices:
                if choice.label == label:
                    return self._does(Tapped(choice.token), f"[{label}]")
        raise AssertionError(f"no button {label!r}; the last message was:\n{self.last}")

    def taps(self, token: str) -> "Citizen":
        return self._does(Tapped(token), f"[{token}]")

    def sends(self, verdict: str = "good", kind: str = "photo", caption: str = "") -> "Citizen":
        """Send a photo that the examination will find to be `verdict`."""
        file = self.announces(caption)
        return self.judged(file, verdict, kind)

    def announces(self, caption: str = "", album: bool = False) -> str:
        """A photo arrives but has not been fetched yet; returns its id."""
        file = f"file-{self.address}-{next(self._ids):04}"
        self._does(Sent(file, caption), f"(photo) {caption}".strip(), album=album)
        return file

    def judged(self, file: str, verdict: str = "good", kind: str = "photo") -> "Citizen":
        unfit = Judged(file, kind, verdict)
        state = "stored" if verdict in ("good", "blurred", "dark", "bright", "small") else "refused"
        found = Found(state, unfit.verdict, kind, "image/jpeg", "0" * 64, 1000)
        self.database.write(lambda tx: judge(tx, self.house, file, found, self.now))
        return self.hears()

    def sends_voice(self) -> "Citizen":
        return self._does(Unsupported("voice"), "(voice note)")

    def leaves(self) -> "Citizen":
        return self._does(Left(), "(blocked)")

    def waits(self, **duration: float) -> "Citizen":
        self.now += timedelta(**duration)
        return self

    # --- what a person sees ----------------------------------------------------------

    @property
    def last(self) -> str:
        """The newest message with its numbered choices."""
        return self.heard[-1].plain() if self.heard else ""

    @property
    def state(self) -> State | None:
        """Where the chat stands."""
        row = self.database.read(lambda tx: conversations.peek(tx, self.channel, self.address))
        return decode(row.session).state

    def was_asked(self, step: str) -> bool:
        return self.state is not None and self.state.asked == step

    @property
    def ticket(self) -> str:
        """The newest ticket number that was told."""
        for message in reversed(self.heard):
            if found := re.search(r"[A-Z]{2}-\d{4}-\d{5}-\d", message.text):
                return found.group()
        raise AssertionError("no ticket number was told")

    # --- how -------------------------------------------------------------------------

    def _does(self, event: Event, shown: str, album: bool = False) -> "Citizen":
        self.chat.append(f"< {shown}")
        number = next(self._ids)
        inbound = Inbound(
            self.channel,
            f"{self.address}-{number}",
            self.address,
            event,
            raw="{}",
            album=album,
            message_id=str(number),
        )
        self.database.write(lambda tx: receive(tx, self.house, inbound, self.now))
        return self.hears()

    def hears(self) -> "Citizen":
        """Take note of what was answered or written by itself."""
        rows = self.database.read(lambda tx: sent_to(tx, self.channel, self.address, self._after))
        for row in rows:
            self._after = row.id
            message = Message.of(row.payload)
            if message.text:
                self.heard.append(message)
                self.chat.append("\n".join(f"> {line}" for line in message.plain().split("\n")))
        self.now += timedelta(seconds=20)
        return self


Meet = Callable[..., Citizen]
