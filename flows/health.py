"""The health protocol of an office: which level holds on a day, and how many may come then.

A level takes room away, it never refuses anybody.  Measures as offices had them in 2020:
fewer people inside, the others wait outside, a relative may come instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

LEVELS = ("off", "basic", "strict")


@dataclass(frozen=True, slots=True)
class Rule:
    """A level for some days; without a last one until further notice."""

    level: str
    first: date
    last: date | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Protocol:
    """What an office has decided.

    usual   the level of days for which nothing was decided
    seats   in the waiting room; 0 when they are not counted
    shares  percent of seats and counters that are used at each level; all at the others
    rules   newest first: of several for a day the newest counts
    """

    usual: str = "off"
    seats: int = 0
    shares: Mapping[str, int] = field(default_factory=dict)
    rules: Sequence[Rule] = ()

    def level(self, day: date) -> str:
        """The level of a day."""
        return next((rule.level for rule in self.rules if rule.holds(day)), self.usual)

    def room(self, amount: int, day: date) -> int:
        """How many of so many seats or counters are used on a day: one at least, if there are any.

        Half a counter is none: what is left over stays closed.
        """
        used = amount * self.shares.get(self.level(day), 100) // 100
        return max(used, min(amount, 1))

    def limits(self, counters: int, days: Iterable[date]) -> dict[date, int]:
        """The counters in use on those of the days on which they are fewer."""
        used = {day: self.room(counters, day) for day in days}
        return {day: amount for day, amount in used.items() if amount < counters}
