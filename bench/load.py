"""Many conversations over many connections: as fast as it goes, or at a fixed rate."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.common import FIRST_CHAT, SCRIPT, Size, crowd, schedule
from bench.program import Line, Running

LINES = 64
"""Connections at once; Telegram opens 40 unless told otherwise, and 100 at most."""

Post = Callable[[int, int], bytes]
"""The request that brings one turn of one chat."""


@dataclass(frozen=True)
class Load:
    """What one program did under load.

    rates   updates a second, round by round
    each    seconds of processor time for one update in those rounds
    late    seconds from when each update was due, at the fixed rate
    people  everybody who then had a whole conversation, but for those who warmed it up
    """

    rates: Sequence[float]
    each: float
    late: Sequence[float]
    people: Sequence[int]


async def measure(program: Running, size: Size, post: Post, rate: float) -> Load:
    """First as fast as possible, then at a fixed rate."""
    lines = [await program.connect() for _ in range(LINES)]
    await as_fast_as_possible(lines, crowd(2 * LINES, FIRST_CHAT - 10_000), post)  # warms up
    rates, first, used = [], FIRST_CHAT, program.processor()
    for _ in range(size.rounds):
        people = crowd(size.chats // 2, first)
        first += len(people)
        rates.append(len(people) * len(SCRIPT) / await as_fast_as_possible(lines, people, post))
    each = (program.processor() - used) / ((first - FIRST_CHAT) * len(SCRIPT))
    people = crowd(int(size.seconds * rate / len(SCRIPT)), first)
    late = await at_a_rate(lines, people, rate, post)
    for line in lines:
        line.close()
    return Load(rates, each, late, crowd(first + len(people) - FIRST_CHAT))


async def as_fast_as_possible(lines: Sequence[Line], people: Sequence[int], post: Post) -> float:
    """Each line brings one conversation after the other; the seconds for all."""

    async def bring(line: Line, mine: Sequence[int]) -> None:
        for chat in mine:
            for turn in range(len(SCRIPT)):
                assert await line.post(post(chat, turn)) == 200

    started = time.perf_counter()
    shares = [people[at :: len(lines)] for at in range(len(lines))]
    await asyncio.gather(*map(bring, lines, shares))
    return time.perf_counter() - started


async def at_a_rate(
    lines: Sequence[Line], people: Sequence[int], rate: float, post: Post
) -> list[float]:
    """Bring an update every 1/rate seconds, whatever comes back; seconds late for each."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    late: list[float] = []

    async def bring(request: bytes, due: float, line: Line) -> None:
        assert await line.post(request) == 200
        late.append(time.perf_counter() - due)
        free.put_nowait(line)

    begun = time.perf_counter() + 0.1
    async with asyncio.TaskGroup() as posts:
        for number, (chat, turn) in enumerate(schedule(len(people))):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            posts.create_task(bring(post(people[chat], turn), due, await free.get()))
    return late
