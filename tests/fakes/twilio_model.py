"""The things in the fake Twilio: messages, files, people, requests, alerts.

Plain records; what may happen to them is decided in `twilio_world`.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal, Self
from urllib.parse import parse_qs

from fakes.twilio_errors import Json, no_such_number, text_of

Channel = Literal["whatsapp", "sms"]
WINDOW = 24 * 3600.0
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Address:
    """A phone number on a channel: `+62…` or `whatsapp:+62…`."""

    channel: Channel
    phone: str

    def __str__(self) -> str:
        return self.phone if self.channel == "sms" else f"{self.channel}:{self.phone}"

    @classmethod
    def read(cls, given: str, name: str = "To") -> Self:
        """The address a request names; raises what Twilio answers to anything else."""
        phone = given.removeprefix("whatsapp:")
        if not _PHONE.fullmatch(phone):
            raise no_such_number(name, given)
        return cls("sms" if phone == given else "whatsapp", phone)


@dataclass(frozen=True)
class Choice:
    """One button, or one line of a list."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Shown:
    """A template with its variables filled in, as the channel shows it."""

    kind: str
    body: str
    choices: tuple[Choice, ...] = ()
    button: str = ""
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class Media:
    """A file of a message."""

    sid: str
    mime: str
    content: bytes

    @property
    def captioned(self) -> bool:
        """Words can stand under pictures and films only."""
        return self.mime.startswith(("image/", "video/"))


@dataclass(eq=False)
class Message:
    """One message, sent or received, as Twilio keeps it and as the person sees it."""

    sid: str
    from_: Address
    to: Address
    body: str
    direction: str
    created: float
    order: int
    status: str = "queued"
    error: int = 0
    sent_at: float | None = None
    media: list[Media] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    callback: str = ""
    service: str | None = None
    content_sid: str = ""
    shown: Shown | None = None
    place: tuple[float, float] | None = None
    doom: int = 0
    seen: bool = False
    redacted: bool = False

    @property
    def inbound(self) -> bool:
        return self.direction == "inbound"

    # what the person sees

    @property
    def text(self) -> str:
        """The words of the message; a document or a voice carries none."""
        if self.media and not self.media[0].captioned:
            return ""
        return self.shown.body if self.shown else self.body

    @property
    def choices(self) -> tuple[Choice, ...]:
        return self.shown.choices if self.shown else ()

    @property
    def buttons(self) -> list[str]:
        """What the quick replies say, or the lines of the list."""
        return [choice.title for choice in self.choices]

    @property
    def is_list(self) -> bool:
        """True when the choices hide behind one button."""
        return self.shown is not None and self.shown.kind == "twilio/list-picker"

    @property
    def photo(self) -> bytes | None:
        found = [m.content for m in self.media if m.mime.startswith("image/")]
        return found[0] if found else None

    @property
    def document(self) -> bytes | None:
        found = [m.content for m in self.media if m.mime == "application/pdf"]
        return found[0] if found else None

    # what the API says

    def as_json(self, account: str) -> Json:
        """The Message resource."""
        uri = f"/2010-04-01/Accounts/{account}/Messages/{self.sid}"
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": "" if self.redacted else self.shown.body if self.shown else self.body,
            "date_created": _stamp(self.created),
            "date_sent": _stamp(self.sent_at),
            "date_updated": _stamp(self.sent_at or self.created),
            "direction": self.direction,
            "error_code": self.error or None,
            "error_message": text_of(self.error) if self.error else None,
            "from": str(self.from_),
            "messaging_service_sid": self.service,
            "num_media": str(len(self.media) or len(self.urls)),
            "num_segments": "1",
            "price": None,
            "price_unit": None if self.inbound else "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": str(self.to),
            "uri": f"{uri}.json",
        }

    def as_seen(self) -> Json:
        """For the control API: the message as the person has it."""
        return {
            "sid": self.sid,
            "text": self.text,
            "buttons": self.buttons,
            "list": self.is_list,
            "media": [media.mime for media in self.media],
            "status": self.status,
            "time": self.sent_at,
        }


def _stamp(at: float | None) -> str | None:
    return None if at is None else format_datetime(datetime.fromtimestamp(at, UTC))


@dataclass(eq=False)
class Person:
    """Somebody with a phone, on one channel."""

    address: Address
    name: str
    wrote_at: float | None = None
    refuses: int = 0
    no_marketing: bool = False
    stopped: bool = False
    seen: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """One request that reached the fake, and its answer (status 0: the line was cut)."""

    server: Literal["api", "cdn"]
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    status: int
    time: float

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)

    @property
    def json(self) -> Json:
        given: Json = json.loads(self.body)
        return given


@dataclass(frozen=True)
class Alert:
    """A line in Twilio's error log: a webhook that did not work."""

    code: int
    url: str
    sid: str
    detail: str


@dataclass(frozen=True)
class Told:
    """One webhook call and its answer (status 0: none)."""

    url: str
    form: dict[str, str]
    status: int
