"""A message as every channel understands it, and its form in the outbox."""

import json
from dataclasses import dataclass, field
from typing import Any

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


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
    """Text plus choices.  Each channel renders it as richly as it can.

    quote        the channel's id of the message that this one answers
    acknowledge  the channel's id of a tap to confirm: its text is a short notice, no message
    """

    text: str = ""
    choices: tuple[Button, ...] = field(default_factory=tuple)
    quote: str = ""
    acknowledge: str = ""

    def payload(self) -> str:
        """The form kept in the outbox: JSON without empty fields."""
        data = _filled(self)
        if self.choices:
            data["choices"] = [_filled(each) for each in self.choices]
        return _JSON.encode(data)

    @classmethod
    def of(cls, payload: str) -> "Message":
        """The message kept in an outbox row."""
        data = json.loads(payload)
        data["choices"] = tuple(Button(**each) for each in data.get("choices", ()))
        return cls(**data)

    def plain(self) -> str:
        """Text with its choices numbered below it, for channels without buttons."""
        numbered = [each for each in self.choices if each.numbered]
        words = [each.label for each in self.choices if not each.numbered and not each.url]
        lines = [f"{number}. {each.label}" for number, each in enumerate(numbered, 1)]
        lines += [f"{each.label}: {each.url}" for each in self.choices if each.url]
        lines += [f"[{' · '.join(words)}]"] if words else []
        return "\n".join(filter(None, (self.text, *lines)))


def _filled(part: Message | Button) -> dict[str, Any]:
    """The fields that are not empty, by name."""
    return {name: value for name in part.__slots__ if (value := getattr(part, name))}
