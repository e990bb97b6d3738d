"""The program's clock: the real one, or one that starts at a time given for drills and demos."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def clock(start: datetime | None = None) -> Clock:
    """A clock that says the real time, or that runs on from `start`."""
    if start is None:
        return lambda: datetime.now(UTC)
    began = time.monotonic()
    return lambda: start.astimezone(UTC) + timedelta(seconds=time.monotonic() - began)
