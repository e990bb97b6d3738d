"""The apps in which the demo's citizen chats: what can be done in them, and what they show."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx


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

    def _post(self, **body: str) -> None:
        given = {"id": str(uuid.uuid4()), **body}
        self._http.post("/api/chat/messages", json=given).raise_for_status()


def _label(choice: Mapping[str, Any]) -> str:
    number = choice["number"]
    return f"{number} {choice['label']}" if number else str(choice["label"])
