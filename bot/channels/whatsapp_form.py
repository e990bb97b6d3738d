"""A message in the forms that WhatsApp has: plain text, up to three buttons, or a list.

Pure: what a person will see, and the Content resource that says it.  Lines of the text are
variables, so that one resource serves every message of that shape and none keeps what a
citizen wrote.  Limits: https://www.twilio.com/docs/content (quick-reply, list-picker).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from bot.channels.split import split
from handlers.message import Button, Message

TEXT = 1600
"""Most characters of a plain message."""
BODY = 1024
"""Most characters above buttons or a list."""
BUTTONS, BUTTON = 3, 20
LINES, LINE, DESCRIPTION = 10, 24, 72
TEXT_KIND, BUTTONS_KIND, LIST_KIND = "twilio/text", "twilio/quick-reply", "twilio/list-picker"
LANGUAGE = "id"

_SPACES = re.compile(r"\s{2,}|[\t\r]")


@dataclass(frozen=True, slots=True)
class Title:
    """One button or line: what comes back, what is shown, and what stands below it."""

    token: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message as it goes to WhatsApp."""

    text: str
    kind: str = TEXT_KIND
    titles: tuple[Title, ...] = ()


def render(message: Message) -> tuple[Piece, ...]:
    """The message in one piece, or in several when it is long; choices go with the last."""
    taps = [choice for choice in message.choices if not choice.url]
    links = [f"{choice.label}: {choice.url}" for choice in message.choices if choice.url]
    text = "\n".join([message.text, *links])
    kind, titles = _titles(taps)
    if not taps:
        return tuple(Piece(part) for part in split(text, TEXT))
    if kind == TEXT_KIND:
        return tuple(Piece(part) for part in split(message.plain(), TEXT))
    *before, last = split(text, BODY)
    return (*(Piece(part) for part in before), Piece(last, kind, titles))


def _titles(taps: list[Button]) -> tuple[str, tuple[Title, ...]]:
    """How these choices can be shown."""
    numbered, shown = 0, []
    for tap in taps:
        numbered += tap.numbered
        shown.append((tap, f"{numbered} {tap.label}" if tap.numbered else tap.label))
    if len(taps) <= BUTTONS and all(len(tap.label) <= BUTTON for tap in taps):
        short = [(t, title if len(title) <= BUTTON else t.label) for t, title in shown]
        if _distinct(title for _, title in short):
            return BUTTONS_KIND, tuple(Title(tap.token, title) for tap, title in short)
    if len(taps) <= LINES:
        lines = tuple(_line(tap, title) for tap, title in shown)
        if _distinct(line.title for line in lines):
            return LIST_KIND, lines
    return TEXT_KIND, ()


def _distinct(titles: Any) -> bool:
    given = list(titles)
    return len(set(given)) == len(given)


def _line(tap: Button, title: str) -> Title:
    if len(title) <= LINE:
        return Title(tap.token, title)
    return Title(tap.token, f"{title[: LINE - 1].rstrip()}…", tap.label[:DESCRIPTION])


def content(piece: Piece, button: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The Content resource that shows a piece with choices, and the variables of this one.

    button  the words on what opens a list
    """
    body: list[str] = []
    variables: dict[str, str] = {}
    for line in piece.text.split("\n"):
        words = straight(line)
        if words:
            variables[str(len(variables) + 1)] = words
        body.append(f"{{{{{len(variables)}}}}}" if words else "")
    shown: dict[str, Any] = {"body": "\n".join(body)}
    if piece.kind == BUTTONS_KIND:
        actions = ({"type": "QUICK_REPLY", "title": t.title, "id": t.token} for t in piece.titles)
        shown["actions"] = list(actions)
    else:
        shown["button"] = button
        shown["items"] = [
            {"item": t.title, "id": t.token, "description": t.description or None}
            for t in piece.titles
        ]
    resource = {
        "language": LANGUAGE,
        "variables": dict.fromkeys(variables, "contoh"),
        "types": {piece.kind: shown},
    }
    return {"friendly_name": f"loket_reply_{digest(resource)}", **resource}, variables


def digest(resource: Any) -> str:
    """A short name for exactly this resource."""
    text = json.dumps(resource, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def straight(value: str) -> str:
    """A value that Twilio takes for a variable: one line, no runs of spaces, no straight quotes.

    https://www.twilio.com/docs/errors/21656
    """
    return _SPACES.sub(" ", value.replace("\n", " ").replace("'", "’")).strip()
