"""Content templates: what may stand in one, what WhatsApp approves, how variables are filled.

Pure: knows no accounts, no windows and no HTTP.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fakes.twilio_errors import Json, Refused
from fakes.twilio_model import Choice, Shown

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
BROKEN = re.compile(r"\{\{\s*\}\}|\{\{[^{}]*\}(?!\})|(?<!\{)\{[^{}]*\}\}")
CATEGORIES = frozenset({"UTILITY", "MARKETING", "AUTHENTICATION"})
MOST_BODY, MOST_TEXT, MOST_VALUE = 1024, 1600, 1600
MOST_IN_SESSION, MOST_VARIABLES = 3, 100
_APPROVABLE = frozenset({"twilio/text", "twilio/quick-reply", "twilio/media", "whatsapp/card"})
_LIMITS = {
    "twilio/text": {"body": MOST_TEXT},
    "twilio/media": {"body": MOST_TEXT},
    "twilio/quick-reply": {"body": MOST_BODY},
    "twilio/list-picker": {"body": MOST_BODY, "button": 20},
    "whatsapp/card": {"body": MOST_BODY},
}
_PARTS = {
    "whatsapp/card": ("actions", {"title": 20, "id": 200}),
    "twilio/quick-reply": ("actions", {"title": 20, "id": 256}),
    "twilio/list-picker": ("items", {"item": 24, "id": 200, "description": 72}),
}
_OPTIONAL = frozenset({("twilio/media", "body"), ("actions", "id"), ("items", "description")})


@dataclass
class Approval:
    """What WhatsApp thinks of a template."""

    name: str = ""
    category: str = ""
    status: str = "unsubmitted"
    reason: str = ""

    @property
    def open(self) -> bool:
        """Submitted, and not refused."""
        return self.status not in ("unsubmitted", "rejected")


@dataclass(eq=False)
class Template:
    """One Content resource."""

    sid: str
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, Json]
    created: float
    approval: Approval = field(default_factory=Approval)

    @property
    def rich(self) -> str:
        """The type shown where the channel can; text is what is left for the others."""
        return next((kind for kind in self.types if kind != "twilio/text"), "twilio/text")

    def fill(self, kind: str, given: str) -> Shown:
        """The template as one person sees it; raises what Twilio answers to bad variables."""
        values = self._values(kind, given)

        def filled(text: Any) -> str:
            return VARIABLE.sub(lambda found: values[found[1]], str(text or ""))

        content = self.types[kind]
        name, parts = parts_of(kind, content)
        title = "title" if name == "actions" else "item"
        choices = tuple(
            Choice(
                filled(part.get("id")) or filled(part[title]),
                filled(part[title]),
                filled(part.get("description")),
            )
            for part in parts
        )
        media = tuple(filled(url) for url in content.get("media") or [])
        for url, sent in zip(content.get("media") or [], media, strict=True):
            sample = VARIABLE.sub(lambda found: self.variables.get(found[1], ""), url)
            if self.approval.open and sample.rpartition(".")[2] != sent.rpartition(".")[2]:
                raise Refused(21656)  # approved with another kind of media
        return Shown(
            kind, filled(content.get("body")), choices, filled(content.get("button")), media
        )

    def _values(self, kind: str, given: str) -> dict[str, str]:
        try:
            found = json.loads(given or "{}")
        except ValueError:
            raise Refused(21656) from None
        used = variables_of(self.types[kind])
        declared = {name for content in self.types.values() for name in variables_of(content)}
        if not isinstance(found, dict) or not found.keys() <= declared | self.variables.keys():
            raise Refused(21656)
        values = {**self.variables, **found}
        in_body = set(VARIABLE.findall(str(self.types[kind].get("body") or "")))
        for name in used:
            value = values.get(name)
            if not isinstance(value, str) or not value.strip():
                raise Refused(21656)
            if len(value) > MOST_VALUE:
                raise Refused(21658)
            if name in in_body and re.search(r"[\n\r\t]| {5,}", value):
                raise Refused(21656)
        return {name: values[name] for name in used}


def parts_of(kind: str, content: Json) -> tuple[str, list[Json]]:
    """The buttons or lines of a content type, and what they are called there."""
    if kind not in _PARTS:
        return "", []
    name = _PARTS[kind][0]
    return name, content.get(name) or []


def variables_of(content: Json) -> list[str]:
    """The names in double braces, each once, in the order they appear."""
    return list(dict.fromkeys(name for text in _texts(content) for name in VARIABLE.findall(text)))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)


# what the Content API accepts


def mistakes(types: Any) -> list[str]:
    """Why these types make no content."""
    if not isinstance(types, dict) or not types:
        return ["types cannot be empty"]
    found: list[str] = []
    for kind, content in types.items():
        if kind not in _LIMITS:
            found.append(f"type {kind} is unsupported by this fake")
        elif not isinstance(content, dict):
            found.append(f"{kind} must be an object")
        else:
            found += [f"{kind}: {fault}" for fault in _faults(kind, content)]
    return found


def _faults(kind: str, content: Json) -> Iterator[str]:
    for name, most in _LIMITS[kind].items():
        yield from _too_long(content.get(name), name, most, (kind, name) in _OPTIONAL)
    if any(BROKEN.search(text) for text in _texts(content)):
        yield "a variable placeholder is malformed"
    if kind == "twilio/media" and not (content.get("media") or content.get("body")):
        yield "media or body is required"
    if kind not in _PARTS:
        return
    parts, limits = _PARTS[kind]
    given = content.get(parts)
    if not isinstance(given, list) or not 1 <= len(given) <= 10:
        yield f"{parts} must have 1 to 10 entries"
        return
    for number, part in enumerate(given):
        for name, most in limits.items():
            where = f"{parts}[{number}].{name}"
            yield from _too_long(part.get(name), where, most, (parts, name) in _OPTIONAL)


def _too_long(value: Any, name: str, most: int, optional: bool) -> Iterator[str]:
    if value in (None, ""):
        if not optional:
            yield f"{name} is required"
    elif not isinstance(value, str):
        yield f"{name} must be a string"
    elif len(value) > most:
        yield f"{name} has {len(value)} characters, the maximum is {most}"


# what WhatsApp approves


def objections(template: Template) -> list[str]:
    """Why WhatsApp would reject a template."""
    kind = template.rich
    if kind not in _APPROVABLE:
        return [f"{kind} cannot be submitted for approval"]
    body = str(template.types[kind].get("body") or "").strip()
    names = variables_of(template.types[kind])
    numbers = [name for name in names if name.isdigit()]
    found = []
    for url in template.types[kind].get("media") or []:
        sample = VARIABLE.sub(lambda place: template.variables.get(place[1], ""), url)
        if not re.fullmatch(r"https://[\w.-]+/[\w./-]+\.(jpg|png|pdf|mp4)", sample):
            found.append(f"no valid media sample: {sample}")
    if len(body) > MOST_BODY:
        found.append(f"the body has more than {MOST_BODY} characters")
    if VARIABLE.match(body) or re.search(VARIABLE.pattern + r"[.!?]?$", body):
        found.append("variables can't be at the start or end of the template")
    if re.search(VARIABLE.pattern + r"\s*" + VARIABLE.pattern, body):
        found.append("variables can't be next to each other")
    if sorted(map(int, numbers)) != list(range(1, len(numbers) + 1)):
        found.append("variables must be numbered in sequence")
    if missing := [name for name in names if not template.variables.get(name)]:
        found.append(f"a sample is missing for variable {', '.join(missing)}")
    return found


def unsendable(shown: Shown, approved: bool) -> int:
    """The error a filled template fails with on WhatsApp, or 0."""
    most = MOST_TEXT if shown.kind == "twilio/text" and not approved else MOST_BODY
    titles = [choice.title for choice in shown.choices]
    longest = 24 if shown.kind == "twilio/list-picker" else 20
    ids = [choice.id for choice in shown.choices]
    if shown.kind == "whatsapp/card" and not approved:
        return 63005  # only as an approved template
    if len(shown.body) > most or any(len(title) > longest for title in titles):
        return 63021
    if len(set(titles)) < len(titles) or len(set(ids)) < len(ids):
        return 63021
    if shown.kind == "twilio/quick-reply" and len(titles) > MOST_IN_SESSION and not approved:
        return 63005
    return 0
