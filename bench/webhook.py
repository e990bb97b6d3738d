"""(b) The same conversation over HTTP: Telegram's webhook of the running program.

The program is its own process with its own database; this one plays Telegram.  First as fast as
it can, then at a fixed rate, where each latency counts from the moment at which the update was
due, not from when there was time to send it.  Telegram takes 30 messages a second, which the
program keeps to: most replies are still waiting in the outbox meanwhile.  Also how long a start
takes until the first reply is out, and the memory after all that.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvloop

from bench import machine
from bench.common import (
    FIRST_CHAT,
    FIRST_UPDATE,
    SCRIPT,
    Json,
    Part,
    Size,
    check,
    crowd,
    median,
    percentile,
    spread,
    update,
    updates,
)
from bench.program import Line, Platform, Running
from storage.db import Database

LINES = 64
"""Connections at once; Telegram opens 40 unless told otherwise, and 100 at most."""
RATE = 700
"""Updates a second for the latencies: what the aim asks for."""
STARTS = 5


def run(size: Size) -> Part:
    """Throughput, latency, start and memory."""
    part = Part()
    uvloop.run(_starts(part))
    uvloop.run(_load(part, size))
    return part


async def _starts(part: Part) -> None:
    """Seconds from the start of the process until its first reply has left it."""
    fresh, again = [], []
    async with Platform() as platform:
        for number in range(STARTS):
            with machine.folder() as folder:
                fresh.append(await _start(folder, platform, FIRST_CHAT - 1 - 2 * number))
                again.append(await _start(folder, platform, FIRST_CHAT - 2 - 2 * number))
    part.figures |= {"start": median(fresh), "start again": median(again)}
    part.table(
        ("start to first reply", "median", "slowest"),
        ("with a new database", f"{median(fresh):.2f} s", f"{max(fresh):.2f} s"),
        ("with an existing one", f"{median(again):.2f} s", f"{max(again):.2f} s"),
    )


async def _start(folder: Path, platform: Platform, chat: int) -> float:
    started = time.perf_counter()
    program = Running(folder, platform)
    try:
        line = await program.connect()
        assert await line.post(update(chat, chat, 0)) == 200
        while str(chat) not in platform.first_message:
            assert time.perf_counter() - started < 30, "no reply came"
            await asyncio.sleep(0.002)
        line.close()
        return platform.first_message[str(chat)] - started
    finally:
        program.stop()


async def _load(part: Part, size: Size) -> None:
    async with Platform() as platform:
        with machine.folder() as folder:
            program = Running(folder, platform)
            try:
                lines = [await program.connect() for _ in range(LINES)]
                people = await _measure(part, program, lines, size)
                for line in lines:
                    line.close()
            finally:
                program.stop()
            database = Database(f"sqlite:///{program.database}")
            database.read(partial(check, people=people))
            database.close()


async def _measure(
    part: Part, program: Running, lines: Sequence[Line], size: Size
) -> Sequence[int]:
    at_rest = program.memory()[0]
    await _as_fast_as_possible(lines, crowd(2 * LINES, FIRST_CHAT - 10_000))  # warms up
    rates, first, used = [], FIRST_CHAT, program.processor()
    for _ in range(size.rounds):
        people = crowd(size.chats // 2, first)
        first += len(people)
        rates.append(len(people) * len(SCRIPT) / await _as_fast_as_possible(lines, people))
    each = (program.processor() - used) / ((first - FIRST_CHAT) * len(SCRIPT)) * 1e6
    people = crowd(int(size.seconds * RATE / len(SCRIPT)), first)
    late = await _at_a_rate(lines, people, RATE)
    after, most = program.memory()
    part.figures |= {
        "rate": median(rates), "p99": percentile(late, 99) * 1000, "memory": after,
        "memory at most": most,
    }  # fmt: skip
    part.table(
        (f"over {LINES} connections, as fast as possible", ""),
        ("updates/s", spread(rates)),
        ("processor time for one", f"{each:.0f} µs"),
    )
    part.table(
        (f"at {RATE} updates/s", "ms"),
        *((f"p{p}", f"{percentile(late, p) * 1000:.1f}") for p in (50, 95, 99, 99.9)),
    )
    part.table(
        ("resident memory", "MB"), ("after the start", f"{at_rest:.0f}"),
        ("after the load", f"{after:.0f}"), ("at most", f"{most:.0f}"),
    )  # fmt: skip
    return crowd(first + len(people) - FIRST_CHAT)


async def _as_fast_as_possible(lines: Sequence[Line], people: Sequence[int]) -> float:
    """Each line brings one conversation after the other; the seconds for all."""

    async def bring(line: Line, mine: Sequence[int]) -> None:
        for chat in mine:
            for turn in range(len(SCRIPT)):
                number = (chat - FIRST_CHAT) * len(SCRIPT) + turn + FIRST_UPDATE
                assert await line.post(update(number, chat, turn)) == 200

    started = time.perf_counter()
    shares = [people[at :: len(lines)] for at in range(len(lines))]
    await asyncio.gather(*map(bring, lines, shares))
    return time.perf_counter() - started


async def _at_a_rate(lines: Sequence[Line], people: Sequence[int], rate: float) -> list[float]:
    """Bring an update every 1/rate seconds, whatever comes back; seconds late for each."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    late: list[float] = []

    async def bring(raw: Json, due: float, line: Line) -> None:
        assert await line.post(raw) == 200
        late.append(time.perf_counter() - due)
        free.put_nowait(line)

    begun = time.perf_counter() + 0.1
    first_update = FIRST_UPDATE + (people[0] - FIRST_CHAT) * len(SCRIPT)
    async with asyncio.TaskGroup() as posts:
        for number, raw in enumerate(updates(people, first_update)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            posts.create_task(bring(raw, due, await free.get()))
    return late
