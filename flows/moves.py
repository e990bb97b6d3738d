"""Where a chat goes next, as data: what a command or the end of a talk leads to.

Knows no session: `flows/talk.py` makes these moves.
"""

from dataclasses import dataclass, field

from flows.model import Answers, Effect


@dataclass(frozen=True, slots=True)
class Open:
    """Enter a talk; with `answers` it knows already."""

    talk: str
    topic: tuple[str, ...] = ()
    answers: Answers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a service (or one option of it), or offer to go on with it."""

    suggestion: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Ask the open question of a request that was begun."""

    key: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin a request anew, without what was answered."""

    key: str


@dataclass(frozen=True, slots=True)
class Back:
    """Drop the last answer of what is being talked about, and ask it again."""


@dataclass(frozen=True, slots=True)
class Again:
    """Ask the open question again."""


@dataclass(frozen=True, slots=True)
class Move:
    """What is said first, which state ends with it, and where the chat then stands.

    to  None: it stays where it is, and nothing more is asked
    """

    to: Open | Begin | Resume | Restart | Back | Again | None = None
    say: tuple[Effect, ...] = ()
    end: str = ""


def tell(*effects: Effect, end: str = "") -> Move:
    """Say something and stay."""
    return Move(None, effects, end)
