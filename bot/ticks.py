"""The scheduler: APScheduler only ticks; what is due stands in rows."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from handlers import due_work, housekeeping
from storage import due
from storage.db import is_outage

if TYPE_CHECKING:
    from bot.app import Program

log = logging.getLogger(__name__)

EVERY = 60
"""Seconds between ticks."""
BATCH = 200
"""Due rows in hand at once."""


async def tick(program: "Program") -> dict[str, int]:
    """One pass of all due work; returns how much of each kind was done."""
    now = program.clock()
    longest = timedelta(hours=program.settings.desk.session_hours)
    done = await program.gate.write(lambda tx: housekeeping.tidy(tx, longest, now))
    await program.gate.write(lambda tx: housekeeping.arm_digests(tx, program.house, now))
    done |= await _due_work(program, now)
    program.wake()
    return done


async def _due_work(program: "Program", now: datetime) -> dict[str, int]:
    """Do what is due, oldest first, each in a transaction of its own."""
    counts: Counter[str] = Counter()
    while rows := await program.gate.read(lambda tx: due.ready(tx, now, BATCH)):
        results = await asyncio.gather(*(_perform(program, row, now) for row in rows))
        counts.update(results)
        if set(results) == {"gone"}:
            break  # another process is at it
    return {name: counts[name] for name in ("done", "dropped", "later", "failed")}


async def _perform(program: "Program", row: Any, now: datetime) -> str:
    try:
        return await program.gate.write(lambda tx: due_work.perform(tx, program.house, row, now))
    except Exception as error:
        if is_outage(error):
            raise
        log.error("%s could not be done: %s", row.kind, type(error).__name__)
        name = type(error).__name__
        await program.gate.write(lambda tx: due_work.fail(tx, row, name, now))
        return "failed"


@contextmanager
def ticking(program: "Program") -> Iterator[None]:
    """Ticks at intervals while the block runs."""
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(tick, "interval", [program], seconds=EVERY)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
