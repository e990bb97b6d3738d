"""Ready-made lessons: short texts that teach how the service works, each with up to three ways on.

They are read in chat ("belajar"), on the public page, and are material for broadcasts.  The
texts are in templates/lessons/*.toml; this module knows their form, not what they say.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.model import Option

if TYPE_CHECKING:
    from handlers.offices import House

TEXT = 600
"""Most characters of a lesson: a screen of a small phone, and room for its buttons."""
TITLE = 22
"""WhatsApp's 24 for a list item, less its number."""
STARTS = 3
"""Ways on: as many as WhatsApp has buttons."""
MOST = 10
"""Lessons in one list on WhatsApp."""
KEYS = {"order", "title", "words", "text", "starts"}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson.

    words    other ways in which people ask for it
    starts   what it leads to: names of services, or of words understood at any moment
    picture  an SVG drawing, for pages; empty for none
    """

    id: str
    title: str
    text: str
    words: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    order: int = 0
    picture: str = ""


def read(texts: Mapping[str, str]) -> tuple[Lesson, ...]:
    """The lessons of templates/lessons by file name, in their order.  Raises ValueError."""
    found, wrong = [], []
    for name, text in texts.items():
        if not name.endswith(".toml"):
            continue
        here = name.removesuffix(".toml")
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            wrong.append(f"templates/lessons/{name}: not TOML: {error}")
            continue
        wrong += [f"templates/lessons/{name}: {line}" for line in _mistakes(raw)]
        found.append(
            Lesson(
                here, str(raw.get("title", "")), str(raw.get("text", "")).strip(),
                tuple(raw.get("words", ())), tuple(raw.get("starts", ())),
                int(raw.get("order", 0)), texts.get(f"{here}.svg", "").strip(),
            )
        )  # fmt: skip
    if len(found) > MOST:
        wrong.append(f"templates/lessons: {len(found)} lessons, {MOST} fit in one list")
    if wrong:
        raise ValueError("\n".join(wrong))
    return tuple(sorted(found, key=lambda each: (each.order, each.id)))


def _mistakes(raw: Mapping[str, object]) -> Iterator[str]:
    for key in sorted(raw.keys() - KEYS):
        yield f"unknown key {key!r}; known are {', '.join(sorted(KEYS))}"
    title, text, starts = str(raw.get("title", "")), str(raw.get("text", "")), raw.get("starts", [])
    if not 0 < len(title) <= TITLE:
        yield f"title has {len(title)} characters, 1 to {TITLE} fit in a list"
    if not 0 < len(text.strip()) <= TEXT:
        yield f"text has {len(text.strip())} characters, 1 to {TEXT} are allowed"
    if not isinstance(starts, list) or len(starts) > STARTS:
        yield f"starts must be a list of {STARTS} at most"


def all(house: "House", office_id: str) -> tuple[Lesson, ...]:
    """The lessons as one office teaches them: each leads only to what the office has."""
    labels = ways(house, office_id)
    return tuple(
        replace(each, starts=tuple(name for name in each.starts if name in labels))
        for each in house.lessons
    )


def ways(house: "House", office_id: str) -> dict[str, str]:
    """What a lesson can lead to at that office, with the words of its button."""
    catalog = house.catalog(office_id)
    commands = {name: option.label for name, option in catalog.commands.items()}
    return commands | {name: flow.title for name, flow in catalog.services.items()}


def untaught(house: "House") -> Iterator[str]:
    """Ways on that no office has."""
    known = {name for office in house.catalogs for name in ways(house, office)}
    for each in house.lessons:
        for name in each.starts:
            if name not in known:
                yield f"templates/lessons/{each.id}.toml: no service and no word {name!r}"


def offers(house: "House", office_id: str) -> dict[str, tuple[Option, ...]]:
    """The lessons to choose from, and what can be chosen after each."""
    labels, taught = ways(house, office_id), all(house, office_id)
    after = {
        f"lesson.{each.id}": tuple(Option(name, labels[name]) for name in each.starts)
        for each in taught
    }
    return {"lessons": tuple(Option(each.id, each.title, each.words) for each in taught), **after}
