"""A service as people read about it before they begin: what to bring, how long, what it costs.

From the same files as the conversation, so the page and the chat never disagree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows.cases import Condition, cases
from flows.model import Answers, Flow, Source, Standard, Step
from handlers.offices import House, Office


@dataclass(frozen=True, slots=True)
class Needed:
    """Documents under one heading; no heading: they are always needed.

    adds  they come on top of what is needed in any case
    """

    heading: str
    documents: tuple[Step, ...]
    adds: bool


@dataclass(frozen=True, slots=True)
class Brochure:
    """All that is published about one service of one office.

    sources  where unconfirmed values come from, each once
    before   whether its citizen has to come before the result can be made
    """

    id: str
    title: str
    needed: tuple[Needed, ...]
    standard: Mapping[str, Standard]
    legal: tuple[str, ...]
    sources: tuple[Source, ...]
    before: bool


def brochure(house: House, office: Office, service: str) -> Brochure:
    """What is told of a service.  Raises KeyError when the office does not have it."""
    flow = house.catalog(office.id).services[service]
    needed = needs(house, office, flow, {})
    said = (*(each.source for each in flow.standard.values()), *_sources(needed))
    doubted = {each.url: each for each in said if not each.confirmed}
    return Brochure(
        service, flow.title, needed, flow.standard, flow.legal, tuple(doubted.values()),
        flow.appointment == "before",
    )  # fmt: skip


def needs(house: House, office: Office, flow: Flow, answers: Answers) -> tuple[Needed, ...]:
    """The documents of a service by what they depend on, as far as the answers leave it open."""
    known = {**answers, "office": office.id, "area": office.area}
    return tuple(
        Needed(_heading(house, flow, case.conditions), case.documents, case.adds)
        for case in cases(flow, known)
    )


def _sources(needed: tuple[Needed, ...]) -> Iterator[Source]:
    for each in needed:
        yield from (step.source for step in each.documents if step.source)


def _heading(house: House, flow: Flow, conditions: tuple[Condition, ...]) -> str:
    """'Kalau diwakilkan'; empty for what is always needed."""
    if not conditions:
        return ""
    told = [_told(house, flow, each) for each in conditions]
    return house.words.say("case_heading", cases=told)


def _told(house: House, flow: Flow, condition: Condition) -> list[str]:
    """A condition in words: those of the options that meet it, or of a fact's values."""
    asked = flow.step(condition.key)
    if asked is None:
        return [house.words.say(f"case_{condition.key}_{each}") for each in condition.values]
    options = {option.id: option for option in asked.options}
    return [options[each].case or options[each].label for each in condition.values]


def untold(house: House) -> Iterator[str]:
    """The facts that decide over documents and of which no message tells."""
    for catalog in house.catalogs.values():
        for flow in catalog.services.values():
            for case in cases(flow, {}):
                for each in case.conditions:
                    yield from (
                        name
                        for value in each.values
                        if flow.step(each.key) is None
                        and each.key != "area"
                        and (name := f"case_{each.key}_{value}") not in house.words
                    )
