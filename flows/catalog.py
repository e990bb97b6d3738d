"""All that one office can talk about: its services, its talks, its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.asides import Asides
from flows.intents import Hint, Intents
from flows.keywords import Keywords
from flows.model import Choice, Flow, Option, Say, Session

MOST_OFFERED = 200
"""Flows with their dynamic options that are kept ready."""


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
    asides       short answers to what is asked beside the matter; `keywords` knows them as well
    """

    services: Mapping[str, Flow]
    talks: Mapping[str, Flow]
    commands: Mapping[str, Option]
    keywords: Keywords
    intents: Intents
    suggestions: Mapping[str, Suggestion]
    asides: Asides = field(default_factory=Asides)
    _offered: dict[tuple[object, ...], tuple[Flow, object]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def flow(self, flow_id: str) -> Flow | None:
        """The service or talk of that name."""
        return self.services.get(flow_id) or self.talks.get(flow_id)

    def opens(self, name: str) -> bool:
        """Whether a link can lead there: to a service, one option of it, or a command."""
        return name in self.services or name in self.suggestions or name in self.commands

    def in_service(self, session: Session) -> bool:
        """Whether a request is what is being talked about."""
        return session.state is not None and session.state.flow in self.services

    def draft(self, session: Session) -> str:
        """The request begun most recently and not ended; "" when there is none."""
        states = session.states.items()
        begun = [key for key, state in states if state.flow in self.services]
        return begun[-1] if begun else ""

    def say(self, message: str, *commands: str) -> Say:
        """Say a message with the buttons of these commands below it."""
        choices = tuple(Choice(name, self.commands[name].label) for name in commands)
        return Say(message, choices=choices)

    def offering(self, flow: Flow, offers: Mapping[str, tuple[Option, ...]]) -> Flow:
        """`flow.offering(**offers)`, made once for offers that stay the same from turn to turn."""
        key = (flow.id, *map(id, offers.values()))
        if key not in self._offered:
            if len(self._offered) >= MOST_OFFERED:
                self._offered.clear()
            # the options are kept, too: while they are, nothing else can have their identity
            self._offered[key] = (flow.offering(**offers), tuple(offers.values()))
        return self._offered[key][0]

    def suggestion_id(self, hint: Hint) -> str:
        """The name under which a hint can be kept and offered."""
        return ".".join((hint.flow, *hint.answers.values()))
