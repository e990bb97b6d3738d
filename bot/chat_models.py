"""What goes over the wire between the chat page and the program; /openapi.json documents it."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from handlers import enclosures
from handlers.message import Message
from storage.history import Entry

LONGEST = 10_000
"""Characters of a text that are still taken in; the conversation answers from 4,000 on."""


def _clean(text: str) -> str:
    """Only what every database can store: no NUL, and no half of a character."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Text = Annotated[str, AfterValidator(_clean)]
Token = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_clean)]


class Opening(BaseModel):
    """Open a chat, perhaps through a deep link."""

    link: Annotated[Text, Field(max_length=64, examples=["pu-ktp_ganti"])] = ""
    id: UUID | None = Field(None, description="made by the page: repeating it has no second effect")


class Opened(BaseModel):
    """An open chat."""

    chat: str = Field(description="for `Authorization: Bearer`; browsers use the cookie")
    new: bool = Field(description="false when the cookie or token was known")
    now: datetime = Field(description="the office's clock")


class Writing(BaseModel):
    """A text, or the token of a tapped choice."""

    id: UUID = Field(description="made by the page: repeating it has no second effect")
    text: Text | None = None
    token: Token | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.token is None) == (not (self.text or "").strip()):
            raise ValueError("either text or token")
        return self


class Accepted(BaseModel):
    """The message is committed; its answer is on its way."""

    id: UUID


class Choice(BaseModel):
    """A button.  Answers to a question have a number, which can be written instead."""

    token: str
    label: str
    number: int | None = None
    url: str | None = None


class File(BaseModel):
    """A photo or document; `/api/chat/files/{id}` shows a photo small.

    What the office sent has neither name nor size; `/api/chat/files/{id}/whole` is all of it.  The
    file of a broadcast is at `url`: a "photo", "pdf" or "video".
    """

    id: str
    name: str = ""
    size: int = 0
    url: str | None = None
    kind: str | None = None


class Bubble(BaseModel):
    """One message.  `id` is the place in the chat, for `after` and `before`."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    sender: Literal["office", "me"] = Field(alias="from")
    text: str
    choices: list[Choice] = []
    token: str | None = Field(None, description="of the choice that was tapped")
    file: File | None = None
    quote: str | None = Field(None, description="id of the message that this one is about")
    at: datetime


class Page(BaseModel):
    """A part of a chat, oldest first."""

    messages: list[Bubble]
    office: str | None = Field(description="whose chat it is, once that is known")
    more: bool = Field(description="whether there are more on the side asked for")


class Problem(BaseModel):
    """A friendly no."""

    message: str


def bubble(entry: Entry) -> Bubble | None:
    """A message as the page shows it; None when there is nothing to show."""
    return _mine(entry) if entry.mine else _theirs(entry)


def _theirs(entry: Entry) -> Bubble | None:
    message = Message.of(entry.body)
    if message.acknowledge or not message.text:  # without text: erased
        return None
    choices, number = [], 0
    for each in message.choices:
        number += each.numbered
        choices.append(
            Choice(
                token=each.token,
                label=each.label,
                number=number if each.numbered else None,
                url=each.url or None,
            )
        )
    return Bubble(
        id=entry.name,
        sender="office",
        text=message.text,
        choices=choices,
        file=_file(message),
        quote=message.quote or None,
        at=entry.at,
    )


def _file(message: Message) -> File | None:
    if file := message.enclosure:
        return File(id=file, url=f"/{enclosures.path(file)}", kind=enclosures.kind(file))
    return File(id=message.file) if message.file else None


def _mine(entry: Entry) -> Bubble | None:
    data: dict[str, Any] = json.loads(entry.body) if entry.body.startswith("{") else {}
    if "file" not in data and "text" not in data and "token" not in data:
        return None
    file = None
    if "file" in data:
        file = File(id=data["file"], name=data.get("name", ""), size=data.get("size", 0))
    return Bubble(
        id=entry.name,
        sender="me",
        text=data.get("text", data.get("label", "")),
        token=data.get("token"),
        file=file,
        at=entry.at,
    )
