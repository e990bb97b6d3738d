"""The only gateway to SQLite and PostgreSQL.

`write(work)` runs a plain function on a transaction and returns its result;
`read(work)` does the same without writing.  On SQLite one writer thread takes
whatever is waiting, runs each piece of work in a savepoint and commits the group;
on PostgreSQL a few threads commit each by itself.  Knows no table.
"""

import errno
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage.faults import point
from storage.prepared import Prepared

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[["Tx"], T]

GROUP = 64
"""Most pieces of work in one commit on SQLite."""
THREADS = 4
"""Writing connections to PostgreSQL."""
RETRIES = 5
"""Attempts at a PostgreSQL transaction that lost a deadlock or a serialization conflict."""

SQLITE_OUT = frozenset((
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
))  # fmt: skip
"""Result codes of a SQLite that cannot work now, whatever it is given to do."""
POSTGRES_OUT = ("08", "40", "53", "57", "58")
"""Classes of SQLSTATE: connection, transaction lost, resources, operator, system."""
MACHINE_OUT = frozenset((
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
))  # fmt: skip
"""Errors of the system around the database: no room, no writing, no more open files."""


@dataclass(slots=True)
class Outcome:
    """What became of one piece of work: its value, or why it was rolled back."""

    value: Any = None
    error: BaseException | None = None

    def result(self) -> Any:
        """The value; raises the error if there was one."""
        if self.error is not None:
            raise self.error
        return self.value


Done = Callable[[Sequence[Outcome]], None]


class Tx:
    """One transaction, as the storage functions see it."""

    __slots__ = ("connection", "cursor", "dialect")

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.cursor = connection.connection.cursor()

    def run(self, statement: Prepared, **values: Any) -> int:
        """Execute a prepared statement; returns the number of rows touched."""
        return statement.run(self.cursor, self.dialect, values)

    def many(self, statement: Prepared, rows: Sequence[dict[str, Any]]) -> None:
        """Execute a prepared statement once per row."""
        statement.many(self.cursor, self.dialect, rows)

    def one(self, statement: Prepared, **values: Any) -> Any | None:
        """The first row, or None."""
        return statement.one(self.cursor, self.dialect, values)

    def all(self, statement: Prepared, **values: Any) -> list[Any]:
        """All rows, as named tuples."""
        return statement.all(self.cursor, self.dialect, values)

    def bare(self, statement: Prepared, **values: Any) -> list[tuple[Any, ...]]:
        """All rows as plain tuples with what the database gave: for thousands of small ones."""
        return statement.bare(self.cursor, self.dialect, values)

    def execute(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        """Execute any Core statement: for the pages, where comfort counts more than time."""
        result = self.connection.execute(statement, values)
        assert isinstance(result, sa.CursorResult)
        return result


class Database:
    """A database, opened.  Use from any thread; `close` when done."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self._jobs: queue.SimpleQueue[tuple[Sequence[Work[Any]], Done] | None] = queue.SimpleQueue()
        self._writer, self._reader = (_sqlite if self.sqlite else _postgres)(url)
        serve = self._serve_groups if self.sqlite else self._serve_singly
        self._threads = [
            threading.Thread(target=serve, name=f"loket-db-{n}", daemon=True)
            for n in range(1 if self.sqlite else THREADS)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def engine(self) -> sa.Engine:
        """The writing engine, for migrations."""
        return self._writer

    def submit(self, works: Sequence[Work[Any]], done: Done) -> None:
        """Run each work in a transaction of its own; `done` gets the outcomes after the commit.

        `done` is called in a thread of the gateway and must be quick.
        """
        self._jobs.put((works, done))

    def write(self, work: Work[T]) -> T:
        """Run one work in a transaction, wait for the commit and return its value."""
        ready = threading.Event()
        outcomes: list[Outcome] = []

        def done(finished: Sequence[Outcome]) -> None:
            outcomes.extend(finished)
            ready.set()

        self.submit([work], done)
        ready.wait()
        value: T = outcomes[0].result()
        return value

    def read(self, work: Work[T]) -> T:
        """Run a work that only reads, in the calling thread."""
        with self._reader.connect() as connection:
            return work(Tx(connection))

    def close(self) -> None:
        """Finish what was submitted, then close all connections."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout=30)
        self._writer.dispose()
        self._reader.dispose()

    # --- SQLite: groups --------------------------------------------------------------

    def _serve_groups(self) -> None:
        while True:
            job = self._jobs.get()
            jobs = []
            while job is not None:
                jobs.append(job)
                if sum(len(works) for works, _ in jobs) >= GROUP or self._jobs.empty():
                    break
                job = self._jobs.get()
            if jobs:
                self._commit_group(jobs)
            if job is None:
                return

    def _commit_group(self, jobs: list[tuple[Sequence[Work[Any]], Done]]) -> None:
        results: list[list[Outcome]] = []
        try:
            with self._writer.connect() as connection, connection.begin():
                tx = Tx(connection)
                for works, _ in jobs:
                    results.append([_in_savepoint(tx, work) for work in works])
                point("commit.before")
            point("commit.after")
        except BaseException as error:
            results = [[Outcome(error=error) for _ in works] for works, _ in jobs]
        for (_, done), outcomes in zip(jobs, results, strict=True):
            _tell(done, outcomes)

    # --- PostgreSQL: one by one --------------------------------------------------------

    def _serve_singly(self) -> None:
        while (job := self._jobs.get()) is not None:
            works, done = job
            _tell(done, [self._commit(work) for work in works])

    def _commit(self, work: Work[Any]) -> Outcome:
        for attempt in range(RETRIES):
            try:
                with self._writer.connect() as connection, connection.begin():
                    value = work(Tx(connection))
                    point("commit.before")
                point("commit.after")
                return Outcome(value)
            except BaseException as error:
                if attempt + 1 == RETRIES or not _may_repeat(error):
                    return Outcome(error=error)
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")


def _tell(done: Done, outcomes: Sequence[Outcome]) -> None:
    """Whoever listens may have gone (an event loop that is closed): the thread must go on."""
    try:
        done(outcomes)
    except Exception:
        log.exception("nobody took note of what was committed")


def _in_savepoint(tx: Tx, work: Work[Any]) -> Outcome:
    tx.cursor.execute("SAVEPOINT work")
    try:
        value = work(tx)
    except Exception as error:
        try:
            tx.cursor.execute("ROLLBACK TO work")
            tx.cursor.execute("RELEASE work")
        except sqlite3.Error as lost:  # a full disk takes the whole group back by itself
            raise (error if is_outage(error) else lost) from None
        return Outcome(error=error)
    tx.cursor.execute("RELEASE work")
    return Outcome(value)


def is_outage(error: BaseException) -> bool:
    """Whether the database failed (locked, full, gone) rather than the work done on it.

    The code decides: a misspelt column is of the same class as a locked file, and would be
    brought again for ever.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_OUT
    if isinstance(cause, OSError):
        return cause.errno in MACHINE_OUT
    import psycopg  # 9 MB that SQLite does without

    if not isinstance(cause, psycopg.Error):
        return False
    if cause.sqlstate is None:  # the server said nothing: it is gone
        return isinstance(cause, psycopg.OperationalError)
    return cause.sqlstate[:2] in POSTGRES_OUT


def _may_repeat(error: BaseException) -> bool:
    """Deadlock, serialization failure, or a race between two first messages of one chat."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) in ("40001", "40P01", "23505")


def _sqlite(url: str) -> tuple[sa.Engine, sa.Engine]:
    path = sa.make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    writer = sa.create_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
    reader = sa.create_engine(url, pool_size=4, max_overflow=8, hide_parameters=True)

    def prepare(writes: bool) -> Callable[[Any, Any], None]:
        def connected(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            for pragma in (
                "busy_timeout = 30000",
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                f"query_only = {'OFF' if writes else 'ON'}",
            ):
                connection.execute(f"PRAGMA {pragma}")

        return connected

    def begin_immediate(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def begin_deferred(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    sa.event.listen(writer, "connect", prepare(writes=True))
    sa.event.listen(writer, "begin", begin_immediate)
    sa.event.listen(reader, "connect", prepare(writes=False))
    sa.event.listen(reader, "begin", begin_deferred)
    return writer, reader


def _postgres(url: str) -> tuple[sa.Engine, sa.Engine]:
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    kept = {"pool_pre_ping": True, "hide_parameters": True}
    writer = sa.create_engine(address, pool_size=THREADS, max_overflow=0, **kept)
    reader = sa.create_engine(address, pool_size=4, max_overflow=8, **kept)
    return writer, reader
