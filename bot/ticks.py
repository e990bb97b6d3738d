"""The scheduler: APScheduler only ticks; what is due stands in rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from handlers import housekeeping

if TYPE_CHECKING:
    from bot.app import Program

EVERY = 60
"""Seconds between ticks."""


async def tick(program: "Program") -> dict[str, int]:
    """One pass of all due work; returns how much of each kind was done."""
    now = program.clock()
    longest = timedelta(hours=program.settings.desk.session_hours)
    done = await program.gate.write(lambda tx: housekeeping.tidy(tx, longest, now))
    program.wake()
    return done


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
