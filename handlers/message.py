"""A message as every channel understands it, and its form in the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap: a token that comes back as an answer, or an address to open."""

    label: str
    token: str = ""
    url: str = ""

    @property
    def numbered(self) -> bool:
        """Answers to a question are numbered; commands ("menu") and links are not."""
        return "/" in self.token


@dataclass(frozen=True, slots=True)
class Message:
    """Text plus choices, or a place.  Each channel renders it as richly as it can.

    quote        the channel's id of the message that this one answers
    acknowledge  the channel's id of a tap to confirm: its text is a short notice, no message
    kind         why it is sent, which decides what is tried when it does not arrive: "news" of a
                 request, an officer's "answer", a "follow_up" of news, a "reminder", a place in
                 the "queue"; empty in a conversation
    template     what says the same to a person who has not written for long, where the platform
                 takes only what it approved before; with the `values` to fill in
    cold         send the template even if we believe that the person wrote just now
    share_phone  label of a button with which people may tell us their own phone number
    way          by which way of its kind's ladder it goes; empty at first
    file         id of a stored attachment that goes with it, where the channel can send files
    enclosure    id of a file of a broadcast that goes with it; `link` says where it is to be seen,
                 in words, for where it cannot go
    edits        row of an earlier message that says this from now on, where the channel can
    silent       it arrives without a sound
    location     a place to show on a map, as "latitude,longitude" in degrees, named by the text;
                 only for channels that can show one
    """

    text: str = ""
    choices: tuple[Button, ...] = field(default_factory=tuple)
    quote: str = ""
    acknowledge: str = ""
    kind: str = ""
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    cold: bool = False
    share_phone: str = ""
    way: str = ""
    file: str = ""
    enclosure: str = ""
    link: str = ""
    edits: int = 0
    silent: bool = False
    location: str = ""

    def payload(self) -> str:
        """The form kept in the outbox: JSON without empty fields."""
        data = _filled(self)
        if self.choices:
            data["choices"] = [_filled(each) for each in self.choices]
        return orjson.dumps(data).decode()

    @classmethod
    def of(cls, payload: str) -> "Message":
        """The message kept in an outbox row."""
        data = orjson.loads(payload)
        data["choices"] = tuple(Button(**each) for each in data.get("choices", ()))
        return cls(**data)

    def plain(self, between: str = " · ") -> str:
        """Text with its choices numbered below it, for channels without buttons.

        between  what separates choices that have no number
        """
        numbered = [each for each in self.choices if each.numbered]
        words = [each.label for each in self.choices if not each.numbered and not each.url]
        lines = [f"{number}. {each.label}" for number, each in enumerate(numbered, 1)]
        lines += [f"{each.label}: {each.url}" for each in self.choices if each.url]
        lines += [f"[{between.join(words)}]"] if words else []
        return "\n".join(filter(None, (self.text, *lines)))


def _filled(part: Message | Button) -> dict[str, Any]:
    """The fields that are not empty, by name."""
    return {name: value for name in part.__slots__ if (value := getattr(part, name))}
