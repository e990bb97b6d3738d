"""Announced files -> vault: fetched, examined, encrypted; then the chat that waits goes on.

Everything slow happens here, outside any turn.  A fetch that fails is tried again; one
that can never succeed becomes a kind answer, and the conversation goes on.  So it does after
a bug in the turn that the verdict leads to.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.bare import reason, without_values
from bot.cell import Cell, CellDied
from bot.channels.base import Channel, FetchFailed
from bot.clock import Clock
from bot.examined import Unfit
from bot.gate import Gate
from bot.sound import sound
from handlers.attachments import Found, judge, set_aside
from handlers.offices import House
from storage import attachments
from storage.db import is_outage
from storage.faults import point
from storage.files import Vault

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Files in hand at the same time."""
LEASE = timedelta(seconds=120)
"""After this a file in hand counts as abandoned and is fetched again."""
IDLE = 0.5
"""Seconds between looks when nobody wakes the fetcher; albums become due in between."""
BACKOFF = (1, 2, 5, 15, 60, 300, 900)
"""Seconds before each new attempt; after the last one the citizen is asked to send it again."""


class Fetcher:
    """Fetches and examines what citizens sent."""

    def __init__(
        self,
        gate: Gate,
        house: House,
        channels: Mapping[str, Channel],
        vault: Vault,
        clock: Clock,
        wake_sender: Any,
    ) -> None:
        self._gate = gate
        self._house = house
        self._channels = channels
        self._vault = vault
        self._clock = clock
        self._wake_sender = wake_sender
        self.cell = Cell()
        self._awake = asyncio.Event()
        self._working: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """A file may have been announced: look now."""
        self._awake.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        await self.cell.start()
        while True:
            self._awake.clear()
            if not await self._start():
                try:
                    await asyncio.wait_for(self._awake.wait(), IDLE)
                except TimeoutError:
                    continue

    async def close(self) -> None:
        """Let go of the process in which files are examined."""
        await self.cell.close()

    async def drain(self) -> int:
        """One pass: fetch everything that is due now; returns how many files were in hand."""
        count = 0
        while started := await self._start():
            count += started
            await asyncio.gather(*self._working)
        return count

    async def _start(self) -> int:
        if len(self._working) >= AT_ONCE:
            await asyncio.wait(self._working, return_when=asyncio.FIRST_COMPLETED)
        now, room = self._clock(), AT_ONCE - len(self._working)
        if not await self._gate.read(lambda tx: attachments.any_due(tx, now)):
            return 0
        rows = await self._gate.write(lambda tx: attachments.claim(tx, now, now + LEASE, room))
        for row in rows:
            task = asyncio.create_task(self._handle(row))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return len(rows)

    async def _handle(self, row: Any) -> None:
        """Take one file in; what cannot be written down now is done again when the lease ends."""
        try:
            found = await self._found(row)
            if found is None:
                return
            await self._judge(row, found)
        except Exception as error:
            bare = None if is_outage(error) else without_values(error)
            log.error("file %s is left waiting: %s", row.id, type(error).__name__, exc_info=bare)
            return
        self._wake_sender()
        await self._done_with(row)

    async def _found(self, row: Any) -> Found | None:
        """What one file turned out to be; None when it is to be fetched again."""
        attempts = row.attempts + 1
        try:
            return await self._find(row)
        except FetchFailed as failure:
            if not failure.permanent and attempts <= len(BACKOFF):
                await self._retry(row, attempts, str(failure))
                return None
            return Found("refused", failure.code, error=str(failure)[:500])
        except Exception as error:
            name = type(error).__name__
            log.error(
                "file %s could not be taken in: %s", row.id, name, exc_info=without_values(error)
            )
            if attempts <= len(BACKOFF):
                await self._retry(row, attempts, name)
                return None
            return Found("refused", "lost", error=name)

    async def _judge(self, row: Any, found: Found) -> None:
        """The turn of the verdict; after a bug the file is set aside, as an update would be."""
        now = self._clock()
        point("judge.before")
        try:
            await self._gate.write(lambda tx: judge(tx, self._house, row.id, found, now))
        except Exception as error:
            if is_outage(error):
                raise
            why = reason(error)
            log.error("file %s set aside: %s", row.id, why, exc_info=without_values(error))
            await self._gate.write(lambda tx: set_aside(tx, self._house, row.id, why, now))
        point("judge.after")

    async def _retry(self, row: Any, attempts: int, error: str) -> None:
        due = self._clock() + timedelta(seconds=BACKOFF[attempts - 1])
        await self._gate.write(lambda tx: attachments.retry(tx, row.id, due, attempts, error[:500]))

    async def _find(self, row: Any) -> Found:
        """Fetch, examine and store one file."""
        channel = self._channels.get(row.remote.get("channel", ""))
        if channel is None:
            raise FetchFailed("its channel is not configured")
        data = await channel.fetch(row.remote)
        point("fetch.after")
        if row.remote.get("voice"):
            return await self._keep_sound(row, data)
        try:
            examined = await self.cell.examine(data)
        except CellDied as error:
            raise FetchFailed("the cell died") from error
        except Unfit as unfit:
            return Found("refused", unfit.code)
        stored = await asyncio.to_thread(self._vault.put, row.id, row.office_id, examined.data)
        return Found(
            "stored",
            examined.verdict,
            examined.kind,
            examined.media_type,
            stored.sha256,
            stored.size,
        )

    async def _keep_sound(self, row: Any, data: bytes) -> Found:
        """A voice note said to an officer: kept as it came, for nobody but a player reads it."""
        media_type = sound(data)
        if not media_type:
            return Found("refused", "not_a_document")
        kept = await asyncio.to_thread(self._vault.put, row.id, row.office_id, data)
        return Found("stored", "good", "voice", media_type, kept.sha256, kept.size)

    async def _done_with(self, row: Any) -> None:
        """Tell a channel that keeps the original that it may let it go, now that all is kept."""
        channel = self._channels.get(row.remote.get("channel", ""))
        fetched = getattr(channel, "fetched", None)
        if fetched is None:
            return
        try:
            await fetched(row.remote)
        except Exception as error:
            log.warning("the original of file %s is still there: %s", row.id, type(error).__name__)
