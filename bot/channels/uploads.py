"""Files that came to our own pages: they wait in the vault until they have been examined."""

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.channels.base import FetchFailed
from storage.files import Missing, Vault


class Uploads:
    """Fetches for a channel whose uploads are in the vault: {"upload", "office"}."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        """The bytes of an upload as they came.  Raises FetchFailed."""
        try:
            return await asyncio.to_thread(self._vault.get, remote["upload"], remote["office"])
        except Missing as missing:
            raise FetchFailed("the upload is not in the vault", permanent=True) from missing

    async def fetched(self, remote: Mapping[str, Any]) -> None:
        """The upload has been examined and kept, or refused: its raw bytes may go."""
        await asyncio.to_thread(self._vault.delete, remote["upload"])
