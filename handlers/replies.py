"""What is shipped of what officers say often (templates/replies.toml), and its variables."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KNOWN = ("name", "number", "office", "promise")
"""What a variable can stand for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A sentence with its variables; `own`: this office wrote it."""

    title: str
    text: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Replies:
    """What is shipped: the words that are variables, each with what it stands for, and replies."""

    variables: Mapping[str, str] = field(default_factory=dict)
    replies: Sequence[Reply] = ()


def read(data: Mapping[str, Any]) -> Replies:
    """The shipped replies.  Raises ValueError for a variable that means nothing."""
    variables = dict(data["variables"])
    found = tuple(Reply(each["title"], each["text"]) for each in data["replies"])
    if wrong := set(variables.values()) - set(KNOWN):
        raise ValueError(f"templates/replies.toml: no variable can stand for {min(wrong)!r}")
    for each in found:
        if unknown(each.text, variables):
            raise ValueError(f"templates/replies.toml: {each.title}: unknown variable")
    return Replies(variables, found)


def unknown(text: str, variables: Mapping[str, str]) -> bool:
    """Whether something in braces is no variable, or a brace stands alone."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return True
    names = [(name, spec, how) for _, name, spec, how in parts if name is not None]
    return any(name not in variables or spec or how for name, spec, how in names)
