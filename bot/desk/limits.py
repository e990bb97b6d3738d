"""How often somebody may try to sign in: each failure makes the next attempt wait longer.

Kept in memory: a restart forgives everybody, and several web processes count apart.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FORGET = timedelta(hours=1)
"""After this long without an attempt a key starts anew."""
MOST = 20_000
"""Keys remembered; the longest unused are dropped first."""

Key = tuple[str, str]
"""The kind of key ("login", "code", "address", "guess") and its value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """So many attempts are free; then the wait doubles from `first` to `longest`."""

    free: int
    first: timedelta
    longest: timedelta


RULES: Mapping[str, Rule] = {
    "login": Rule(5, timedelta(seconds=2), timedelta(minutes=1)),
    "code": Rule(5, timedelta(seconds=2), timedelta(minutes=5)),
    "address": Rule(30, timedelta(seconds=2), timedelta(minutes=15)),
    "guess": Rule(30, timedelta(seconds=2), timedelta(minutes=15)),
}
SHARED = ("address", "guess")
"""Kinds whose key is a network.  A whole office may share one; nobody locks a colleague out."""


@dataclass(slots=True)
class _Count:
    tries: int
    last: datetime
    ready: datetime


class Limiter:
    """Counts attempts per key.  An attempt counts as failed until it is forgiven."""

    def __init__(self, rules: Mapping[str, Rule] = RULES) -> None:
        self._rules = rules
        self._counts: OrderedDict[Key, _Count] = OrderedDict()

    def attempt(self, keys: Sequence[Key], now: datetime) -> timedelta:
        """Zero if it may be tried now, and it is counted; else how long to wait."""
        counts = [self._count(key, now) for key in keys]
        wait = max((count.ready - now for count in counts), default=timedelta())
        if wait > timedelta():
            return wait
        for (kind, _), count in zip(keys, counts, strict=True):
            rule = self._rules[kind]
            count.tries += 1
            count.last = now
            over = count.tries - rule.free
            if over >= 0:
                count.ready = now + min(rule.longest, rule.first * 2 ** min(over, 20))
        return timedelta()

    def forgive(self, keys: Sequence[Key], now: datetime) -> None:
        """The attempt was right: a login starts anew, a network is given this one back."""
        for kind, value in keys:
            count = self._count((kind, value), now)
            count.tries = max(0, count.tries - 1) if kind in SHARED else 0
            count.ready = now

    def _count(self, key: Key, now: datetime) -> _Count:
        count = self._counts.get(key)
        if count is None or now - count.last >= FORGET:
            count = self._counts[key] = _Count(0, now, now)
        self._counts.move_to_end(key)
        while len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return count
