"""From the event loop to the storage gateway and back, in batches.

While one batch is being committed, what arrives gathers into the next: one hand-over
between threads serves many turns, which is what makes small transactions cheap.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from storage.db import Database, Outcome, Work

T = TypeVar("T")
Works = Sequence[Work[Any]]


class Gate:
    """Await database work from the event loop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[Works, asyncio.Future[Sequence[Outcome]]]] = []
        self._batches = 0
        self._most = 1 if database.sqlite else 8

    async def write(self, work: Work[T]) -> T:
        """Run a work in a transaction of its own; returns when it is committed."""
        (outcome,) = await self.write_each([work])
        value: T = outcome.result()
        return value

    async def write_each(self, works: Works) -> Sequence[Outcome]:
        """Run each work in a transaction of its own; what became of them, when all are over."""
        future: asyncio.Future[Sequence[Outcome]] = self._loop.create_future()
        self._waiting.append((works, future))
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

        self.database.submit([work for works, _ in batch for work in works], done)

    def _settle(
        self,
        batch: list[tuple[Works, asyncio.Future[Sequence[Outcome]]]],
        outcomes: Sequence[Outcome],
    ) -> None:
        self._batches -= 1
        begins = 0
        for works, future in batch:
            ends = begins + len(works)
            if not future.done():
                future.set_result(outcomes[begins:ends])
            begins = ends
        if self._waiting:
            self._hand_over()
