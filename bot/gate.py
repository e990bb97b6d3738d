"""From the event loop to the storage gateway and back, in batches.

While one batch is being committed, what arrives gathers into the next: one hand-over
between threads serves many turns, which is what makes small transactions cheap.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from storage.db import Database, Outcome, Work

T = TypeVar("T")


class Gate:
    """Await database work from the event loop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._batches = 0
        self._most = 1 if database.sqlite else 8

    async def write(self, work: Work[T]) -> T:
        """Run a work in a transaction of its own; returns when it is committed."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append((work, future))
        if self._batches < self._most:
            self._hand_over()
        return await future

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, in a thread of its own."""
        return await asyncio.to_thread(self.database.read, work)

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batches += 1

        def done(outcomes: Sequence[Outcome]) -> None:
            self._loop.call_soon_threadsafe(self._settle, batch, outcomes)

        self.database.submit([work for work, _ in batch], done)

    def _settle(
        self, batch: list[tuple[Work[Any], asyncio.Future[Any]]], outcomes: Sequence[Outcome]
    ) -> None:
        self._batches -= 1
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.value)
        if self._waiting:
            self._hand_over()
