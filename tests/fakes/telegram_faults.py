"""The flood limits, and trouble on demand.

Both decide about a call before it is carried out.  Time comes from a given clock.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from fakes.telegram_errors import too_many_requests

Trouble = int | Literal["slow", "garbage", "drop"]


@dataclass
class _Bucket:
    room: float
    per_second: float
    tokens: float
    at: float

    def seconds_left(self, now: float) -> float:
        """How long until one more message fits; nothing is taken."""
        self.tokens = min(self.room, self.tokens + (now - self.at) * self.per_second)
        self.at = now
        # a hair's breadth of tolerance: sums of floats are not exact
        return max(0.0, (1 - self.tokens) / self.per_second) if self.tokens < 1 - 1e-6 else 0.0


class Limits:
    """30 messages a second in all, 1 a second to a person, 20 a minute to a group.

    A person's chat takes a short burst, as the real one does.  An album counts as its pictures; a
    refused message counts as none.
    """

    def __init__(self, clock: Callable[[], float], on: bool = True, burst: int = 3) -> None:
        self.on = on
        self._clock = clock
        self._burst = burst
        self._overall = self._bucket(30, 30.0)
        self._chats: dict[int, _Bucket] = {}

    def _bucket(self, room: float, per_second: float) -> _Bucket:
        return _Bucket(room, per_second, room, self._clock())

    def take(self, chat_id: int, messages: int = 1) -> None:
        """Count messages to a chat, or refuse with the seconds to wait."""
        if not self.on:
            return
        chat = self._chats.get(chat_id)
        if chat is None:
            private = chat_id > 0
            chat = self._bucket(*((self._burst, 1.0) if private else (20, 20 / 60)))
            self._chats[chat_id] = chat
        now = self._clock()
        wait = max(chat.seconds_left(now), self._overall.seconds_left(now))
        if wait > 0:
            raise too_many_requests(max(1, math.ceil(wait)))
        chat.tokens -= messages
        self._overall.tokens -= messages


@dataclass
class Fault:
    """Trouble ordered for the next calls of a method."""

    method: str
    times: int
    status: Trouble
    retry_after: int | None = None
    chat: int | None = None
    after_accept: bool = False
    delay: float = 30.0
    description: str = ""


class Faults:
    """The orders still open, oldest first."""

    def __init__(self) -> None:
        self._open: list[Fault] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._open.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._open.clear()

    def take(self, method: str, chat: str) -> Fault | None:
        """The trouble for this call, used up by one."""
        if not self._open:
            return None
        with self._lock:
            for fault in self._open:
                named = fault.method.lower() in (method.lower(), "*")
                if named and fault.chat in (None, _number(chat)):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._open.remove(fault)
                    return fault
        return None


def _number(chat: str) -> int:
    try:
        return int(chat)
    except ValueError:
        return 0
