"""Pushing updates to the bot's webhook.

Updates of one chat go out in order, the next only after the one before was answered with 2xx;
different chats go side by side, at most `max_connections` at once.  A failed delivery is repeated
after a short, growing pause, or after the seconds the answer's Retry-After names.
"""

import asyncio
import json
from collections import deque

from fakes.telegram_model import Queued
from fakes.telegram_post import Poster
from fakes.telegram_world import World

LONGEST_PAUSE = 2.0


class Courier:
    """Carries the queue to the webhook; lives in the server's event loop."""

    def __init__(self, world: World, retry: float, timeout: float) -> None:
        self.world = world
        self.retry = retry
        self.timeout = timeout
        self.twice = False
        self._lanes: dict[object, deque[Queued]] = {}
        self._carried: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._poster: Poster | None = None
        self._slots = asyncio.Semaphore(1)
        self._changing = asyncio.Lock()

    async def restart(self) -> None:
        """The webhook changed: drop what was under way and begin with all that waits."""
        async with self._changing:
            await self._stop()
            hook = self.world.webhook
            if not hook.url:
                return
            self._slots = asyncio.Semaphore(hook.connections)
            self._poster = Poster(hook.url, hook.secret, self.timeout)
            with self.world.lock:
                waiting = list(self.world.pending.values())
            for queued in waiting:
                self.accept(queued)

    async def stop(self) -> None:
        async with self._changing:
            await self._stop()

    async def _stop(self) -> None:
        poster, self._poster = self._poster, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lanes.clear()
        self._carried.clear()
        if poster:
            poster.close()

    def accept(self, queued: Queued) -> None:
        """Take one more update along."""
        if self._poster is None or queued.id in self._carried:
            return
        self._carried.add(queued.id)
        lane = self._lanes.get(queued.lane)
        if lane is not None:
            lane.append(queued)
            return
        self._lanes[queued.lane] = deque([queued])
        task = asyncio.create_task(self._drain(queued.lane, self._poster))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, name: object, poster: Poster) -> None:
        lane = self._lanes[name]
        pause = self.retry
        while lane:
            queued = lane[0]
            alive = queued.id in self.world.pending and queued.expires > self.world.clock()
            asked = await self._deliver(queued, poster) if alive else 0
            if asked is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, max(LONGEST_PAUSE, self.retry))
            elif asked > 0:
                await asyncio.sleep(asked)
            else:
                lane.popleft()
                self._carried.discard(queued.id)
                self.world.forget([queued.id])
                pause = self.retry
        del self._lanes[name]

    async def _deliver(self, queued: Queued, poster: Poster) -> int | None:
        """0 when taken, else the seconds to wait (None: the courier's own pause)."""
        body = json.dumps(queued.update).encode()
        async with self._slots:
            asked = await self._post(queued, poster, body)
            if asked == 0 and self.twice:
                await self._post(queued, poster, body)
        return asked

    async def _post(self, queued: Queued, poster: Poster, body: bytes) -> int | None:
        self.world.updates_sent.append(queued.update)
        try:
            reply = await poster.post(body)
        except TimeoutError:
            failure, asked = "Read timeout expired", 0
        except ConnectionRefusedError:
            failure, asked = "Connection refused", 0
        except OSError:
            failure, asked = "Webhook connection closed", 0
        else:
            if reply.ok:
                return 0
            failure = f"Wrong response from the webhook: {reply.status} {reply.reason}"
            asked = reply.retry_after
        hook = self.world.webhook
        hook.last_error, hook.last_error_at = failure, self.world.clock()
        return asked or None
