"""A message in the forms that WhatsApp has: plain text, up to three buttons, or a list.

Pure: what a person will see, and the Content resource that says it.  Lines of the text are
variables, so that one resource serves every message of that shape and none keeps what a
citizen wrote.  Limits: https://www.twilio.com/docs/content (quick-reply, list-picker).
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.split import split
from handlers.message import Button, Message

TEXT = 1600
"""Most characters of a plain message."""
BODY = 1024
"""Most characters above buttons or a list."""
MOST_VARIABLES = 100
"""Most variables of a Content resource: https://www.twilio.com/docs/api/errors/92002"""
BUTTONS, BUTTON = 3, 20
LINES, LINE, DESCRIPTION = 10, 24, 72
TEXT_KIND, BUTTONS_KIND, LIST_KIND = "twilio/text", "twilio/quick-reply", "twilio/list-picker"
LANGUAGE = "id"

_SPACES = re.compile(r"\s{2,}|[^\S ]")


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


def render(message: Message, hint: str = "") -> tuple[Piece, ...]:
    """The message in one piece, or in several when it is long; choices go with the last.

    Choices that fit neither buttons nor a list, or stand below nothing, are numbered text
    with `hint` below them: how to answer.
    """
    taps = [choice for choice in message.choices if not choice.url]
    links = [f"{choice.label}: {choice.url}" for choice in message.choices if choice.url]
    text = "\n".join([message.text, *links])
    kind, titles = _titles(taps) if text.strip() else (TEXT_KIND, ())
    if kind == TEXT_KIND:
        plain = message.plain()
        if hint and any(tap.numbered for tap in taps):
            plain = f"{plain}\n\n{hint}"
        return tuple(Piece(part) for part in split(plain, TEXT))
    *before, last = split(text, BODY)
    lines = last.split("\n")
    if len(lines) > MOST_VARIABLES:
        before.append("\n".join(lines[:-MOST_VARIABLES]))
        last = "\n".join(lines[-MOST_VARIABLES:])
    return (*(Piece(part) for part in before), Piece(last, kind, titles))


def _titles(taps: Sequence[Button]) -> tuple[str, tuple[Title, ...]]:
    """How these choices can be shown, each with its number; as text when nothing else fits."""
    shown, numbered = [], 0
    for tap in taps:
        numbered += tap.numbered
        label = " ".join(tap.label.split())
        shown.append(Title(tap.token, f"{numbered} {label}" if tap.numbered else label, label))
    if not 0 < len(shown) <= LINES or not all(map(_fits, shown)):
        return TEXT_KIND, ()
    short = len(shown) <= BUTTONS and all(len(each.title) <= BUTTON for each in shown)
    titles = tuple(replace(each, description="") if short else _line(each) for each in shown)
    names, tokens = {each.title for each in titles}, {each.token for each in titles}
    if len(names) < len(titles) or len(tokens) < len(titles):
        return TEXT_KIND, ()
    return BUTTONS_KIND if short else LIST_KIND, titles


def _fits(choice: Title) -> bool:
    """Whether a list can show this choice: braces would be taken for a variable."""
    return 0 < len(choice.description) <= DESCRIPTION and not set("{}") & set(choice.title)


def _line(choice: Title) -> Title:
    """A line of a list; what is too long for it stands below it in full."""
    if len(choice.title) <= LINE:
        return replace(choice, description="")
    return replace(choice, title=f"{choice.title[: LINE - 1].rstrip()}…")


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
