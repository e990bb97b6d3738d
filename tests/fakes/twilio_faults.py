"""The senders' throughput, and trouble on demand.

Time comes from a given clock.  What trouble looks like on the line is `twilio_http`'s business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from fakes.telegram_faults import Fault as _Fault
from fakes.telegram_faults import Faults as _Faults
from fakes.telegram_faults import Trouble

__all__ = ["Clock", "Fault", "Faults", "Throughput", "Trouble"]


class Clock:
    """Time that can be moved forward; called, it gives seconds since 1970."""

    def __init__(self, base: Callable[[], float]) -> None:
        self._base = base
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._base() + self._ahead

    def advance(self, **span: float) -> None:
        """Move on by `hours=25`, `days=2` and the like."""
        self._ahead += timedelta(**span).total_seconds()


@dataclass
class Fault(_Fault):
    """Trouble for the next calls of one kind; `code` is the number in Twilio's words."""

    code: int = 0


class Faults(_Faults):
    """The orders still open, oldest first."""

    def take(self, method: str, chat: str) -> Fault | None:
        """The trouble for this call, used up by one; `chat` is a phone number."""
        found = super().take(method, chat)
        assert found is None or isinstance(found, Fault)
        return found


@dataclass
class _Bucket:
    tokens: float
    at: float


class Throughput:
    """So many messages a second from a number, and one in so many seconds to a person."""

    def __init__(self, clock: Callable[[], float], per_second: float | None) -> None:
        self.per_second = per_second
        self.pair_seconds: float | None = None
        self._clock = clock
        self._senders: dict[str, _Bucket] = {}
        self._pairs: dict[tuple[str, str], float] = {}

    def take(self, sender: str, person: str) -> bool:
        """Count one message; False when it is one too many."""
        now = self._clock()
        if self.pair_seconds:
            last = self._pairs.get((sender, person))
            if last is not None and now - last < self.pair_seconds - 1e-6:
                return False
            self._pairs[sender, person] = now
        if not self.per_second:
            return True
        bucket = self._senders.setdefault(sender, _Bucket(self.per_second, now))
        gained = (now - bucket.at) * self.per_second
        bucket.tokens, bucket.at = min(self.per_second, bucket.tokens + gained), now
        if bucket.tokens < 1 - 1e-6:
            return False
        bucket.tokens -= 1
        return True
