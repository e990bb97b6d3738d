"""What config.toml lists of an office: seasons of other hours, service elsewhere, sections; places.

Knows not where in the file it stands: whoever asks for mistakes says how each place is called.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flows.calendar import Hours, Season, read_spans
from flows.outings import Outing


@dataclass(frozen=True, slots=True)
class SeasonSettings:
    """Some days of other hours; days of the week that `hours` does not name stay as they are."""

    from_: date
    until: date
    hours: dict[str, str]
    name: str = ""

    def season(self, ordinary: Mapping[str, str]) -> Season:
        """With the whole week that holds then.  Raises ValueError."""
        if self.from_ > self.until:
            raise ValueError("ends before it begins")
        return Season(self.from_, self.until, Hours.read({**ordinary, **self.hours}), self.name)


@dataclass(frozen=True, slots=True)
class MobileSettings:
    """Service at another place for some hours of a day."""

    date: date
    hours: str
    place: str
    services: list[str] = field(default_factory=list)
    counters: int = 1
    location: str = ""

    def outing(self) -> Outing:
        """The same as handlers want it.  Raises ValueError."""
        if not 1 <= self.counters <= 99:
            raise ValueError("counters must be between 1 and 99")
        if not 3 <= len(self.place.strip()) <= 60:
            raise ValueError("place must have 3 to 60 characters")
        return Outing(
            day=self.date,
            spans=read_spans(self.hours),
            place=self.place.strip(),
            services=tuple(self.services),
            counters=self.counters,
            location=read_location(self.location),
        )


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """A part of the office that sees to some services; a head of section leads it."""

    id: str
    label: str
    services: list[str]


def section_mistakes(sections: Sequence[SectionSettings]) -> Iterator[str]:
    """What cannot be: names that are none or stand twice, a service that two sections have."""
    names = [each.id for each in sections]
    services = [service for each in sections for service in each.services]
    for each in sections:
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,19}", each.id) or each.id == "all":
            yield f"{each.id!r} is no id: two to twenty lower-case letters, digits and _"
        if not 3 <= len(each.label.strip()) <= 40:
            yield f"the label of {each.id!r} must have 3 to 40 characters"
    for name in dict.fromkeys(each for each in names if names.count(each) > 1):
        yield f"{name!r} stands twice"
    for service in dict.fromkeys(each for each in services if services.count(each) > 1):
        yield f"two sections have {service!r}"


def read_location(text: str) -> tuple[float, float] | None:
    """'-7.41,109.24' (latitude, longitude in degrees); None for ''.  Raises ValueError."""
    if not text.strip():
        return None
    match = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*", text)
    if match is None or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise ValueError(f"{text!r} is no place like -7.41,109.24 (latitude, longitude)")
    return float(match[1]), float(match[2])


def mistakes(
    ordinary: Mapping[str, str],
    seasons: Sequence[tuple[str, SeasonSettings]],
    mobile: Sequence[tuple[str, MobileSettings]],
) -> Iterator[tuple[str, str]]:
    """Everything wrong with an office's seasons and outings, as (its place, what).

    seasons, mobile  with the place of each in the file
    """
    good: list[Season] = []
    for place, each in seasons:
        try:
            season = each.season(ordinary)
        except ValueError as error:
            yield place, str(error)
            continue
        if other := next(filter(season.overlaps, good), None):
            yield place, f"overlaps the one from {other.first}"
        good.append(season)
    taken: set[tuple[date, str]] = set()
    for place, one in mobile:
        try:
            outing = one.outing()
        except ValueError as error:
            yield place, str(error)
            continue
        if (outing.day, outing.place.casefold()) in taken:
            yield place, "that place has service on that day already"
        taken.add((outing.day, outing.place.casefold()))
