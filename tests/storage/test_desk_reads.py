"""What the desk counts and searches is read from indexes, however many tickets there are."""

from datetime import UTC, datetime
from typing import Any

from storage import queue, search
from storage.db import Database, Tx

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def steps(database: Database, *reads: Any) -> list[str]:
    """How SQLite goes about what is read there."""

    def explain(tx: Tx) -> list[str]:
        driver: Any = tx.connection.connection.driver_connection
        said: list[str] = []
        driver.set_trace_callback(said.append)
        for read in reads:
            read(tx)
        driver.set_trace_callback(None)
        return [row[3] for sql in said for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}")]

    return [step for step in database.read(explain) if step.startswith(("SCAN", "SEARCH"))]


def test_counting_reads_no_ticket(sqlite: Database) -> None:
    narrow = {"service": ("domisili",), "status": ("collected",)}
    assert steps(
        sqlite,
        lambda tx: queue.marks(tx, "pu", NOW),
        lambda tx: queue.closed_count(tx, "pu", narrow, NOW, 1000),
    ) == [
        "SEARCH tickets USING COVERING INDEX tickets_open (office_id=?)",
        "SEARCH tickets USING COVERING INDEX tickets_closed (office_id=? AND updated_at>?)",
        "SCAN anon_1",
    ]


def test_a_name_is_looked_up_or_walked_to_but_never_sought_in_all_keys(sqlite: Database) -> None:
    begins = "COVERING INDEX ticket_keys_key (office_id=? AND key>? AND key<?)"
    common = steps(sqlite, lambda tx: search.find(tx, "pu", ["siti", "budi"], 21, few=-1))
    assert [step for step in common if "ticket_keys" in step and begins not in step] == [
        "SEARCH ticket_keys USING PRIMARY KEY (ticket_id>?)",
        "SEARCH ticket_keys USING PRIMARY KEY",
        "SEARCH ticket_keys_1 USING PRIMARY KEY (ticket_id=? AND key>? AND key<?)",
    ]
    rare = steps(sqlite, lambda tx: search.find(tx, "pu", ["siti", "budi"], 21))
    assert [step for step in rare if "ticket_keys" in step and begins not in step] == [
        "SEARCH ticket_keys_1 USING PRIMARY KEY (ticket_id=? AND key>? AND key<?)",
    ]
