"""How often somebody may come: a burst at once, then one in so many seconds.

Kept in memory and forgotten when it no longer matters.  Knows no clock.
"""


class Flood:
    """A limit for each key (a chat, a network address)."""

    def __init__(self, every: float, burst: int) -> None:
        """every: seconds in which one place comes free; burst: how many there are."""
        self._every = every
        self._slack = every * (burst - 1)
        self._free_at: dict[str, float] = {}

    def wait(self, key: str, now: float) -> float:
        """Take a place: 0.0, or the seconds until there is one (and none was taken)."""
        free_at = self._free_at.get(key, now)
        if free_at > now + self._slack + self._every:  # the clock was set back
            free_at = now
        wait = free_at - self._slack - now
        if wait > 0:
            return wait
        self._free_at[key] = max(free_at, now) + self._every
        if len(self._free_at) > 10_000:
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop keys that have all their places back; all of them if that is not enough."""
        kept = {key: free_at for key, free_at in self._free_at.items() if free_at > now}
        self._free_at = kept if len(kept) < 9_000 else {}
