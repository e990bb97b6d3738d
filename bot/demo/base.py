"""What every part of the demo shares: its patience, and how it fails."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 30.0
"""Seconds to wait for any one thing."""

T = TypeVar("T")


class DemoFailed(Exception):
    """The story did not go as it should."""


def wait_for(look: Callable[[], T | None], failure: str) -> T:
    """Look again and again until something is found.  Raises DemoFailed."""
    deadline = time.monotonic() + PATIENCE
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise DemoFailed(failure)
        time.sleep(0.1)
    return found
