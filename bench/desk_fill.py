"""An office with very many tickets: what the desk is measured on.

Names are drawn from the commonest Indonesian ones, so that the search meets what it will meet;
all tickets lie in one office, which no real office will ever come to.
"""

import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from bench.common import NOW
from flows.lifecycle import CLOSED
from flows.numbers import number
from storage.tables import METADATA

OPEN = 5_000
"""Tickets that are not closed, at most: far more than an office can be behind with."""
YEARS = 5
"""Over which the tickets are spread."""
PER_PERSON = 5
FIRST = "Siti Sri Nur Slamet Agus Budi Dewi Eko Endang Wahyu Yuni Tri Dwi Sutrisno Mulyono".split()
LAST = "Wati Ningsih Riyadi Santoso Lestari Rahayu Hidayat Saputra Astuti Purnomo Utami".split()
AREAS = ("grendeng", "pabuwaran", "sumampir", "bancarkembar", "purwanegara", "bobosan")
STATES = ("submitted", "in_review", "needs_correction", "ready")

Row = tuple[Any, ...]
Table = tuple[str, str, Iterator[Row]]


def fill(url: str, tickets: int, services: Sequence[str]) -> None:
    """Write everything, without the care that real data deserve."""
    if url.startswith("sqlite"):
        _sqlite(url.removeprefix("sqlite:///"), tickets, services)
    else:
        _postgres(url, tickets, services)


def _sqlite(path: str, tickets: int, services: Sequence[str]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("BEGIN")
    for table, columns, rows in _tables(tickets, services):
        marks = ", ".join("?" * len(columns.split()))
        named = ", ".join(columns.split())
        connection.executemany(
            f"INSERT INTO {table} ({named}) VALUES ({marks})", (_plain(row) for row in rows)
        )
    connection.execute("COMMIT")
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def _plain(row: Row) -> Row:
    """Times as storage/tables/utc.py writes them."""
    return tuple(f"{v:%Y-%m-%d %H:%M:%S.%f}" if isinstance(v, datetime) else v for v in row)


def _postgres(url: str, tickets: int, services: Sequence[str]) -> None:
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        for table, columns, rows in _tables(tickets, services):
            named = ", ".join(columns.split())
            copying = f"COPY {table} ({named}) FROM STDIN"
            with connection.cursor().copy(copying) as copy:  # type: ignore[arg-type]
                for row in rows:
                    copy.write_row(row)
        for table in METADATA.tables.values():
            if "id" in table.c and table.c.id.autoincrement and table.c.id.type.python_type is int:
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # type: ignore[arg-type]
                    f" (SELECT coalesce(max(id), 1) FROM {table.name}))"
                )
        connection.execute("VACUUM ANALYZE")


def _tables(tickets: int, services: Sequence[str]) -> Iterable[Table]:
    people = max(1, tickets // PER_PERSON)
    yield (
        "people",
        "id office_id name phone consent created_at",
        ((n, "pu", "", "", "", NOW) for n in range(1, people + 1)),
    )
    yield (
        "conversations",
        "id office_id channel address person_id session seen_at created_at",
        ((n, "pu", "telegram", str(n), n, "", NOW, NOW) for n in range(1, people + 1)),
    )
    yield (
        "tickets",
        (
            "id office_id number service status person_id conversation_id channel answers warnings"
            " officer promise_at created_at updated_at kelurahan"
        ),
        (_ticket(n, tickets, people, services) for n in range(1, tickets + 1)),
    )
    yield (
        "ticket_events",
        ("office_id ticket_id at actor move before after note documents officer"),
        (
            ("pu", n, NOW, "citizen", "submit", "", "submitted", "", "[]", "")
            for n in range(1, tickets + 1)
        ),
    )
    yield (
        "ticket_keys",
        "ticket_id key office_id",
        ((n, key, "pu") for n in range(1, tickets + 1) for key in _keys(n)),
    )


def name(ticket: int) -> str:
    """What the applicant of that ticket is called."""
    drawn = random.Random(ticket)
    return f"{drawn.choice(FIRST)} {drawn.choice(LAST)}{ticket % 1000:03}"


def nik(ticket: int) -> str:
    return f"330227{ticket % 28 + 41:02}0890{ticket % 10_000:04}"


def numbered(ticket: int) -> str:
    """The number of that ticket."""
    return number("PU", "2611", ticket)


def _keys(ticket: int) -> list[str]:
    first, _, last = name(ticket).casefold().partition(" ")
    return [first, last, f"#{nik(ticket)[::-1]}"]


def _ticket(n: int, tickets: int, people: int, services: Sequence[str]) -> Row:
    drawn = random.Random(n + tickets)
    behind = min(OPEN, tickets // 20)
    created = NOW - timedelta(days=365 * YEARS) * ((tickets - n) / tickets)
    is_open = n > tickets - behind
    status = drawn.choice(STATES) if is_open else drawn.choice(CLOSED)
    officer = "" if status == "submitted" else f"petugas{drawn.randrange(10)}"
    answers = f'{{"name": "{name(n)}", "nik": "{nik(n)}", "street": "Jalan Kenanga 12"}}'
    return (
        n, "pu", numbered(n), drawn.choice(services), status, n % people + 1, n % people + 1,
        drawn.choice(("telegram", "whatsapp", "web", "sms")), answers, "[]", officer,
        NOW + timedelta(hours=drawn.randrange(-40, 40)) if is_open else created, created,
        created + timedelta(days=2), drawn.choice(AREAS),
    )  # fmt: skip
