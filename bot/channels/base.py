"""What the program asks of a channel, and how a channel says that something failed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from handlers.message import Message


class SendFailed(Exception):
    """A message was not accepted.

    permanent    trying again is pointless: settle it and show it to staff
    retry_after  seconds that the platform asks us to wait, if it said
    everybody    the wait is for all chats of the channel, not just for this one
    left         the person blocked us or is gone
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        everybody: bool = False,
        left: bool = False,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after
        self.everybody = everybody
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


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file on its way.  `kind` is "photo", "pdf" or "voice".

    id, office  by which the vault has it
    """

    kind: str
    media_type: str
    data: bytes
    id: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes to many people.

    kind  "photo", "pdf" or "video"
    url   where the platform and everybody else can fetch it
    load  reads its bytes; raises storage.files.Missing
    """

    id: str
    kind: str
    url: str
    load: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One promised message on its way.

    id       its row in the outbox, for reports on it
    silence  how long ago the person wrote last in this chat; None if they never did
    file     what goes with it
    edits    the platform's id of the message that it changes; empty when that never went out
    enclosure  what goes with it and with many others
    """

    id: int
    address: str
    message: Message
    silence: timedelta | None = None
    file: Enclosed | None = None
    edits: str = ""
    enclosure: Enclosure | None = None


class Channel(Protocol):
    """A way to reach people.  Only the sender and the fetcher call it."""

    name: str
    overall: Pace

    def pace(self, address: str) -> Pace:
        """How fast this chat may be written to."""

    def places(self, parcel: Parcel) -> int:
        """How many messages this becomes, as the platform counts, when a file goes with it."""

    async def send(self, parcel: Parcel) -> str:
        """Deliver to one chat; returns the platform's message id.  Raises SendFailed."""

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        """The bytes of a file that was announced.  Raises FetchFailed."""

    async def close(self) -> None:
        """Let go of connections."""
