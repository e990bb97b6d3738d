"""(b) The same conversation over HTTP: Telegram's webhook of the running program.

The program is its own process with its own database; this one plays Telegram.  First as fast as
it can, then at a fixed rate, where each latency counts from the moment at which the update was
due, not from when there was time to send it.  Telegram takes 30 messages a second, which the
program keeps to: most replies are still waiting in the outbox meanwhile.  Also how long a start
takes until the first reply is out, and the memory after all that.
"""

import asyncio
import time
from functools import partial
from pathlib import Path

import uvloop

from bench import machine
from bench.common import FIRST_CHAT, Part, Size, check, median, percentile, spread
from bench.load import LINES, measure
from bench.program import Platform, Running
from bench.telegram import BotApi, post
from storage.db import Database

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
    async with BotApi() as platform:
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
        assert await line.post(post(chat, 0)) == 200
        while str(chat) not in platform.first_message:
            assert time.perf_counter() - started < 30, "no reply came"
            await asyncio.sleep(0.002)
        line.close()
        return platform.first_message[str(chat)] - started
    finally:
        program.stop()


async def _load(part: Part, size: Size) -> None:
    async with BotApi() as platform:
        with machine.folder() as folder:
            program = Running(folder, platform)
            try:
                (await program.connect()).close()
                at_rest = program.memory()[0]
                load = await measure(program, size, post, RATE)
                after, most = program.memory()
            finally:
                program.stop()
            database = Database(f"sqlite:///{program.database}")
            database.read(partial(check, people=load.people))
            database.close()
    part.figures |= {
        "rate": median(load.rates), "p99": percentile(load.late, 99) * 1000, "memory": after,
        "memory at most": most,
    }  # fmt: skip
    part.table(
        (f"over {LINES} connections, as fast as possible", ""),
        ("updates/s", spread(load.rates)),
        ("processor time for one", f"{load.each * 1e6:.0f} µs"),
    )
    part.table(
        (f"at {RATE} updates/s", "ms"),
        *((f"p{p}", f"{percentile(load.late, p) * 1000:.1f}") for p in (50, 95, 99, 99.9)),
    )
    part.table(
        ("resident memory", "MB"), ("after the start", f"{at_rest:.0f}"),
        ("after the load", f"{after:.0f}"), ("at most", f"{most:.0f}"),
    )  # fmt: skip
