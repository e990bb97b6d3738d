"""What exists in the fake Twilio, and what changes it.

Both sides meet here: the program's requests and a person's actions.  One lock guards everything,
and every change wakes those who wait.  Knows nothing of HTTP.
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, RLock
from typing import Literal
from urllib.parse import urlsplit

from fakes.twilio_faults import Clock
from fakes.twilio_model import (
    WINDOW,
    Address,
    Alert,
    Media,
    Message,
    Person,
    Request,
    Told,
)
from fakes.twilio_template import Template

Callbacks = Literal["in_order", "shuffled", "doubled", "none"]


def new_sid(prefix: str) -> str:
    """A Twilio identifier: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


@dataclass(frozen=True)
class Hook:
    """Where the program is reached: the address people know, and the one to call."""

    public: str
    call: str

    def reach(self, url: str) -> str:
        """Where a URL of the program really is."""
        public = origin(self.public)
        return origin(self.call) + url[len(public) :] if url.startswith(public) else url


def origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class World:
    """Everything one account has."""

    def __init__(self, account: str, numbers: tuple[Address, ...], clock: Clock) -> None:
        self.account = account
        self.numbers = numbers
        self.service = new_sid("MG")
        self.clock = clock
        self.lock = RLock()
        self.changed = Condition(self.lock)
        self.messages: dict[str, Message] = {}
        self.people: dict[Address, Person] = {}
        self.templates: dict[str, Template] = {}
        self.requests: list[Request] = []
        self.alerts: list[Alert] = []
        self.told: list[Told] = []
        self.hook = Hook("", "")
        self.callbacks: Callbacks = "in_order"
        self.busy = 0  # messages and webhooks under way
        self.misdirections: list[str] = []
        self.on_inbound: Callable[[Message], None] = lambda message: None
        self.on_outbound: Callable[[Message], None] = lambda message: None
        self.on_read: Callable[[list[Message]], None] = lambda messages: None
        self._order = itertools.count(1)

    # people and numbers

    def person(self, address: Address) -> Person:
        """Whoever has this number on this channel."""
        with self.lock:
            return self.people.setdefault(address, Person(address, "Warga"))

    def number(self, channel: str) -> Address:
        """Our own number on a channel."""
        return next(number for number in self.numbers if number.channel == channel)

    def window_open(self, person: Person) -> bool:
        """True for 24 hours after the person's last message."""
        return person.wrote_at is not None and self.clock() - person.wrote_at < WINDOW

    # messages

    def new_message(
        self, from_: Address, to: Address, body: str, direction: str, media: bool = False
    ) -> Message:
        """A message with an identity, not yet kept."""
        sid = new_sid("MM" if media else "SM")
        return Message(sid, from_, to, body, direction, self.clock(), next(self._order))

    def receive(
        self, person: Person, body: str, files: list[tuple[str, bytes]], fields: dict[str, str]
    ) -> Message:
        """A person's message arrives: it opens the window and the program is told."""
        with self.changed:
            ours = self.number(person.address.channel)
            message = self.new_message(person.address, ours, body, "inbound", bool(files))
            message.status, message.sent_at = "received", self.clock()
            message.media = [Media(new_sid("ME"), mime, content) for mime, content in files]
            message.fields = fields
            person.wrote_at = self.clock()
            self.messages[message.sid] = message
            self.busy += 1
            self.changed.notify_all()
        self.on_inbound(message)
        return message

    def post(self, message: Message) -> None:
        """The program's message is accepted."""
        with self.changed:
            self.messages[message.sid] = message
            self.busy += 1
            self.changed.notify_all()
        self.on_outbound(message)

    def show(self, message: Message) -> None:
        """The message reaches the person's phone."""
        with self.changed:
            message.status, message.sent_at = "delivered", self.clock()
            message.seen = True
            message.order = next(self._order)
            self.person(message.to).seen.append(message)
            self.changed.notify_all()

    def fail(self, message: Message, status: str, error: int) -> None:
        """The message gets no further."""
        with self.changed:
            message.status, message.error = status, error
            self.changed.notify_all()

    def read(self, person: Person) -> list[Message]:
        """The person opens the chat."""
        with self.changed:
            unread = [message for message in person.seen if message.status == "delivered"]
            for message in unread:
                message.status = "read"
            self.busy += len(unread)
            self.changed.notify_all()
        self.on_read(unread)
        return unread

    def done(self) -> None:
        """One message or webhook is no longer under way."""
        with self.changed:
            self.busy -= 1
            self.changed.notify_all()

    # what was seen

    def note(self, told: Told) -> None:
        """A webhook was called."""
        with self.changed:
            self.told.append(told)
            self.changed.notify_all()

    def alert(self, code: int, url: str, sid: str, detail: str) -> None:
        """Something for Twilio's error log."""
        with self.changed:
            self.alerts.append(Alert(code, url, sid, detail))
            self.changed.notify_all()
