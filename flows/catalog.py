"""All that one office can talk about: its services, its talks, its words."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.intents import Hint, Intents
from flows.keywords import Keywords
from flows.model import Flow, Option


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service, or one option of it, that a free text may mean."""

    hint: Hint
    label: str
    opening: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything read from flows/*.toml, as one office offers it.

    services     the public services, in the order in which they are listed
    talks        the office's other conversations
    commands     the words understood at any moment, with the label of their button
    suggestions  what free text can lead to; `hints` finds the best of them
    """

    services: Mapping[str, Flow]
    talks: Mapping[str, Flow]
    commands: Mapping[str, Option]
    keywords: Keywords
    intents: Intents
    suggestions: Mapping[str, Suggestion]

    def flow(self, flow_id: str) -> Flow | None:
        """The service or talk of that name."""
        return self.services.get(flow_id) or self.talks.get(flow_id)

    def suggestion_id(self, hint: Hint) -> str:
        """The name under which a hint can be kept and offered."""
        return ".".join((hint.flow, *hint.answers.values()))
