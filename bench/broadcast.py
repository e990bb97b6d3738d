"""Broadcasts: finding a million people, and what a campaign at full pace does to replies.

People are found by the real `bot/campaigns.py` on SQLite with synchronous=FULL.  Then the whole
program drains a campaign over HTTP into stand-ins that count as the platforms do: thirty a second
on Telegram and eighty on WhatsApp, with one second's worth of burst, a 429 for whatever is more.
Meanwhile other people begin a conversation, and the time until their first reply counts.  Rates
are those after the first seconds, in which the burst goes out.
"""

import asyncio
import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import machine, telegram, twilio
from bench.common import FIRST_CHAT, NOW, Json, Part, Size, house, open_database, percentile
from bench.program import Platform, Running
from bench.telegram import BotApi
from bench.twilio import TwilioApi
from bot.campaigns import Campaigns
from bot.gate import Gate
from handlers.broadcasts import Written, write
from storage import broadcasts
from storage.db import Database

AT = "'2026-11-23 01:00:00.000000'"
PEOPLE = (
    """INSERT INTO people (office_id, name, phone, consent, created_at)
        SELECT 'pu', 'Yuni Astuti', '', '', {at} FROM {numbers}""",
    """INSERT INTO conversations (office_id, channel, address, person_id, session, seen_at,
            created_at)
        SELECT 'pu', '{channel}', {address}, i, '', {at}, {at} FROM {numbers}""",
    """INSERT INTO optins (person_id, office_id, state, source, at)
        SELECT i, 'pu', 'in', 'chat', {at} FROM {numbers}""",
)
NEWS = Written("Domisili", "Halo {name}, surat domisili sekarang bisa lewat chat, gratis.",
               buttons=[("Coba sekarang", "domisili")])  # fmt: skip
WARM = 3.0
"""Seconds at the beginning that are not counted: the burst goes out."""
ASKING = 0.25
"""Seconds between two people who begin a conversation meanwhile."""


def run(size: Size) -> Part:
    """Finding people, then draining on both platforms."""
    part = Part()
    _find(part, size.waiting)
    for name, platform, module, rate in (
        ("telegram", LimitedBotApi(30), telegram, 30),
        ("whatsapp", LimitedTwilio(80), twilio, 80),
    ):
        drained = asyncio.run(_drain(platform, name, module, rate, size.seconds))
        part.figures |= {
            f"{name} share": drained.rate / rate, f"{name} refused": platform.refused,
            f"{name} p99": percentile(drained.late, 99), f"{name} memory": drained.memory,
        }  # fmt: skip
        part.table(
            (f"{name}, {rate} a second allowed, for {size.seconds:.0f} s", ""),
            ("messages a second", f"{drained.rate:.2f} ({drained.rate / rate:.1%})"),
            ("refused by the platform (429)", f"{platform.refused}"),
            *(
                (f"a reply meanwhile, p{p}", f"{percentile(drained.late, p):.2f} s")
                for p in (50, 95, 99)
            ),
            ("replies counted", f"{len(drained.late)}"),
            ("memory of the program", f"{drained.memory:.0f} MB"),
        )
    return part


# --- finding people ----------------------------------------------------------------------


def _find(part: Part, many: int) -> None:
    with machine.folder() as folder, campaign(folder, "bench.db", "telegram", many) as database:
        before = _memory()
        took, longest = asyncio.run(_search(database))
        grown = _memory() - before
        row = database.read(broadcasts.sending)[0]
        assert row.size == many, row.size
    part.figures |= {"found": took * 1_000_000 / many, "found memory": grown}
    part.table(
        (f"{many:,} people found", ""),
        ("seconds", f"{took:.1f}"),
        ("drawn to get nothing", f"{row.held:,}"),
        ("longest transaction, waiting for it included", f"{longest * 1000:.0f} ms"),
        ("memory grown by", f"{grown:.0f} MB"),
    )


async def _search(database: Database) -> tuple[float, float]:
    """Seconds for all, and the longest that something else had to wait meanwhile."""
    gate = Gate(database)
    campaigns = Campaigns(gate, house(), {}, lambda: NOW, lambda: None)
    longest, done = 0.0, False

    async def wait() -> None:
        nonlocal longest
        while not done:
            began = time.perf_counter()
            await gate.write(lambda tx: None)
            longest = max(longest, time.perf_counter() - began)
            await asyncio.sleep(0.01)

    waiting = asyncio.create_task(wait())
    (row,) = await gate.read(broadcasts.sending)
    started = time.perf_counter()
    while await campaigns.search(row.id):
        pass
    took = time.perf_counter() - started
    done = True
    await waiting
    return took, longest


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def campaign(folder: Path, name: str, channel: str, many: int) -> Iterator[Database]:
    """A database with so many people who agreed, and a broadcast that has just begun."""
    open_database(folder, name).close()
    numbers = f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})"
    address = "i + 100000" if channel == "telegram" else "'+62811' || printf('%07d', i)"
    given = {"at": AT, "numbers": f"{numbers} SELECT i FROM n)", "channel": channel,
             "address": f"CAST({address} AS TEXT)"}  # fmt: skip
    connection = sqlite3.connect(folder / name, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    for sql in PEOPLE:
        connection.execute(sql.format(**given))
    connection.close()
    database = open_database(folder, name)
    the_house = house()
    try:
        office = the_house.offices["pu"]

        def begin(tx: Any) -> None:
            number = write(tx, the_house, office, NEWS, "sari", 7, NOW)
            broadcasts.change(
                tx, number, ("draft",), NOW, state="sending", until=many, started_at=NOW
            )

        database.write(begin)
        yield database
    finally:
        database.close()


# --- draining ----------------------------------------------------------------------------


class Limited(Platform):
    """Counts as the platform does: so many a second, and as many at once."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.tokens, self.at = rate, time.monotonic()
        self.taken: list[float] = []
        self.refused = 0
        self.begun = asyncio.Event()

    def takes(self) -> bool:
        """Whether one more message is allowed now."""
        now = time.monotonic()
        self.tokens = min(self.rate, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            self.refused += 1
            return False
        self.tokens -= 1
        self.taken.append(now)
        self.begun.set()
        return True


class LimitedBotApi(Limited, BotApi):
    """The Bot API."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        if path.endswith("/sendMessage") and not self.takes():
            return 429, {
                "ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1",
                "parameters": {"retry_after": 1},
            }  # fmt: skip
        return super().answer(method, path, body)


class LimitedTwilio(Limited, TwilioApi):
    """Twilio."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        sends = method == "POST" and path.endswith("/Messages.json")
        if sends and not self.takes():
            return 429, {"code": 63018, "message": "Rate limit exceeded", "status": 429}
        return super().answer(method, path, body)


@dataclass
class Drained:
    """Messages a second after the burst, seconds until each reply, and the program's memory."""

    rate: float = 0.0
    late: list[float] = field(default_factory=list)
    memory: float = 0.0


async def _drain(
    platform: Limited, channel: str, module: Any, rate: float, seconds: float
) -> Drained:
    drained = Drained()
    many = int((seconds + 2 * WARM + 5) * rate * 1.2)
    async with platform:
        with machine.folder() as folder:
            with campaign(folder, "loket.db", channel, many):
                pass
            program = Running(folder, platform, {"CLOCK__NOW": NOW.isoformat()})
            try:
                line = await program.connect()
                await platform.begun.wait()
                await asyncio.sleep(WARM)
                began = time.monotonic()
                asked = {}
                while time.monotonic() - began < seconds:
                    chat = FIRST_CHAT + len(asked)
                    name = str(chat) if channel == "telegram" else twilio.phone(chat)
                    asked[name] = time.perf_counter()
                    assert await line.post(module.post(chat, 0)) == 200
                    await asyncio.sleep(ASKING)
                ended = time.monotonic()
                await asyncio.sleep(WARM)
                line.close()
                drained.memory = program.memory()[1]
            finally:
                program.stop()
    counted = [at for at in platform.taken if began <= at < ended]
    drained.rate = len(counted) / (ended - began)
    drained.late = [platform.first_message[name] - at for name, at in asked.items()]
    return drained
