"""What the program asks of a channel, and how a channel says that something failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.message import Message


class SendFailed(Exception):
    """A message was not accepted.

    permanent    trying again is pointless: settle it and show it to staff
    retry_after  seconds that the platform asks us to wait, if it said
    left         the person blocked us or is gone
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        left: bool = False,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after
        self.left = left


class FetchFailed(Exception):
    """A file could not be fetched.  `code` names the words for the citizen when it is permanent."""

    def __init__(self, reason: str, *, permanent: bool = False, code: str = "lost") -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.code = code


@dataclass(frozen=True, slots=True)
class Pace:
    """A limit: one message in `every` seconds on average, `burst` of them at once."""

    every: float
    burst: int = 1


FREE = Pace(0)
"""No limit."""


class Channel(Protocol):
    """A way to reach people.  Only the sender and the fetcher call it."""

    name: str
    overall: Pace

    def pace(self, address: str) -> Pace:
        """How fast this chat may be written to."""

    async def send(self, address: str, message: Message) -> str:
        """Deliver to one chat; returns the platform's message id.  Raises SendFailed."""

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        """The bytes of a file that was announced.  Raises FetchFailed."""

    async def close(self) -> None:
        """Let go of connections."""
