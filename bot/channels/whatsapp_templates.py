"""Messages that WhatsApp has to approve before we may begin a conversation with them.

Read from templates/whatsapp/*.toml, one file a language.  Knows what WhatsApp refuses, how a
template becomes a Content resource, and how its values are filled in; talks to nobody.
Rules: https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses and
https://www.twilio.com/docs/content/twilio-quick-reply
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.channels.whatsapp_form import (
    BODY,
    BUTTON,
    BUTTONS,
    BUTTONS_KIND,
    TEXT_KIND,
    digest,
    straight,
)
from handlers.message import Message

CATEGORIES = ("utility", "marketing")
CARD_KIND = "whatsapp/card"
"""A picture or a document above words and buttons; only when it was approved, and then only with
media of that kind (https://www.twilio.com/docs/content/whatsappcard)."""
SAMPLES: Mapping[str, str] = {"photo": "sample.jpg", "pdf": "sample.pdf"}
"""What reviewers see there; bot/media.py shows it."""
FILE = "file"
"""The value with the name of the file."""
KEYS = ("category", "body", "empty", "buttons", "samples", "whole", "shows")
VALUE = 300
"""Most characters of one value; longer ones are cut, the whole is in the desk and in the chat."""

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One message to be approved.

    body     its text with {values}
    empty    what stands in place of a value that is empty
    buttons  what a tap says (a command), and the words on the button
    samples  a value for each place, for the reviewers
    whole    values that are not cut while there is room: whoever writes them is told how much
    media    what stands above the words, "photo" or "pdf"; its file is one more value
    place    where such files are, on our own pages: approved with the template
    """

    name: str
    language: str
    category: str
    body: str
    samples: Mapping[str, str]
    empty: Mapping[str, str] = field(default_factory=dict)
    buttons: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    media: str = ""
    place: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The names of its values, each once, in the order they appear."""
        return tuple(dict.fromkeys(_PLACE.findall(self.body)))

    @property
    def fixed(self) -> int:
        """How many characters it has besides its values."""
        return len(_PLACE.sub("", self.body))

    @property
    def filled(self) -> str:
        """What a person reads, with the samples."""
        return self._with(self.samples)

    def resource(self) -> dict[str, Any]:
        """The Content resource, with values by number; its name changes with its content."""
        numbers = {name: str(number) for number, name in enumerate(self.places, 1)}
        shown: dict[str, Any] = {
            "body": _PLACE.sub(lambda place: f"{{{{{numbers[place[1]]}}}}}", self.body)
        }
        variables = {numbers[name]: self.samples.get(name, "") for name in self.places}
        kind = BUTTONS_KIND if self.buttons else TEXT_KIND
        if self.media:
            kind, number = CARD_KIND, str(len(variables) + 1)
            shown["media"] = [f"{self.place}{{{{{number}}}}}"]
            variables[number] = SAMPLES[self.media]
        if self.buttons:
            shown["actions"] = [
                {"type": "QUICK_REPLY", "title": title, "id": token}
                for token, title in self.buttons.items()
            ]
        resource = {"language": self.language, "variables": variables, "types": {kind: shown}}
        name = f"loket_{self.name}_{self.language}_{digest([self.category, resource])}"
        return {"friendly_name": name, **resource}

    def fill(self, values: Mapping[str, str]) -> dict[str, str]:
        """The variables for one person; a value that is missing is a KeyError.

        Values are cut when the whole would be longer than WhatsApp takes.
        """
        cut = self._cut(values)
        said = [cut[name] for name in self.places] + ([values[FILE]] if self.media else [])
        return {str(number): value for number, value in enumerate(said, 1)}

    def shown(self, values: Mapping[str, str]) -> str:
        """What a person reads."""
        return self._with(self._cut(values))

    def _cut(self, values: Mapping[str, str]) -> dict[str, str]:
        whole = {name: straight(values[name]) or self.empty.get(name, "-") for name in self.places}
        for most, long in ((VALUE, BODY), *((VALUE // by, VALUE // by) for by in (1, 2, 4, 8))):
            cut = {
                name: _cut(value, long if name in self.whole else most)
                for name, value in whole.items()
            }
            if len(self._with(cut)) <= BODY:
                break
        return cut

    def _with(self, values: Mapping[str, str]) -> str:
        return _PLACE.sub(lambda place: values.get(place[1], ""), self.body)


def _cut(value: str, most: int) -> str:
    return value if len(value) <= most else f"{value[: most - 1].rstrip()}…"


def told(message: Message) -> Mapping[str, str]:
    """The values of a message; where its file is to be seen stands behind the words."""
    if not message.link:
        return message.values
    return {**message.values, "text": f"{message.values['text']} {message.link}"}


def load(folder: Path, place: str = "") -> dict[tuple[str, str], Template]:
    """The templates by name and language.  Raises ValueError with file and reason.

    place  where our files for everybody are; with it come the templates that show one: those
           whose `shows` names kinds of media have a twin for each, named like "news_photo"
    """
    found: dict[tuple[str, str], Template] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"templates/whatsapp/{path.name}: not TOML: {error}") from None
        for name, each in raw.items():
            template = _read(name, path.stem, each, f"templates/whatsapp/{path.name}")
            found[name, path.stem] = template
            for kind in each.get("shows", ()) if place else ():
                twin = replace(template, name=f"{name}_{kind}", media=kind, place=place)
                found[twin.name, path.stem] = twin
    return found


def _read(name: str, language: str, raw: Any, place: str) -> Template:
    if not isinstance(raw, dict):
        raise ValueError(f"{place}: {name} is no section")
    if unknown := raw.keys() - set(KEYS):
        raise ValueError(f"{place}: {name}: unknown {', '.join(sorted(unknown))}")
    texts = {key: str(raw.get(key, "")).strip() for key in ("category", "body")}
    tables = {key: raw.get(key, {}) for key in ("empty", "buttons", "samples")}
    for key, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
            raise ValueError(f"{place}: {name}.{key} must be a table of texts")
    return Template(
        name, language, texts["category"], texts["body"],
        tables["samples"], tables["empty"], tables["buttons"], tuple(raw.get("whole", ())),
    )  # fmt: skip


def mistakes(template: Template) -> Iterator[str]:
    """What WhatsApp or Twilio would refuse, and what we could not fill in."""
    body, places = template.body, template.places
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", template.name):
        yield "its name must be lower-case letters, digits and underscores"
    if template.category not in CATEGORIES:
        yield f"category must be one of {', '.join(CATEGORIES)}"
    if not body:
        yield "has no body"
    if re.match(r"\{\w+\}", body) or re.search(r"\{\w+\}[.!?]?$", body):
        yield "a value may stand neither at the very beginning nor at the very end"
    if re.search(r"\}\s*\{", body):
        yield "two values may not stand next to each other"
    if re.search(r"\n{3,}| {4,}|\t", body):
        yield "more than two line breaks or three spaces in a row"
    longest = template.fixed + sum(
        max(len(template.samples.get(name, "")), VALUE if name in ("note", "text") else 0)
        for name in places
    )
    if longest > BODY:
        yield f"could have {longest} characters, WhatsApp takes {BODY}"
    if len(places) * 3 > len(re.findall(r"\w+", _PLACE.sub("", body))):
        yield "has too many values for so few words"
    for name in places:
        if not template.samples.get(name, "").strip():
            yield f"no sample for {{{name}}}"
    named = {*template.samples, *template.empty, *template.whole}
    for name in named - set(places):
        yield f"{{{name}}} does not stand in the body"
    if len(template.buttons) > BUTTONS:
        yield f"has {len(template.buttons)} buttons, {BUTTONS} at most"
    for title, times in Counter(template.buttons.values()).items():
        if times > 1:
            yield f"{times} buttons say {title!r}"
        if not title or len(title) > BUTTON:
            yield f"button {title!r} must have 1 to {BUTTON} characters"
