"""Due work: rows a second, and what a look costs while a million rows wait.

The real `work_off` of bot/ticks.py on SQLite with synchronous=FULL, handlers and all.  A round
leaves each person's draft alone for a day (a reminder is promised and the next one armed), lets
them all give up before the next one (dropped), and lets as many results wait to be collected.
Sending is not measured.  A look is what a tick begins with: it asks for what is due, by a
connection of the pool, and finds nothing.
"""

import asyncio
import sqlite3
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bench import machine
from bench.common import NOW, Part, Size, crowd, house, median, open_database, spread
from bench.turns import GROUP, drive, read
from bot.gate import Gate
from bot.ticks import BATCH, work_off
from handlers.offices import House
from storage import due
from storage.db import Database, Tx
from storage.tables import CONVERSATIONS, DUE, OUTBOX

AT = "'2026-11-23 01:00:00.000000'"
RESULTS = (
    f"""INSERT INTO tickets (office_id, number, service, status, person_id, conversation_id,
            channel, answers, warnings, officer, promise_at, created_at, updated_at)
        SELECT 'pu', 'PU-2611-' || printf('%05d', id) || '-0', 'domisili', 'ready', person_id, id,
            'telegram', '{{"name":"Yuni Astuti","street":"Jalan Kenanga 12"}}', '[]', 'sari',
            {AT}, {AT}, {AT} FROM conversations""",
    f"""INSERT INTO due (office_id, kind, subject, due_at, state, attempts, note)
        SELECT 'pu', 'ready.1', number, {AT}, 'waiting', 0, '' FROM tickets""",
)
"""Everybody has a result to collect, and is to be reminded of it."""
WAITING = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
    INSERT INTO due (office_id, kind, subject, due_at, state, attempts, note)
    SELECT 'pu', 'draft.1', i, strftime('%Y-%m-%d %H:%M:%S.000000', '2026-12-01', i || ' seconds'),
        'waiting', 0, '' FROM n"""
LOOKS = 500
"""Looks of one slice; slices on both databases alternate."""


def run(size: Size) -> Part:
    """Rows done a second by what became of them, and the cost of looking."""
    the_house = house()
    rates: dict[str, list[float]] = {"draft": [], "dropped": [], "ready": []}
    for _ in range(size.rounds):
        for name, rate in _round(the_house, size.chats).items():
            rates[name].append(rate)
    costs = _looks(size)
    ratio = median([full / empty for full, empty in costs])
    part = Part({name: median(each) for name, each in rates.items()} | {"ratio": ratio})
    part.lines.append(f"{size.chats:,} rows of each sort a round, {BATCH} in hand at once.")
    part.table(
        ("what became of a row", "rows/s"),
        ("a draft is remembered, the next reminder armed", spread(rates["draft"])),
        ("a result is remembered", spread(rates["ready"])),
        ("dropped: no draft any more", spread(rates["dropped"])),
    )
    part.lines.append(f"{len(costs)} pairs of {LOOKS} looks each.")
    part.table(
        ("rows that wait", "µs a look"),
        ("none", spread([empty for _, empty in costs])),
        (f"{size.waiting:,}", spread([full for full, _ in costs])),
        ("median of the ratios", f"{ratio:.2f}"),
    )
    return part


def _round(the_house: House, chats: int) -> dict[str, float]:
    """Rows a second on a new database."""
    rates = {}
    with machine.folder() as folder:
        database = open_database(folder)
        try:
            drive(database, the_house, read(crowd(chats)), GROUP)
            rates["draft"] = _rate(database, the_house, NOW + timedelta(days=1, hours=1), chats)
            assert database.read(partial(_reminders, template="remind_draft")) == chats
            database.write(lambda tx: tx.execute(sa.update(CONVERSATIONS).values(session="")))
            rates["dropped"] = _rate(database, the_house, NOW + timedelta(days=7), chats)
            for sql in RESULTS:
                database.write(lambda tx, sql=sql: tx.execute(sa.text(sql)))
            rates["ready"] = _rate(database, the_house, NOW + timedelta(days=7), chats)
            assert database.read(partial(_reminders, template="remind_ready")) == chats
            states = database.read(lambda tx: set(tx.execute(sa.select(DUE.c.state)).scalars()))
            assert states == {"done", "dropped"}, states
        finally:
            database.close()
    return rates


def _rate(database: Database, the_house: House, now: datetime, expected: int) -> float:
    async def work() -> dict[str, int]:
        return await work_off(Gate(database), the_house, now)

    started = time.perf_counter()
    counts = asyncio.run(work())
    took = time.perf_counter() - started
    assert sum(counts.values()) == expected, counts
    return expected / took


def _reminders(tx: Tx, template: str) -> int:
    wanted = sa.select(sa.func.count()).select_from(OUTBOX)
    return int(tx.execute(wanted.where(OUTBOX.c.payload.contains(template))).scalar_one())


# --- looking ---------------------------------------------------------------------------


def _looks(size: Size) -> list[tuple[float, float]]:
    """Microseconds a look, (while many rows wait, while none does), slice after slice."""
    with machine.folder() as full, machine.folder() as new:
        _fill(full, size.waiting)
        large, empty = open_database(full), open_database(new)
        try:
            pairs = [(_look(large), _look(empty)) for _ in range(size.rounds * 5 + 1)]
        finally:
            large.close()
            empty.close()
    return pairs[1:]  # the first one warms up


def _fill(folder: Path, waiting: int) -> None:
    open_database(folder).close()
    connection = sqlite3.connect(folder / "bench.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(WAITING, (waiting,))
    connection.close()


def _look(database: Database) -> float:
    started = time.perf_counter()
    for _ in range(LOOKS):
        found = database.read(lambda tx: due.ready(tx, NOW, BATCH))
        assert not found
    return (time.perf_counter() - started) / LOOKS * 1e6
