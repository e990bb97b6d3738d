"""The apps in which the demo's citizen chats: what can be done in them, and what they show.

Web asks the program as a browser does.  Telegram and WhatsApp are moved over HTTP at a platform's
stand-in, which brings the program what was done and shows what the program sent.
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from bot.demo.base import DemoFailed

NAME = "Slamet"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the office as the app shows it.

    buttons  what each says, and by what the app knows it
    """

    text: str
    buttons: Mapping[str, str] = field(default_factory=dict)


class Phone(Protocol):
    """One citizen's app."""

    def opens(self, link: str) -> str:
        """Follow the office's link; returns the words that the app writes for it, if any."""

    def says(self, text: str) -> None:
        """Type a message."""

    def taps(self, button: str) -> None:
        """Tap the newest button that the app knows by this."""

    def sends(self, photo: bytes) -> None:
        """Send a picture."""

    def messages(self) -> list[Shown]:
        """What the office has said so far, oldest first."""

    def rests(self) -> str:
        """Let a day pass where that changes something; returns what it changes, else nothing."""


class Web:
    """The chat page."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def opens(self, link: str) -> str:
        answer = self._http.post("/api/chat", json={"link": link}).raise_for_status()
        self._http.headers["authorization"] = f"Bearer {answer.json()['chat']}"
        return ""

    def says(self, text: str) -> None:
        self._post(text=text)

    def taps(self, button: str) -> None:
        self._post(token=button)

    def sends(self, photo: bytes) -> None:
        files = {"file": ("foto.jpg", photo, "image/jpeg")}
        body = {"id": str(uuid.uuid4())}
        self._http.post("/api/chat/files", data=body, files=files).raise_for_status()

    def messages(self) -> list[Shown]:
        answer = self._http.get("/api/chat/messages").raise_for_status()
        return [
            Shown(each["text"], {_label(choice): choice["token"] for choice in each["choices"]})
            for each in answer.json()["messages"]
            if each["from"] == "office"
        ]

    def rests(self) -> str:
        return ""

    def _post(self, **body: str) -> None:
        given = {"id": str(uuid.uuid4()), **body}
        self._http.post("/api/chat/messages", json=given).raise_for_status()


def _label(choice: Mapping[str, Any]) -> str:
    number = choice["number"]
    return f"{number} {choice['label']}" if number else str(choice["label"])


class _Moved:
    """A phone at a platform's stand-in; whose it is stands in the body, never in an address."""

    def __init__(self, http: httpx.Client, user: int | str) -> None:
        self._http = http
        self._user = user

    def says(self, text: str) -> None:
        self._do("says", text=text)

    def sends(self, photo: bytes) -> None:
        self._do("sends_photo", content=base64.b64encode(photo).decode())

    def _do(self, deed: str, **given: Any) -> Any:
        return control(self._http, deed, user=self._user, **given)


def control(http: httpx.Client, deed: str, **given: Any) -> Any:
    """Have a stand-in do something, or say something of itself."""
    answer = http.post(f"/control/{deed}", json=given)
    if answer.is_error:
        raise DemoFailed(f"{deed}: {answer.text}")
    return answer.json()["result"]


class Telegram(_Moved):
    """A phone with Telegram."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http, 5_000_000_001)

    def opens(self, link: str) -> str:
        self._do("start", name=NAME, payload=link)
        return f"/start {link}"

    def taps(self, button: str) -> None:
        self._do("taps", button=button)

    def messages(self) -> list[Shown]:
        return [Shown(each["text"], _inline(each["buttons"])) for each in self._do("messages")]

    def rests(self) -> str:
        return ""


def _inline(rows: list[list[dict[str, str | None]]]) -> dict[str, str]:
    """The buttons of all rows that tell the program; the others open an address."""
    return {str(button["text"]): data for row in rows for button in row if (data := button["data"])}


class WhatsApp(_Moved):
    """A phone with WhatsApp."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http, "+6281200000001")

    def opens(self, link: str) -> str:
        self._do("user", name=NAME)
        words = f"mulai {link}"  # what the office's wa.me link types for people
        self.says(words)
        return words

    def taps(self, button: str) -> None:
        self._do("taps", title=button)

    def messages(self) -> list[Shown]:
        seen = self._do("messages")
        return [Shown(each["text"], {title: title for title in each["buttons"]}) for each in seen]

    def rests(self) -> str:
        control(self._http, "advance", hours=25)
        return "25 hours later: from now on WhatsApp takes only what it has approved before"
