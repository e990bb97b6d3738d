"""The gateway: what is written is kept or refused piece by piece, on both databases."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from jinja2 import TemplateNotFound

from storage import inbox, tickets
from storage.db import GROUP, RETRIES, THREADS, Database, Outcome, Tx, Work, is_outage
from storage.tables import CONVERSATIONS, INBOX, SEQUENCES
from stumbling import NIK
from talk import MONDAY

PATIENCE = 60
WIB = timezone(timedelta(hours=7))


def note(series: str, last: int = 0) -> Work[int]:
    """Work that adds one row."""

    def work(tx: Tx) -> int:
        tx.execute(sa.insert(SEQUENCES).values(office_id="pu", series=series, last=last))
        return last

    return work


def note_and_fail(series: str) -> Work[int]:
    """Work that adds one row, and then turns out to be wrong."""

    def work(tx: Tx) -> int:
        note(series)(tx)
        raise LookupError(series)

    return work


def increase(tx: Tx) -> None:
    """Read and write in two steps: lost updates show in the sum."""
    row = tx.execute(sa.select(SEQUENCES.c.last).where(SEQUENCES.c.series == "sum")).one()
    tx.execute(sa.update(SEQUENCES).where(SEQUENCES.c.series == "sum").values(last=row.last + 1))


def noted(database: Database) -> dict[str, int]:
    rows = database.read(lambda tx: list(tx.execute(sa.select(SEQUENCES))))
    return {row.series: row.last for row in rows}


def together(database: Database, works: Sequence[Work[Any]]) -> list[Outcome]:
    """Hand over several works at once and wait for what became of them."""
    finished = threading.Event()
    outcomes: list[Outcome] = []

    def done(results: Sequence[Outcome]) -> None:
        outcomes.extend(results)
        finished.set()

    database.submit(works, done)
    assert finished.wait(PATIENCE)
    return outcomes


# --- what becomes of each piece of work -----------------------------------------------


def test_a_value_is_returned_after_it_was_kept(database: Database) -> None:
    assert database.write(note("a", 5)) == 5
    assert noted(database) == {"a": 5}


def test_one_failing_work_is_rolled_back_alone(database: Database) -> None:
    works = [note("a", 1), note_and_fail("b"), note("c", 3), note("a", 4), note("e", 5)]
    together(database, works)
    assert noted(database) == {"a": 1, "c": 3, "e": 5}


def test_values_and_errors_come_back_in_order(database: Database) -> None:
    works = [note("a", 1), note_and_fail("b"), note("c", 3), note("a", 4), note("e", 5)]
    outcomes = together(database, works)
    assert [outcome.value for outcome in outcomes] == [1, None, 3, None, 5]
    assert [type(outcome.error) for outcome in outcomes] == [
        type(None), LookupError, type(None), sa.exc.IntegrityError, type(None),
    ]  # fmt: skip


def test_the_outcome_of_a_failure_raises_it(database: Database) -> None:
    (outcome,) = together(database, [note_and_fail("b")])
    with pytest.raises(LookupError, match="b"):
        outcome.result()


def test_write_raises_the_very_error_of_the_work(database: Database) -> None:
    error = LookupError("no such office")

    def work(tx: Tx) -> None:
        note("a")(tx)
        raise error

    with pytest.raises(LookupError) as caught:
        database.write(work)
    assert caught.value is error
    assert noted(database) == {}


def test_after_an_error_the_next_work_is_done_as_ever(database: Database) -> None:
    for _ in range(5):
        with pytest.raises(LookupError):
            database.write(note_and_fail("b"))
    database.write(note("a", 1))
    assert noted(database) == {"a": 1}


def test_a_caller_that_has_gone_does_not_stop_the_writer(database: Database) -> None:
    """An event loop may be closed while its work is being committed."""

    def gone(_: Sequence[Outcome]) -> None:
        raise RuntimeError("Event loop is closed")

    for number in range(THREADS + 1):
        database.submit([note(f"gone-{number}")], gone)
    heard = threading.Event()
    database.submit([note("a")], lambda _: heard.set())
    assert heard.wait(10), "the writer is gone"


def test_a_statement_refused_by_the_database_spoils_only_its_own_work(database: Database) -> None:
    def broken(tx: Tx) -> None:
        note("b")(tx)
        tx.cursor.execute("SELECT nonsense FROM nowhere")

    outcomes = together(database, [note("a"), broken, note("c")])
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert set(noted(database)) == {"a", "c"}


def test_work_in_one_batch_sees_what_was_done_before_it(sqlite: Database) -> None:
    def count(tx: Tx) -> int:
        return int(tx.execute(sa.select(sa.func.count()).select_from(SEQUENCES)).scalar_one())

    outcomes = together(sqlite, [count, note("a"), count, note_and_fail("b"), count])
    assert [outcomes[n].value for n in (0, 2, 4)] == [0, 1, 1]


def test_done_is_told_after_the_commit(database: Database) -> None:
    seen: list[dict[str, int]] = []
    finished = threading.Event()

    def done(_: Sequence[Outcome]) -> None:
        seen.append(noted(database))  # another connection
        finished.set()

    database.submit([note("a", 1), note("b", 2)], done)
    assert finished.wait(PATIENCE)
    assert seen == [{"a": 1, "b": 2}]


def test_nobody_sees_a_work_before_it_is_committed(database: Database) -> None:
    def work(tx: Tx) -> dict[str, int]:
        note("a")(tx)
        return noted(database)

    assert database.write(work) == {}


def test_an_empty_batch_is_done_at_once(database: Database) -> None:
    assert together(database, []) == []


# --- groups on SQLite -----------------------------------------------------------------


@pytest.fixture
def commits(sqlite: Database) -> list[str]:
    """Grows with every commit of the writer."""
    seen: list[str] = []
    sa.event.listen(sqlite.engine, "commit", lambda _: seen.append("commit"))
    return seen


def held_up(database: Database, count: int) -> list[Outcome]:
    """Let `count` works of different callers pile up behind one that takes its time."""
    go_on, begun = threading.Event(), threading.Event()
    outcomes: list[Outcome] = []

    def slow(_: Tx) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    database.submit([slow], lambda _: None)
    assert begun.wait(PATIENCE)
    for n in range(count):
        work = note_and_fail(str(n)) if n % 7 == 3 else note(str(n), n)
        database.submit([work], outcomes.extend)
    go_on.set()
    database.write(lambda _: None)
    return outcomes


def test_what_waits_is_committed_together(sqlite: Database, commits: list[str]) -> None:
    held_up(sqlite, GROUP - 1)  # with the last, empty work: one full group
    assert len(commits) == 2


def test_a_group_is_not_larger_than_agreed(sqlite: Database, commits: list[str]) -> None:
    held_up(sqlite, 3 * GROUP - 1)
    assert len(commits) == 4


def test_failures_of_other_callers_in_the_group_do_no_harm(sqlite: Database) -> None:
    outcomes = held_up(sqlite, 2 * GROUP)
    failed = [n for n, outcome in enumerate(outcomes) if outcome.error]
    assert failed == [n for n in range(2 * GROUP) if n % 7 == 3]
    assert noted(sqlite) == {str(n): n for n in range(2 * GROUP) if n not in failed}


def test_a_commit_that_fails_is_told_to_everybody_in_the_group(sqlite: Database) -> None:
    def orphan(tx: Tx) -> None:
        tx.cursor.execute("PRAGMA defer_foreign_keys = ON")  # noticed at the commit only
        chat = sa.insert(CONVERSATIONS).values(
            office_id="pu", channel="web", address="1", person_id=404, session="",
            seen_at=MONDAY, created_at=MONDAY,
        )  # fmt: skip
        tx.execute(chat)

    outcomes = together(sqlite, [note("a"), orphan, note("b")])
    assert all(outcome.error for outcome in outcomes)
    assert noted(sqlite) == {}
    sqlite.write(note("c"))
    assert noted(sqlite) == {"c": 0}


# --- many at once ---------------------------------------------------------------------


def test_many_threads_write_at_once_and_nothing_is_lost(database: Database) -> None:
    def take(_: int) -> int:
        return database.write(lambda tx: tickets.next_number(tx, "pu", "2026"))

    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(take, range(320)))
    assert sorted(numbers) == list(range(1, 321))


def test_threads_that_fail_do_not_disturb_the_others(database: Database) -> None:
    def attempt(n: int) -> bool:
        try:
            database.write(note_and_fail(str(n)) if n % 3 == 0 else note(str(n), n))
        except LookupError as error:
            return str(error) == f"{n}" and n % 3 == 0
        return n % 3 != 0

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(attempt, range(150)))
    assert noted(database) == {str(n): n for n in range(150) if n % 3}


def test_readers_go_on_while_somebody_writes(database: Database) -> None:
    database.write(note("a", 1))

    def work(tx: Tx) -> list[dict[str, int]]:
        note("b", 2)(tx)
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(lambda _: noted(database), range(24)))

    assert database.write(work) == [{"a": 1}] * 24


INCREASER = """
import sys
import sqlalchemy as sa
from storage.db import Database
from storage.tables import SEQUENCES

ours, total = SEQUENCES.c.series == sys.argv[2], SEQUENCES.c.series == "sum"

def work(tx):
    before = tx.execute(sa.select(SEQUENCES.c.last).where(total)).scalar_one()
    tx.execute(sa.update(SEQUENCES).where(ours).values(last=SEQUENCES.c.last + 1))
    tx.execute(sa.update(SEQUENCES).where(total).values(last=before + 1))

database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(150):
    database.write(work)
database.close()
"""


def test_two_processes_write_to_one_file_and_lose_nothing(
    sqlite: Database, sqlite_url: str
) -> None:
    together(sqlite, [note("one"), note("two"), note("sum")])
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", INCREASER, sqlite_url, name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for _ in range(50):
        sqlite.write(increase)
    for process in processes:
        process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in processes] == [0, 0]
    assert noted(sqlite) == {"one": 150, "two": 150, "sum": 350}


# --- closing --------------------------------------------------------------------------


def test_closing_finishes_what_was_submitted(url: str) -> None:
    closing, outcomes = Database(url), list[Outcome]()
    for n in range(300):
        closing.submit([note(str(n), n)], outcomes.extend)
    closing.close()
    assert len(outcomes) == 300
    again = Database(url)
    try:
        assert noted(again) == {str(n): n for n in range(300)}
    finally:
        again.close()


def test_closing_ends_every_thread(url: str) -> None:
    closing = Database(url)
    closing.write(note("a"))
    closing.close()
    assert not any(thread.is_alive() for thread in closing._threads)


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "var" / "lib" / "loket.db"
    opened = Database(f"sqlite:///{path}")
    opened.write(lambda tx: tx.cursor.execute("CREATE TABLE t (a)"))
    opened.close()
    assert path.exists()


# --- SQLite is set up to lose nothing -------------------------------------------------

PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "query_only", "busy_timeout")


def pragmas(tx: Tx) -> tuple[Any, ...]:
    return tuple(tx.cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS)


def test_the_writer_waits_for_the_disk_and_holds_foreign_keys(sqlite: Database) -> None:
    assert sqlite.write(pragmas) == ("wal", 2, 1, 0, 30000)


def test_the_writer_stays_so_when_it_is_connected_anew(sqlite: Database) -> None:
    sqlite.write(note("a"))
    sqlite.engine.dispose()
    assert sqlite.write(pragmas) == ("wal", 2, 1, 0, 30000)


def test_every_reader_is_set_up_the_same_but_cannot_write(sqlite: Database) -> None:
    all_at_once = threading.Barrier(12)

    def look(_: int) -> tuple[int, tuple[Any, ...]]:
        def work(tx: Tx) -> tuple[int, tuple[Any, ...]]:
            all_at_once.wait(PATIENCE)
            return id(tx.connection.connection.dbapi_connection), pragmas(tx)

        return sqlite.read(work)

    with ThreadPoolExecutor(12) as threads:
        seen = dict(threads.map(look, range(12)))
    assert len(seen) == 12
    assert set(seen.values()) == {("wal", 2, 1, 1, 30000)}


@pytest.mark.parametrize(
    "sql",
    ["INSERT INTO sequences VALUES ('pu', 'b', 1)", "DELETE FROM sequences", "DROP TABLE outbox"],
)
def test_readers_cannot_write(sqlite: Database, sql: str) -> None:
    sqlite.write(note("a", 1))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sqlite.read(lambda tx: tx.cursor.execute(sql))
    assert noted(sqlite) == {"a": 1}


def test_a_reference_to_nobody_is_refused(database: Database) -> None:
    chat = sa.insert(CONVERSATIONS).values(
        office_id="pu", channel="web", address="1", person_id=404, session="",
        seen_at=MONDAY, created_at=MONDAY,
    )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError):
        database.write(lambda tx: tx.execute(chat))


# --- outages and bugs -----------------------------------------------------------------


def failure(database: Database, work: Work[Any]) -> BaseException:
    """What `work` fails with."""
    (outcome,) = together(database, [work])
    assert outcome.error is not None
    return outcome.error


@pytest.fixture
def occupied(sqlite: Database, sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Another program writes to the same file and does not come to an end."""
    sqlite.write(lambda tx: tx.cursor.execute("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_locked_database_is_an_outage(sqlite: Database, occupied: sqlite3.Connection) -> None:
    error = failure(sqlite, note("a"))
    assert "locked" in str(error)
    assert is_outage(error)


def test_a_locked_database_can_still_be_read(
    sqlite: Database, occupied: sqlite3.Connection
) -> None:
    assert noted(sqlite) == {}


def test_writing_goes_on_when_the_lock_is_gone(
    sqlite: Database, occupied: sqlite3.Connection
) -> None:
    failure(sqlite, note("a"))
    occupied.execute("ROLLBACK")
    sqlite.write(note("b"))
    assert set(noted(sqlite)) == {"b"}


def test_a_full_disk_is_an_outage_and_nothing_of_the_group_is_half_done(sqlite: Database) -> None:
    def limit(tx: Tx) -> None:
        pages = tx.cursor.execute("PRAGMA page_count").fetchone()[0]
        tx.cursor.execute(f"PRAGMA max_page_count = {pages + 5}")

    def unlimited(tx: Tx) -> None:
        tx.cursor.execute("PRAGMA max_page_count = 1000000")

    sqlite.write(limit)
    outcomes = together(sqlite, [note("a"), note("b" * 100_000), note("c")])
    failed = [outcome.error for outcome in outcomes if outcome.error]
    assert failed
    assert all(is_outage(error) for error in failed)
    kept = {s for s, o in zip("abc", outcomes, strict=True) if not o.error}
    assert set(noted(sqlite)) == kept
    sqlite.write(unlimited)
    sqlite.write(note("d" * 100_000))
    assert len(noted(sqlite)) == len(kept) + 1


def test_a_file_that_cannot_be_opened_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    opened = Database(f"sqlite:///{tmp_path / 'folder.db'}")
    assert is_outage(failure(opened, note("a")))
    opened.close()


def test_a_damaged_file_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "loket.db").write_bytes(b"no database" * 1000)
    opened = Database(f"sqlite:///{tmp_path / 'loket.db'}")
    assert is_outage(failure(opened, note("a")))
    opened.close()


@pytest.mark.parametrize(
    ("state", "out"),
    [
        ("08006", True),
        ("40001", True),
        ("53100", True),
        ("57014", True),
        ("58030", True),
        ("54001", False),
        ("55000", False),
        ("22003", False),
    ],
)
def test_what_postgresql_reports_is_judged_by_its_code(
    postgresql: Database, state: str, out: bool
) -> None:
    def work(tx: Tx) -> None:
        tx.cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'a' USING ERRCODE = '{state}'; END $$")

    assert is_outage(failure(postgresql, work)) == out


def test_works_of_a_group_that_a_full_disk_took_back_were_all_met_by_it(sqlite: Database) -> None:
    def fills(tx: Tx) -> None:
        pages = tx.cursor.execute("PRAGMA page_count").fetchone()[0]
        tx.cursor.execute(f"PRAGMA max_page_count = {pages}")
        note("b" * 100_000)(tx)

    outcomes = together(sqlite, [note("a"), fills, note("c")])
    sqlite.write(lambda tx: tx.cursor.execute("PRAGMA max_page_count = 1000000"))
    assert is_outage(next(outcome.error for outcome in outcomes if outcome.error))
    kept = {s for s, o in zip("abc", outcomes, strict=True) if not o.error}
    assert set(noted(sqlite)) == kept
    assert all(is_outage(outcome.error) for outcome in outcomes if outcome.error)


def test_a_lost_connection_is_an_outage_and_the_next_work_finds_a_new_one(
    postgresql: Database,
) -> None:
    def cut(tx: Tx) -> None:
        note("a")(tx)
        tx.cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    assert is_outage(failure(postgresql, cut))
    together(postgresql, [note(str(n)) for n in range(8)])
    assert len(noted(postgresql)) == 8


def test_a_server_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    opened = Database(f"postgresql://postgres@/loket?host={tmp_path}")
    assert is_outage(failure(opened, note("a")))
    opened.close()


def take_twice(tx: Tx) -> None:
    for _ in range(2):
        note("a")(tx)


def plain_duplicate(tx: Tx) -> None:
    for _ in range(2):
        tx.cursor.execute("INSERT INTO sequences VALUES ('pu', 'a', 1)")


def unknown_office(tx: Tx) -> None:
    raise KeyError("office")


def misspelt(tx: Tx) -> None:
    tx.execute(sa.insert(INBOX).values(office_id="pu"))


def unknown_column(tx: Tx) -> None:
    tx.execute(sa.text("SELECT no_such_column FROM people"))


def unknown_table(tx: Tx) -> None:
    tx.cursor.execute("SELECT 1 FROM no_such_table")


@pytest.mark.parametrize(
    "work",
    [take_twice, plain_duplicate, unknown_office, misspelt, unknown_column, unknown_table],
)
def test_a_bug_is_no_outage(database: Database, work: Callable[[Tx], None]) -> None:
    assert not is_outage(failure(database, work))


def test_an_error_of_a_statement_does_not_tell_what_it_was_given(database: Database) -> None:
    def work(tx: Tx) -> None:
        tx.execute(sa.text("SELECT no_such_column FROM people WHERE name = :name"), {"name": NIK})

    for refused in (lambda: database.read(work), lambda: database.write(work)):
        with pytest.raises(sa.exc.DBAPIError) as raised:
            refused()
        assert "no_such_column" in str(raised.value)
        assert NIK not in str(raised.value)


ERRORS = (
    ValueError("a"), AssertionError(), RuntimeError(), KeyError(1), FileNotFoundError(2, "a.j2"),
    TemplateNotFound("a.j2"), PermissionError("a"), ConnectionError(), sqlite3.OperationalError(),
)  # fmt: skip


@pytest.mark.parametrize("error", ERRORS)
def test_errors_of_the_program_are_no_outage(error: Exception) -> None:
    assert not is_outage(error)


def test_a_full_disk_outside_of_the_database_is_an_outage() -> None:
    assert is_outage(OSError(28, "No space left on device"))


# --- PostgreSQL repeats what lost a race ----------------------------------------------


def test_a_deadlock_is_repeated_until_both_are_through(postgresql: Database) -> None:
    together(postgresql, [note("a"), note("b")])
    both_hold_one = threading.Barrier(2)
    attempts: list[str] = []

    def raise_both(first: str, second: str) -> Work[None]:
        def work(tx: Tx) -> None:
            attempts.append(first)
            for series in (first, second):
                row = SEQUENCES.c.series == series
                tx.execute(sa.update(SEQUENCES).where(row).values(last=SEQUENCES.c.last + 1))
                if series == first and attempts.count(first) == 1:
                    both_hold_one.wait(PATIENCE)

        return work

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(postgresql.write, [raise_both("a", "b"), raise_both("b", "a")]))
    assert noted(postgresql) == {"a": 2, "b": 2}
    assert len(attempts) == 3


def test_a_serialization_failure_is_repeated_on_fresh_data(postgresql: Database) -> None:
    postgresql.write(note("sum", 10))
    attempts: list[int] = []

    def overtaken(tx: Tx) -> None:
        tx.cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        last = tx.execute(sa.select(SEQUENCES.c.last)).scalar_one()
        attempts.append(last)
        if len(attempts) == 1:
            postgresql.write(increase)
        tx.execute(sa.update(SEQUENCES).values(last=last + 1))

    postgresql.write(overtaken)
    assert attempts == [10, 11]
    assert noted(postgresql) == {"sum": 12}


def test_two_first_messages_of_one_chat_do_not_fail_each_other(postgresql: Database) -> None:
    both_looked = threading.Barrier(2)
    attempts: list[bool] = []

    def look_then_add(tx: Tx) -> bool:
        there = tx.execute(sa.select(SEQUENCES)).first() is not None
        attempts.append(there)
        if not there:
            both_looked.wait(PATIENCE)
            note("a")(tx)
        return there

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(postgresql.write, [look_then_add] * 2))
    assert sorted(found) == [False, True]
    assert sorted(attempts) == [False, False, True]


def test_a_conflict_that_never_ends_is_given_up(postgresql: Database) -> None:
    attempts: list[int] = []

    def conflict(tx: Tx) -> None:
        attempts.append(len(attempts))
        tx.cursor.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")

    with pytest.raises(psycopg.errors.SerializationFailure):
        postgresql.write(conflict)
    assert len(attempts) == RETRIES


def test_a_bug_is_not_repeated(database: Database) -> None:
    attempts: list[int] = []

    def bug(tx: Tx) -> None:
        attempts.append(1)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(bug)
    assert attempts == [1]


# --- time -----------------------------------------------------------------------------


def take(tx: Tx, now: datetime, external_id: str = "1") -> bool:
    return inbox.take(
        tx, now=now, office_id="pu", channel="web", external_id=external_id, address="1", raw="{}"
    )


def received(database: Database) -> datetime:
    row = database.read(lambda tx: inbox.written(tx, "1", "1"))
    assert row is not None
    at: datetime = row.received_at
    return at


def test_a_naive_datetime_is_refused(database: Database) -> None:
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="naive"):
        database.write(lambda tx: take(tx, naive))
    with pytest.raises(sa.exc.StatementError, match="naive"):
        database.write(
            lambda tx: tx.execute(sa.update(INBOX).values(received_at=naive)),
        )
    assert database.read(lambda tx: inbox.written(tx, "1", "1")) is None


def test_an_aware_datetime_comes_back_in_utc(database: Database) -> None:
    noon = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=WIB)
    database.write(lambda tx: take(tx, noon))
    assert received(database) == noon
    assert received(database).tzinfo is UTC
    assert received(database).hour == 5
    (row,) = database.read(lambda tx: list(tx.execute(sa.select(INBOX.c.received_at))))
    assert row.received_at == noon
    assert row.received_at.tzinfo is UTC


def test_times_of_different_zones_are_compared_as_moments(database: Database) -> None:
    early = datetime(2026, 11, 23, 12, 0, tzinfo=WIB)  # 05.00 in UTC
    late = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    database.write(lambda tx: take(tx, late, "late"))
    database.write(lambda tx: take(tx, early, "early"))

    def until(moment: datetime) -> list[str]:
        rows = database.read(lambda tx: inbox.earlier(tx, "1", 10, until=moment))
        return [row.external_id for row in rows]

    assert until(early) == ["early"]
    assert until(late.astimezone(WIB)) == ["early", "late"]
    assert until(early - timedelta(microseconds=1)) == []
