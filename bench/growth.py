"""Growth: what a turn costs when the database is large, against an empty one.

The large one has a million people with a chat, a ticket and its history each, millions of
inbox rows, and as many sent messages.  Short slices on both alternate.  The people who write
are new in both; in the large one their addresses lie between those of the others, so that
every index is met in the middle, not at its end.  Needs 6 GB of disk for a few minutes.
"""

import random
import sqlite3
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench import machine
from bench.common import (
    FIRST_CHAT,
    FIRST_UPDATE,
    SCRIPT,
    Part,
    Size,
    check,
    house,
    median,
    open_database,
    spread,
)
from bench.turns import GROUP, drive, read
from handlers.inbound import Inbound
from handlers.offices import House
from storage.db import Database

AT = "'2026-10-01 02:00:00.000000'"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows) "
FILL = {
    "people": f"""
        INSERT INTO people (id, office_id, name, phone, consent, created_at)
        SELECT i + 1, 'pu', 'Warga ' || i, '', '2026-11/pu', {AT} FROM n""",
    "conversations": f"""
        INSERT INTO conversations (office_id, channel, address, person_id, session, seen_at,
            created_at)
        SELECT 'pu', 'telegram', {FIRST_CHAT} + 2 * i, i + 1, '', {AT}, {AT} FROM n""",
    "tickets": f"""
        INSERT INTO tickets (office_id, number, service, status, person_id, conversation_id,
            channel, answers, warnings, officer, promise_at, created_at, updated_at)
        SELECT 'pu', 'PU-2610-' || printf('%07d', i) || '-0', 'domisili',
            CASE WHEN i % 100 THEN 'collected' ELSE 'submitted' END, i + 1, i + 1, 'telegram',
            '{{"nik":"3302271708900003","name":"Yuni Astuti","street":"Jalan Kenanga 12"}}',
            '[]', '', {AT}, {AT}, {AT} FROM n""",
    "ticket_events": f"""
        INSERT INTO ticket_events (office_id, ticket_id, at, actor, move, before, after, note,
            documents)
        SELECT 'pu', i + 1, {AT}, 'citizen', 'submit', '', 'submitted', '', '[]' FROM n""",
    "inbox": f"""
        INSERT INTO inbox (office_id, channel, external_id, address, raw, state, error,
            received_at)
        SELECT '', 'telegram', 100000000 + i, {FIRST_CHAT} + 2 * (i * 7919 % :people),
            :raw, 'done', '', {AT} FROM n""",
    "outbox": f"""
        INSERT INTO outbox (office_id, channel, address, priority, payload, state, attempts,
            error, external_id, due_at, created_at, settled_at)
        SELECT 'pu', 'telegram', {FIRST_CHAT} + 2 * (i * 7919 % :people), 0, :payload, 'sent',
            1, '', i, {AT}, {AT}, {AT} FROM n""",
}
"""How each table is filled."""


SLICES = 6
"""Slices of a round: short ones that alternate meet the same machine."""


def run(size: Size) -> Part:
    """The cost of a turn in the large database as a multiple of that in an empty one."""
    with machine.folder() as full, machine.folder() as new:
        large, seconds = _large(full, size)
        megabytes = (full / "bench.db").stat().st_size / 1e6
        empty = open_database(new)
        try:
            costs = _compare(large, empty, size)
        finally:
            large.close()
            empty.close()
    ratio = median([a / b for a, b in costs])
    part = Part({"ratio": ratio})
    part.lines.append(
        f"{size.tickets:,} tickets, {size.updates:,} inbox rows and as many sent messages: "
        f"{megabytes:,.0f} MB, filled in {seconds:.0f} s. {len(costs)} pairs of slices, in "
        f"groups of {GROUP}."
    )
    part.table(
        ("database", "µs a turn"),
        ("empty", spread([cost for _, cost in costs])),
        ("large", spread([cost for cost, _ in costs])),
        ("median of the ratios", f"{ratio:.2f}"),
    )
    return part


def _compare(large: Database, empty: Database, size: Size) -> list[tuple[float, float]]:
    """Microseconds a turn in (the large database, the empty one), slice after slice."""
    the_house = house()
    chats = size.chats // 8
    pairs = size.rounds * SLICES + 1
    strangers = random.Random(1).sample(range(size.tickets), pairs * chats)
    costs = []
    for number in range(pairs):
        chosen = strangers[number * chats : (number + 1) * chats]
        people = [FIRST_CHAT + 2 * stranger + 1 for stranger in chosen]
        given = read(people, FIRST_UPDATE + number * len(people) * len(SCRIPT))
        pair = [_cost(database, the_house, people, given) for database in (large, empty)]
        costs.append((pair[0], pair[1]))
    return costs[1:]  # the first one warms up


def _cost(
    database: Database, the_house: House, people: Sequence[int], given: Sequence[Inbound]
) -> float:
    took = drive(database, the_house, given, GROUP)
    database.read(partial(check, people=people))
    return took / len(given) * 1e6


def _large(folder: Path, size: Size) -> tuple[Database, float]:
    """The filled database, and how many seconds that took."""
    open_database(folder).close()
    started = time.perf_counter()
    connection = sqlite3.connect(folder / "bench.db", isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    for table, fill in FILL.items():
        rows = size.updates if table in ("inbox", "outbox") else size.tickets
        values = {"rows": rows, "people": size.tickets, "raw": "r" * 350, "payload": "p" * 250}
        connection.execute(NUMBERS + fill, values)
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return open_database(folder), time.perf_counter() - started
