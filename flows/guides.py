"""Help for officers: a service's standard in its fourteen components, its steps, common mistakes.

The components that the service itself declares (requirements, time, fee, …) are taken from there;
templates/guides/*.toml says the rest.  PermenPANRB 15/2014, from UU 25/2009.  Pure.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.model import Source, Standard

DELIVERY = ("requirements", "procedure", "time", "fee", "product", "complaints")
"""What citizens are told of a service: six components, in the order of the regulation."""
OFFICE = (
    "law", "facilities", "skills", "supervision", "staffing", "guarantee", "safety", "evaluation",
)  # fmt: skip
"""What is the office's own: eight components."""
OWN = ("complaints", *OFFICE[1:])
"""Those that a guide says; the service says the others."""
KEYS = ("standard", "sop", "mistakes")
COMMON = "common"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something officers do wrong with this service, and who says so."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Guide:
    """Help with one service; a component without a value is still to be filled in."""

    standard: Mapping[str, Standard]
    steps: Sequence[str]
    mistakes: Sequence[Mistake]

    @property
    def missing(self) -> list[str]:
        """The components that nobody has filled in."""
        return [name for name in OWN if name not in self.standard]


NOTHING = Guide({}, (), ())


def read(texts: Mapping[str, str]) -> Mapping[str, Guide]:
    """Guides by service, of TOML by name ("kk"); "common" is part of each.  Raises ValueError."""
    found = {name: _parsed(name, text) for name, text in texts.items()}
    common = found.get(COMMON, NOTHING)
    return {
        COMMON: common,
    } | {
        name: Guide(
            {**common.standard, **guide.standard},
            guide.steps or common.steps,
            (*guide.mistakes, *common.mistakes),
        )
        for name, guide in found.items()
        if name != COMMON
    }


def find(guides: Mapping[str, Guide], service: str) -> Guide:
    """The guide of a service; what holds for all where it has none of its own."""
    return guides.get(service) or guides.get(COMMON, NOTHING)


def _parsed(name: str, text: str) -> Guide:
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"guides/{name}.toml: not TOML: {error}") from None
    standard = data.get("standard", {})
    unknown = [*(data.keys() - {*KEYS}), *(standard.keys() - {*OWN})]
    if unknown:
        raise ValueError(f"guides/{name}.toml: unknown: {', '.join(sorted(unknown))}")
    mistakes = data.get("mistakes", [])
    if not all({"text", "source"} <= each.keys() for each in mistakes):
        raise ValueError(f"guides/{name}.toml: each mistake needs text and source")
    return Guide(
        {key: _standard(raw) for key, raw in standard.items() if raw.get("value")},
        tuple(data.get("sop", {}).get("steps", ())),
        tuple(Mistake(each["text"], each["source"]) for each in mistakes),
    )


def _standard(raw: Mapping[str, Any]) -> Standard:
    source = Source(raw.get("source", ""), raw.get("read", ""), bool(raw.get("confirmed")))
    return Standard(raw["value"], source)
