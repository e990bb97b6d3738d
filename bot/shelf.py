"""The files of broadcasts, for the channels and for whoever knows their address.

They go to many people: the one used last stays in memory, and is decrypted once.
"""

import asyncio
from functools import partial
from typing import Any

from bot.channels.base import Enclosure
from bot.gate import Gate
from handlers.enclosures import kind, path
from storage import enclosures
from storage.files import Missing, Vault


class Shelf:
    """Finds them."""

    def __init__(self, gate: Gate, vault: Vault, public_url: str) -> None:
        """public_url: where people reach us; empty when nobody outside does."""
        self._gate = gate
        self._vault = vault
        self._public_url = public_url.rstrip("/")
        self._last: tuple[str, bytes] = ("", b"")
        self._reading = asyncio.Lock()

    def enclosure(self, file: str) -> Enclosure:
        """The file of this id as channels want it; nothing is read yet."""
        url = f"{self._public_url}/{path(file)}" if self._public_url else ""
        return Enclosure(file, kind(file), url, partial(self.load, file))

    async def find(self, file: str) -> Any | None:
        """Its row, if it is there."""
        return await self._gate.read(lambda tx: enclosures.get(tx, file))

    async def load(self, file: str) -> bytes:
        """Its bytes.  Raises Missing."""
        async with self._reading:
            if self._last[0] != file:
                row = await self.find(file)
                if row is None:
                    raise Missing(file)
                data = await asyncio.to_thread(self._vault.get, row.id, row.office_id)
                self._last = (file, data)
            return self._last[1]
