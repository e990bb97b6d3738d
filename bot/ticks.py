"""The scheduler: APScheduler only ticks; what is due stands in rows."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.bare import strip, without_values
from bot.eraser import delete_files
from bot.gate import Gate
from bot.ledger import write_down
from bot.purge import purge
from bot.sweeper import sweep
from handlers import due_work, housekeeping
from handlers.offices import House
from storage import due
from storage.db import is_outage

if TYPE_CHECKING:
    from bot.app import Program

log = logging.getLogger(__name__)

EVERY = 60
"""Seconds between ticks."""
BATCH = 200
"""Due rows in hand at once."""
PART = 50
"""Of these, rows handed over together: on PostgreSQL several such parts are done side by side."""


async def tick(program: "Program") -> dict[str, int]:
    """One pass of all due work; returns how much of each kind was done."""
    now = program.clock()
    longest = timedelta(hours=program.settings.desk.session_hours)
    keep = program.house.timing.keep
    done = await program.gate.write(lambda tx: housekeeping.tidy(tx, longest, keep, now))
    await program.gate.write(lambda tx: housekeeping.arm_digests(tx, program.house, now))
    done |= await work_off(program.gate, program.house, now)
    keeping = program.settings.retention.keeping()
    if purged := await purge(program.gate, keeping, now):
        done["purged"] = purged
    await write_down(program.gate, program.ledger)
    if erased := await delete_files(program.gate, program.vault):
        done["erased"] = erased
    if swept := await sweep(program.gate, program.vault, now):
        done["swept"] = swept
    program.wake()
    return done


async def work_off(gate: Gate, house: House, now: datetime) -> dict[str, int]:
    """Do what is due, oldest first, each in a transaction of its own."""
    counts: Counter[str] = Counter()
    while rows := await gate.read(lambda tx: due.ready(tx, now, BATCH)):
        parts = [rows[start : start + PART] for start in range(0, len(rows), PART)]
        results = await asyncio.gather(*(_perform(gate, house, part, now) for part in parts))
        here = Counter(chain.from_iterable(results))
        counts += here
        if here.keys() == {"gone"}:
            break  # another process is at it
    return {name: counts[name] for name in ("done", "dropped", "later", "failed")}


async def _perform(gate: Gate, house: House, rows: Sequence[Any], now: datetime) -> list[str]:
    works = [partial(due_work.perform, house=house, row=row, now=now) for row in rows]
    outcomes = await gate.write_each(works)
    return [
        outcome.value if outcome.error is None else await _fail(gate, row, outcome.error, now)
        for row, outcome in zip(rows, outcomes, strict=True)
    ]


async def _fail(gate: Gate, row: Any, error: BaseException, now: datetime) -> str:
    if is_outage(error):
        raise error
    name = type(error).__name__
    log.error("%s could not be done: %s", row.kind, name, exc_info=without_values(error))
    await gate.write(lambda tx: due_work.fail(tx, row, name, now))
    return "failed"


@contextmanager
def ticking(program: "Program") -> Iterator[None]:
    """Ticks at intervals while the block runs."""
    logging.getLogger("apscheduler.executors.default").addFilter(strip)
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(tick, "interval", [program], seconds=EVERY)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
