"""Broadcasts on their way: their people found in parts, and the outbox fed a few seconds ahead.

What waits for its turn stays in a queue of its own, so that a pause, a cancel or an opt-out
counts at once and the outbox stays short.  Knows nothing of what is said.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bot.channels.base import Pace
from bot.clock import Clock
from bot.gate import Gate
from handlers import dispatch, feeding
from handlers.offices import House
from handlers.segments import CHANNELS
from storage import broadcasts, recipients
from storage.db import Tx, is_outage

log = logging.getLogger(__name__)

RESERVE = 4.0
"""Seconds of a channel's own pace that stand ready in the outbox."""
MOST = 500
"""Messages given to the outbox in one transaction."""
UNLIMITED = 100
"""A channel without a limit of its own is fed as if it took so many a second."""
PAUSE = 0.5
"""Seconds between passes while something is on its way."""
IDLE = 2.0
"""Seconds between looks while nothing is."""
WATCH = 10.0
"""Seconds between looks at failures and opt-outs."""


class Campaigns:
    """Moves broadcasts on; `run` ends only when it is cancelled."""

    def __init__(
        self,
        gate: Gate,
        house: House,
        paces: Mapping[str, Pace],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """paces: how fast each channel is; wake: called when something was promised."""
        self._gate = gate
        self._house = house
        self._clock = clock
        self._wake = wake
        self._reserve = {name: reserve(paces.get(name)) for name in CHANNELS}
        self._watched = 0.0

    async def run(self) -> None:
        """Move on whatever is on its way."""
        while True:
            try:
                wait = await self.step()
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("broadcasts wait for the database: %s", type(error).__name__)
                wait = IDLE
            await asyncio.sleep(wait)

    async def step(self) -> float:
        """One pass; returns the seconds until the next."""
        more = False
        rows = await self._gate.read(broadcasts.sending)
        for row in rows:
            if row.cursor < row.until:
                more |= await self.search(row.id)
        for channel in CHANNELS if rows else ():
            await self._feed(channel, rows)
        for row in rows:
            now = self._clock()
            await self._gate.write(partial(feeding.finish, broadcast_id=row.id, now=now))
        if rows and time.monotonic() - self._watched > WATCH:
            await self.watch(rows)
        if not rows:
            return IDLE
        return 0 if more else PAUSE

    async def search(self, broadcast_id: int) -> bool:
        """Find some of its people, part by part; False when all are found."""
        began = time.monotonic()
        while time.monotonic() - began < PAUSE:
            work = partial(
                feeding.search, house=self._house, broadcast_id=broadcast_id, now=self._clock()
            )
            if not await self._gate.write(work):
                return False
        return True

    async def _feed(self, channel: str, rows: Sequence[Any]) -> None:
        """Fill up what stands ready for a channel, from the oldest broadcast first."""
        now = self._clock()
        ready = await self._gate.read(lambda tx: recipients.pending(tx, channel, now))
        room = self._reserve[channel] - ready
        if room * 8 < self._reserve[channel]:
            return
        for row in rows:
            while room > 0:
                most = min(room, MOST)
                taken = await self._gate.write(partial(
                    feeding.feed, house=self._house, broadcast_id=row.id, channel=channel,
                    most=most, now=now,
                ))  # fmt: skip
                room -= taken
                if taken:
                    self._wake()
                if taken < most:
                    break

    async def watch(self, rows: Sequence[Any]) -> None:
        """Pause what goes wrong."""
        self._watched = time.monotonic()
        for row in rows:

            def look(tx: Tx, number: int = row.id) -> dispatch.Totals:
                return dispatch.look(tx, number)

            seen = await self._gate.read(look)
            now = self._clock()
            reason = await self._gate.write(
                partial(feeding.watch, house=self._house, broadcast_id=row.id, seen=seen, now=now)
            )
            if reason:
                log.warning("broadcast %s was paused: %s", row.id, reason)
                self._wake()


def reserve(pace: Pace | None) -> int:
    """Messages of broadcasts that stand ready for a channel."""
    every = pace.every if pace is not None and pace.every else 1 / UNLIMITED
    return max(1, round(RESERVE / every))
