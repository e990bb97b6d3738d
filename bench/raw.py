"""(e) The raw limit: the same statements by plain sqlite3, in the same groups.

Loket's turns are recorded once, statement by statement with their values.  The recording is
then played back without Loket: no engine, no wording, no conversion, no savepoint, no thread.
Rounds of Loket and of the recording alternate, so that both meet the same machine.
"""

import sqlite3
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from bench import machine
from bench.common import NOW, Part, Size, check, crowd, house, median, open_database, spread
from bench.turns import loket, read
from handlers.inbound import Inbound, receive
from handlers.offices import House
from storage.db import Tx

GROUPS = (8, 32, 64)

Call = tuple[str, str, Any]
"""(the cursor's method, SQL, values)"""


def run(size: Size) -> Part:
    """Loket as a share of what SQLite alone can do."""
    the_house = house()
    turns = record(the_house, size.chats)
    part = Part()
    rows: list[Sequence[object]] = [("turns in one commit", "plain sqlite3", "Loket", "share")]
    for group in GROUPS:
        plain, ours = [], []
        for _ in range(size.rounds):
            plain.append(play(turns, size.chats, group))
            ours.append(loket(the_house, size.chats, group))
        share = median([a / b for a, b in zip(ours, plain, strict=True)])
        part.figures |= {f"raw {group}": median(plain), f"share {group}": share}
        rows.append((group, spread(plain), spread(ours), f"{share:.2f}"))
    part.table(*rows)
    return part


class Recorder:
    """A cursor that notes what it is told to execute."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self.calls: list[Call] = []

    def execute(self, sql: str, values: Any = ()) -> Any:
        self.calls.append(("execute", sql, values))
        return self._cursor.execute(sql, values)

    def executemany(self, sql: str, values: Any) -> Any:
        self.calls.append(("executemany", sql, values))
        return self._cursor.executemany(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def record(the_house: House, chats: int) -> list[list[Call]]:
    """The statements of every turn."""

    def work(tx: Tx, inbound: Inbound) -> list[Call]:
        recorder = Recorder(tx.cursor)
        tx.cursor = recorder
        try:
            receive(tx, the_house, inbound, NOW)
        finally:
            tx.cursor = recorder._cursor
        return recorder.calls

    with machine.folder() as folder:
        database = open_database(folder)
        try:
            return [database.write(partial(work, inbound=each)) for each in read(crowd(chats))]
        finally:
            database.close()


def play(turns: Sequence[Sequence[Call]], chats: int, group: int) -> float:
    """Turns a second of the recording on a new database with the same schema."""
    with machine.folder() as folder:
        open_database(folder).close()
        connection = sqlite3.connect(folder / "bench.db", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        took = _play(connection, turns, group)
        connection.close()
        database = open_database(folder)
        database.read(partial(check, people=crowd(chats)))
        database.close()
    return len(turns) / took


def _play(connection: sqlite3.Connection, turns: Sequence[Sequence[Call]], group: int) -> float:
    cursor = connection.cursor()
    started = time.perf_counter()
    for start in range(0, len(turns), group):
        cursor.execute("BEGIN IMMEDIATE")
        for calls in turns[start : start + group]:
            for method, sql, values in calls:
                getattr(cursor, method)(sql, values).fetchone()
        cursor.execute("COMMIT")
    return time.perf_counter() - started
