"""The web chat as a channel: its mailbox is the outbox itself, its uploads wait in the vault.

A committed row is a delivered message: sending only rings for the pages that listen, and
they read the row.  Knows nothing of HTTP.
"""

import asyncio
import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.channels.base import FREE, Pace, Parcel
from bot.channels.uploads import Uploads
from flows.model import Event, Opened, Said, Sent, Tapped
from handlers.inbound import Inbound
from storage.files import Vault

NAME = "web"
STREAMS = 5
"""Most listeners of one chat: fewer than a browser's six connections to one host."""


class Hub:
    """Who listens to which chat.  For one event loop."""

    def __init__(self, pause: float = 15.0) -> None:
        """pause: seconds after which a listener looks by itself, for what other processes wrote."""
        self.pause = pause
        self.closed = False
        self._bells: dict[str, set[asyncio.Event]] = defaultdict(set)

    def full(self, address: str) -> bool:
        """Whether this chat has as many listeners as it may have."""
        return len(self._bells.get(address, ())) >= STREAMS

    @contextmanager
    def listen(self, address: str) -> Iterator[asyncio.Event]:
        """A bell that rings when there may be something new in this chat."""
        bell = asyncio.Event()
        self._bells[address].add(bell)
        try:
            yield bell
        finally:
            self._bells[address].discard(bell)
            if not self._bells[address]:
                del self._bells[address]

    def publish(self, address: str) -> None:
        """Something was committed for this chat."""
        for bell in self._bells.get(address, ()):
            bell.set()

    def close(self) -> None:
        """End all streams, so that the server can stop; browsers come back by themselves."""
        self.closed = True
        for address in list(self._bells):
            self.publish(address)


class WebChat(Uploads):
    """The channel of the program's own chat page."""

    name = NAME
    overall = FREE

    def __init__(self, vault: Vault, hub: Hub | None = None) -> None:
        super().__init__(vault)
        self.hub = hub or Hub()

    def pace(self, address: str) -> Pace:
        """No limit: nobody else's server is in between."""
        return FREE

    def places(self, parcel: Parcel) -> int:
        """It is one row, and the page shows the file beside it."""
        return 1

    async def send(self, parcel: Parcel) -> str:
        """The row is the message; tell the pages that it is there."""
        self.hub.publish(parcel.address)
        return secrets.token_hex(8)

    async def close(self) -> None:
        """End all streams."""
        self.hub.close()


def address_of(token: str) -> str:
    """The address of the chat whose browser holds this token; it leads back to no token."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def read(address: str, name: str, raw: str) -> Inbound:
    """What one update says: {"text"}, {"token", "label"}, {"file", "upload", …} or {"link"}.

    name  the page's own id of the update
    """
    data = json.loads(raw)
    remote: dict[str, Any] = {}
    event: Event
    match data:
        case {"file": file, "upload": upload, "office": office}:
            event = Sent(file, data.get("text", ""))
            remote = {"upload": upload, "office": office}
        case {"token": token}:
            event = Tapped(token)
        case {"link": link}:
            event = Opened(link)
        case {"text": text}:
            event = Said(text)
        case _:
            raise ValueError("an update of no known form")
    return Inbound(
        channel=NAME,
        external_id=f"{address}:{name}",
        address=address,
        event=event,
        raw=raw,
        remote=remote,
        album=bool(data.get("album")),
        message_id=name,
    )
