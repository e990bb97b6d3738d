"""Outbox -> channel, in order per chat, within the limits.

Claims what each channel can send within a moment, sends each chat's messages one after the
other and different chats at the same time, and settles each row with what became of it.  A
message that cannot be delivered is settled as failed and the chat goes on.  Never more is in
hand than soon goes out: what is urgent overtakes a long queue, and no lease runs out.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.bare import without_values
from bot.channels.base import FREE, Channel, Enclosed, Pace, Parcel, SendFailed
from bot.clock import Clock
from bot.gate import Gate
from bot.shelf import Shelf
from handlers import delivery
from handlers.message import Message
from handlers.offices import House
from storage import attachments, outbox
from storage.db import Tx
from storage.faults import point
from storage.files import Vault

log = logging.getLogger(__name__)

BATCH = 200
"""Most rows in hand for one channel."""
AHEAD = 2.0
"""Seconds of a channel's own pace that are claimed ahead."""
CHANNELS = ("web", "telegram", "whatsapp", "sms", "desk")
"""A message for one of these that is not configured is tried like any other, and then shown."""
BULK_AHEAD = 0.5
"""Seconds of that which broadcasts may take: a reply waits no longer behind them."""
LEASE = timedelta(seconds=60)
"""After this a claimed row counts as abandoned: longer than any send takes."""
LONGEST_PAUSE = 1.5
"""Seconds that a claimed row may wait for its chat's limit."""
LONGEST_TURN = 15.0
"""Seconds that one chat may be written to before the rest of its rows go back to the outbox."""
MOST_CHATS = 10_000
"""Chats whose limits are remembered, besides those that have to wait."""
IDLE = 1.0
"""Seconds between looks at the outbox when nobody wakes the sender."""
BACKOFF = (1, 3, 10, 30, 120, 600, 1800, 3600)
"""Seconds before each new attempt; after the last one the message is given up."""


class Bucket:
    """A token bucket in the loop's time: `wait()` returns how long to hold back."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._free_at = 0.0

    def wait(self, now: float, most: float = float("inf")) -> float:
        """The seconds until the next place; it is reserved unless that is more than `most`."""
        if not self.pace.every and self._free_at <= now:
            return 0.0
        start = max(self._free_at, now - self.pace.every * (self.pace.burst - 1))
        pause = max(0.0, start - now)
        if pause <= most:
            self._free_at = start + self.pace.every
        return pause

    def lag(self, now: float) -> float:
        """How far ahead places are taken."""
        return max(0.0, self._free_at - now)

    def hold(self, until: float) -> None:
        """Let nothing through before that time, as the platform asked."""
        self._free_at = max(self._free_at, until)


class Lane:
    """One channel's share of the work: its limit, and how many rows are in hand."""

    def __init__(self, pace: Pace) -> None:
        self.bucket = Bucket(pace)
        self.in_hand = 0
        self.bulk_in_hand = 0
        self._most = self._most_bulk = BATCH
        if pace.every:
            self._most = min(BATCH, max(1, round(AHEAD / pace.every)))
            self._most_bulk = min(BATCH, max(1, round(BULK_AHEAD / pace.every)))

    def room(self, now: float) -> int:
        """How many rows to claim now; not one by one, unless the channel is that slow."""
        free = self._most - self.in_hand
        return free if free * 4 >= self._most and self.bucket.lag(now) < AHEAD else 0

    def bulk(self, now: float) -> int:
        """How many of them may be messages of broadcasts."""
        free = self._most_bulk - self.bulk_in_hand
        return free if free * 4 >= self._most_bulk and self.bucket.lag(now) < BULK_AHEAD else 0

    def take(self, rows: Sequence[Any], sign: int = 1) -> None:
        """These rows are in hand; or, with -1, no longer."""
        self.in_hand += sign * len(rows)
        self.bulk_in_hand += sign * sum(row.priority >= outbox.BROADCAST for row in rows)


class Sender:
    """Drains the outbox into the channels."""

    def __init__(
        self,
        gate: Gate,
        house: House,
        channels: Mapping[str, Channel],
        clock: Clock,
        vault: Vault | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """vault: where the files are that go with messages; shelf: those of broadcasts."""
        self._vault, self._shelf = vault, shelf
        self._gate = gate
        self._house = house
        self._channels = channels
        self._clock = clock
        self._awake = asyncio.Event()
        self._lanes = {name: Lane(FREE) for name in CHANNELS}
        self._lanes |= {name: Lane(channel.overall) for name, channel in channels.items()}
        self._chats: dict[tuple[str, str], Bucket] = {}
        self._most_chats = MOST_CHATS
        self._sending: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something may have been promised: look at the outbox now."""
        self._awake.set()

    async def run(self) -> None:
        """Drain until cancelled."""
        while True:
            self._awake.clear()
            claimed = await self._claim()
            self._dispatch(claimed)
            await self._rest()

    async def drain(self) -> int:
        """One pass: send everything that is due now; returns how many rows were settled."""
        count = 0
        while claimed := await self._claim():
            self._dispatch(claimed)
            await asyncio.gather(*self._sending)
            count += len(claimed)
        return count

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), IDLE)
        self._forget_idle_chats()

    async def _claim(self) -> list[Any]:
        """Take what there is room for, channel by channel."""
        now, moment = self._clock(), time.monotonic()
        rooms = {name: room for name, lane in self._lanes.items() if (room := lane.room(moment))}

        bulk = {name: self._lanes[name].bulk(moment) for name in rooms}

        def waiting(tx: Tx) -> list[str]:
            last = {name: outbox.BROADCAST if bulk[name] else outbox.ALERT for name in rooms}
            return [name for name in rooms if outbox.any_due(tx, name, now, last[name])]

        def claim(tx: Tx) -> list[Any]:
            taken = (outbox.claim(tx, each, now, rooms[each], LEASE, bulk[each]) for each in names)
            return [row for rows in taken for row in rows]

        names = await self._gate.read(waiting) if rooms else []
        if not names:
            return []
        claimed = await self._gate.write(claim)
        point("claim.after")
        return claimed

    def _dispatch(self, rows: Sequence[Any]) -> None:
        chats: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            chats[row.channel, row.address].append(row)
            self._lanes[row.channel].take([row])
        for chat in chats.values():
            task = asyncio.create_task(self._send_chat(chat))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            task.add_done_callback(partial(self._let_go, chat))

    def _let_go(self, rows: Sequence[Any], _: object) -> None:
        self._lanes[rows[0].channel].take(rows, -1)
        self.wake()

    async def _send_chat(self, rows: Sequence[Any]) -> None:
        """Send one chat's rows in order, each settled before the next goes out.

        After a failure that may pass the rest is held back, so that order is kept.
        """
        began = time.monotonic()
        for position, row in enumerate(rows):
            if time.monotonic() - began > LONGEST_TURN:
                await self._hold(rows[position:], self._clock())
                break
            result = await self._send(row)
            await self._settle([result])
            if result.due_at is not None:
                await self._hold(rows[position + 1 :], result.due_at)
                break

    async def _hold(self, rows: Sequence[Any], until: datetime) -> None:
        """Give rows back to the outbox untried."""
        await self._settle(
            [delivery.Settled(row, "pending", row.attempts, due_at=until) for row in rows]
        )

    async def _settle(self, verdicts: Sequence[delivery.Settled]) -> None:
        now = self._clock()
        await self._gate.write(lambda tx: delivery.settle(tx, self._house, verdicts, now))
        point("settle.after")

    async def _send(self, row: Any) -> delivery.Settled:
        channel = self._channels.get(row.channel)
        if channel is None:
            return self._failed(row, SendFailed(f"{row.channel} is not configured"))
        message = Message.of(row.payload)
        silence = None if row.seen_at is None else self._clock() - row.seen_at
        try:
            parcel, places = Parcel(row.id, row.address, message, silence), 1
            if message.enclosure and self._shelf is not None:
                parcel = replace(parcel, enclosure=self._shelf.enclosure(message.enclosure))
                places = channel.places(parcel)
            await self._hold_back(row, message, places)
            point("send.before")
            if message.file or message.edits:
                parcel = await self._complete(parcel)
            external_id = await channel.send(parcel)
            point("send.after")
        except SendFailed as failure:
            return self._failed(row, failure)
        except Exception as error:
            name, bare = type(error).__name__, without_values(error)
            log.error(
                "message %s of %s could not be sent: %s", row.id, row.channel, name, exc_info=bare
            )
            return self._failed(row, SendFailed(name))
        return delivery.Settled(row, "sent", row.attempts + 1, external_id=external_id)

    async def _complete(self, parcel: Parcel) -> Parcel:
        """The parcel with its file, or with the platform's id of the message that it changes."""
        message = parcel.message
        if message.edits:
            sent = await self._gate.read(lambda tx: outbox.sent_as(tx, message.edits))
            return replace(parcel, edits=sent)
        row = await self._gate.read(lambda tx: attachments.get(tx, message.file))
        if row is None or row.state != "stored" or self._vault is None:
            return parcel
        data = await asyncio.to_thread(self._vault.get, row.id, row.office_id)
        file = Enclosed(row.kind, row.media_type, data, row.id, row.office_id)
        return replace(parcel, file=file)

    def _failed(self, row: Any, failure: SendFailed) -> delivery.Settled:
        attempts = row.attempts + 1
        if failure.retry_after is not None:
            bucket = self._lanes[row.channel].bucket if failure.everybody else self._bucket(row)
            bucket.hold(time.monotonic() + failure.retry_after)
            due = self._clock() + timedelta(seconds=failure.retry_after)
            return delivery.Settled(row, "pending", row.attempts, str(failure), due_at=due)
        if failure.permanent or attempts > len(BACKOFF):
            return delivery.Settled(row, "failed", attempts, str(failure), left=failure.left)
        due = self._clock() + timedelta(seconds=BACKOFF[attempts - 1])
        return delivery.Settled(row, "pending", attempts, str(failure), due_at=due)

    async def _hold_back(self, row: Any, message: Message, places: int) -> None:
        """Wait for this chat's turn and `places` of the channel; a long wait goes back instead."""
        if message.acknowledge:
            return
        pause = self._bucket(row).wait(time.monotonic(), LONGEST_PAUSE)
        if pause > LONGEST_PAUSE:
            raise SendFailed("the chat's limit", retry_after=pause)
        await asyncio.sleep(pause)
        pause = self._lanes[row.channel].bucket.wait(time.monotonic(), 2 * AHEAD)
        if pause > 2 * AHEAD:
            raise SendFailed("the channel's limit", retry_after=pause)
        await asyncio.sleep(pause)
        for _ in range(1, places):
            await asyncio.sleep(self._lanes[row.channel].bucket.wait(time.monotonic()))

    def _bucket(self, row: Any) -> Bucket:
        key = (row.channel, row.address)
        if key not in self._chats:
            self._chats[key] = Bucket(self._channels[row.channel].pace(row.address))
        return self._chats[key]

    def _forget_idle_chats(self) -> None:
        if len(self._chats) > self._most_chats:
            now = time.monotonic()
            busy = {key: each for key, each in self._chats.items() if each.lag(now)}
            self._chats = busy
            self._most_chats = MOST_CHATS + len(busy)
