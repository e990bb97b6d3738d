"""Mistakes in flows/*.toml, all told at once, each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES = {str: "a text", int: "a number", bool: "true or false", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: file, line and the thing named."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Mistakes(Exception):
    """The texts cannot be used; `all` holds every mistake found."""

    def __init__(self, found: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.all = found


@dataclass(slots=True)
class File:
    """One TOML text being read, and the mistakes found on the way."""

    name: str
    text: str
    mistakes: list[Mistake]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name without folder and ending."""
        return self.name.rpartition("/")[2].removesuffix(".toml")

    def wrong(self, what: str, near: str = "") -> None:
        """Note a mistake; `near` is a piece of the text that stands where it is."""
        line = self.text[: self.text.find(near)].count("\n") + 1 if near in self.text else 1
        self.mistakes.append(Mistake(f"{self.name}:{line}", what))


def typed(file: File, raw: Any, types: Mapping[str, type], of: str = "") -> dict[str, Any]:
    """The same without values of a wrong type, which are reported."""
    if not isinstance(raw, dict):
        file.wrong(f"{of.rstrip('.: ')} must be a table", of)
        return {}
    bad = {key for key in raw.keys() & types.keys() if not isinstance(raw[key], types[key])}
    for key in sorted(bad):
        file.wrong(f"{of}{key} must be {TYPES[types[key]]}", key)
    return {key: value for key, value in raw.items() if key not in bad}
