"""Service at another place than the office: a market, a village hall, for some hours of a day.

People book times there as they do at the office; the office's own days and hours, and what it
promises in them, are not changed by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flows.calendar import Span


@dataclass(frozen=True, slots=True)
class Outing:
    """One day at one place.

    services  what can be collected or done there; () for everything
    counters  visits that can begin at the same time
    location  latitude and longitude in degrees; None when nobody gave it
    """

    day: date
    spans: tuple[Span, ...]
    place: str
    services: tuple[str, ...] = ()
    counters: int = 1
    location: tuple[float, float] | None = None

    def serves(self, service: str) -> bool:
        """Whether that service is to be had there."""
        return not self.services or service in self.services


def ahead(outings: Sequence[Outing], today: date) -> list[Outing]:
    """Those of today and later, soonest first."""
    coming = (each for each in outings if each.day >= today)
    return sorted(coming, key=lambda each: (each.day, each.spans))
