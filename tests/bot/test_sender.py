"""The sender: order per chat, limits, retries, and what cannot be delivered."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.base import FREE, Pace, Parcel, SendFailed
from bot.gate import Gate
from bot.sender import BACKOFF, Bucket, Sender
from handlers.message import Message
from handlers.offices import House
from storage import outbox
from storage.db import Database, Tx
from storage.tables import OUTBOX
from stumbling import NIK
from talk import STAFF_CHAT

pytestmark = pytest.mark.asyncio


@dataclass
class Pigeon:
    """A channel that notes what it delivers and fails as it is told."""

    name: str = "telegram"
    overall: Pace = FREE
    each: Pace = FREE
    fails: list[SendFailed | Exception] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def pace(self, address: str) -> Pace:
        return self.each

    async def send(self, parcel: Parcel) -> str:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if self.fails:
            raise self.fails.pop(0)
        self.delivered.append((parcel.address, parcel.message.text))
        return f"m{len(self.delivered)}"

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        return b""

    async def close(self) -> None:
        return None


@dataclass
class Post:
    """A sender with its pigeon and a clock that the test moves."""

    database: Database
    pigeon: Pigeon
    sender: Sender
    clock: list[datetime]

    def promise(self, address: str, *texts: str, channel: str = "telegram") -> None:
        def work(tx: Tx) -> None:
            outbox.put(
                tx,
                office_id="pu",
                channel=channel,
                address=address,
                payloads=[Message(text).payload() for text in texts],
                now=self.clock[0],
            )

        self.database.write(work)

    def later(self, seconds: float) -> None:
        self.clock[0] += timedelta(seconds=seconds)

    def states(self) -> list[str]:
        rows = self.database.read(lambda tx: list(tx.execute(OUTBOX.select().order_by("id"))))
        return [row.state for row in rows]


@pytest_asyncio.fixture
async def post(database: Database, house: House) -> AsyncIterator[Post]:
    clock = [datetime(2026, 11, 23, 1, tzinfo=UTC)]
    pigeon = Pigeon()
    sender = Sender(Gate(database), house, {"telegram": pigeon}, lambda: clock[0])
    yield Post(database, pigeon, sender, clock)


async def test_each_chat_gets_its_messages_in_order(post: Post) -> None:
    for round_ in range(5):
        for chat in "abc":
            post.promise(chat, f"{round_}.1", f"{round_}.2")
    assert await post.sender.drain() == 30
    for chat in "abc":
        got = [text for address, text in post.pigeon.delivered if address == chat]
        assert got == [f"{round_}.{part}" for round_ in range(5) for part in (1, 2)]


async def test_different_chats_are_written_to_at_the_same_time(post: Post) -> None:
    for chat in range(20):
        post.promise(str(chat), "halo")
    await post.sender.drain()
    assert post.pigeon.most_at_once > 5


async def test_a_failure_that_may_pass_holds_back_the_rest_of_that_chat_only(post: Post) -> None:
    post.promise("a", "1", "2", "3")
    post.pigeon.fails = [SendFailed("500")]
    await post.sender.drain()
    post.promise("b", "x")
    await post.sender.drain()
    assert post.pigeon.delivered == [("b", "x")]
    assert post.states() == ["pending", "pending", "pending", "sent"]
    post.later(BACKOFF[0])
    await post.sender.drain()
    assert [text for chat, text in post.pigeon.delivered if chat == "a"] == ["1", "2", "3"]


async def test_429_waits_as_long_as_it_says_and_costs_no_attempt(post: Post) -> None:
    post.promise("a", "1")
    post.pigeon.fails = [SendFailed("429", retry_after=7)]
    await post.sender.drain()
    row = post.database.read(lambda tx: tx.execute(OUTBOX.select()).one())
    assert row.attempts == 0
    assert row.due_at == post.clock[0] + timedelta(seconds=7)


async def test_after_the_last_attempt_a_message_is_given_up_and_staff_hear_of_it(
    post: Post,
) -> None:
    post.promise("a", "1", "2")
    post.pigeon.fails = [SendFailed("500") for _ in range(len(BACKOFF) + 1)]
    for seconds in (*BACKOFF, 0):
        await post.sender.drain()
        post.later(seconds)
    await post.sender.drain()
    assert ("a", "2") in post.pigeon.delivered
    assert ("a", "1") not in post.pigeon.delivered
    assert [chat for chat, _ in post.pigeon.delivered].count(STAFF_CHAT) == 1


async def test_a_permanent_failure_is_settled_at_once_and_visible(post: Post) -> None:
    post.promise("a", "1", "2")
    post.pigeon.fails = [SendFailed("chat not found", permanent=True)]
    await post.sender.drain()
    assert post.states()[:2] == ["failed", "sent"]
    (row,) = post.database.read(lambda tx: outbox.undelivered(tx, "pu"))
    assert row.error == "chat not found"


async def test_who_left_is_no_alert(post: Post) -> None:
    post.promise("a", "1")
    post.pigeon.fails = [SendFailed("blocked", permanent=True, left=True)]
    await post.sender.drain()
    assert post.states() == ["failed"]


async def test_a_bug_in_a_channel_is_a_failure_that_may_pass(post: Post) -> None:
    post.promise("a", "1")
    post.pigeon.fails = [ZeroDivisionError()]
    await post.sender.drain()
    assert post.states() == ["pending"]


async def test_a_channel_that_is_not_configured_waits(post: Post) -> None:
    post.promise("a", "1", channel="pigeon")
    await post.sender.drain()
    assert post.states() == ["pending"]


async def test_the_limit_of_a_chat_spreads_its_messages(post: Post) -> None:
    post.pigeon.each = Pace(0.05, burst=2)
    post.promise("a", *map(str, range(6)))
    began = asyncio.get_running_loop().time()
    await post.sender.drain()
    assert len(post.pigeon.delivered) == 6
    assert asyncio.get_running_loop().time() - began >= 0.05 * 4 * 0.9


async def test_a_long_wait_goes_back_to_the_outbox(post: Post) -> None:
    post.pigeon.each = Pace(60, burst=1)
    post.promise("a", "1", "2")
    await post.sender.drain()
    assert post.states() == ["sent", "pending"]


async def test_a_bucket_lets_a_burst_through_and_then_one_at_a_time() -> None:
    bucket = Bucket(Pace(1, burst=3))
    assert [round(bucket.wait(100.0), 6) for _ in range(5)] == [0, 0, 0, 1, 2]
    assert bucket.wait(110.0) == 0
    bucket.hold(120.0)
    assert bucket.wait(110.0) == 10


async def test_a_wait_that_is_too_long_reserves_nothing() -> None:
    bucket = Bucket(Pace(10))
    assert bucket.wait(0.0) == 0
    assert bucket.wait(0.0, most=5) == 10
    assert bucket.wait(10.0) == 0


async def test_never_more_is_in_hand_than_soon_goes_out(post: Post, house: House) -> None:
    """What waits in hand cannot be overtaken, and its lease runs out: it was sent twice once."""
    post.pigeon.overall = Pace(1 / 30, burst=1)
    for chat in range(400):
        post.promise(str(chat), "halo")
    sender = Sender(Gate(post.database), house, {"telegram": post.pigeon}, lambda: post.clock[0])
    working = asyncio.create_task(sender.run())
    await asyncio.sleep(0.5)
    states = post.states()
    working.cancel()
    assert states.count("claimed") <= 60, "two seconds at thirty a second"
    assert 5 <= states.count("sent") <= 20


async def test_a_slow_channel_does_not_hold_up_another(post: Post, house: House) -> None:
    post.pigeon.overall = Pace(1, burst=1)
    quick = Pigeon("whatsapp")
    channels = {"telegram": post.pigeon, "whatsapp": quick}
    sender = Sender(Gate(post.database), house, channels, lambda: post.clock[0])
    for chat in range(300):
        post.promise(str(chat), "halo")
    post.promise("1", "halo", channel="whatsapp")
    working = asyncio.create_task(sender.run())
    await asyncio.sleep(0.5)
    working.cancel()
    assert quick.delivered == [("1", "halo")]


async def test_a_pause_for_everybody_holds_the_channel(post: Post) -> None:
    for chat in "abc":
        post.promise(chat, "halo")
    post.pigeon.fails = [SendFailed("20429", retry_after=60, everybody=True) for _ in range(3)]
    await post.sender.drain()
    post.promise("d", "halo")
    await post.sender.drain()
    assert post.states() == ["pending"] * 4
    assert post.pigeon.delivered == []


async def test_a_reply_overtakes_a_broadcast_at_full_pace(post: Post, house: House) -> None:
    post.pigeon.overall = Pace(1 / 30, burst=1)
    payload = [Message("kabar").payload()]

    def promise(tx: Tx) -> None:
        for chat in range(200):
            outbox.put(
                tx, office_id="pu", channel="telegram", address=str(chat), payloads=payload,
                now=post.clock[0], priority=outbox.BROADCAST,
            )  # fmt: skip

    post.database.write(promise)
    sender = Sender(Gate(post.database), house, {"telegram": post.pigeon}, lambda: post.clock[0])
    working = asyncio.create_task(sender.run())
    await asyncio.sleep(0.5)
    assert post.states().count("claimed") <= 15, "half a second at thirty a second"
    post.promise("5000", "jawaban")
    sender.wake()
    await asyncio.sleep(2)
    working.cancel()
    assert post.pigeon.delivered.index(("5000", "jawaban")) < 60, "most of the broadcast came later"


async def test_chats_that_need_not_wait_are_forgotten(post: Post) -> None:
    post.sender._most_chats = 3
    post.pigeon.each = Pace(60, burst=1)
    for chat in "abcde":
        post.promise(chat, "halo")
    await post.sender.drain()
    post.sender._forget_idle_chats()
    assert set(post.sender._chats) == {("telegram", chat) for chat in "abcde"}
    for bucket in post.sender._chats.values():
        bucket._free_at = 0.0
    post.sender._most_chats = 3
    post.sender._forget_idle_chats()
    assert post.sender._chats == {}


async def test_the_log_does_not_quote_what_a_channel_failed_with(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.promise("a", "halo")
    post.pigeon.fails = [KeyError(f"NIK {NIK}")]
    with caplog.at_level(logging.DEBUG):
        await post.sender.drain()
    assert "could not be sent: KeyError" in caplog.text
    assert "in send" in caplog.text, "where it happened is told"
    assert not re.search("[0-9]{16}", caplog.text)
