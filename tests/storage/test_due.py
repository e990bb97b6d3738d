"""Due work: once, oldest first, taken together with its effect."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import due
from storage.db import Database
from storage.tables import DUE
from talk import MONDAY, rows

HOUR = timedelta(hours=1)


def arm(database: Database, subject: str, at=MONDAY, kind="draft.1") -> None:
    database.write(lambda tx: due.arm(tx, "pu", kind, subject, at))


def ready(database: Database, now=MONDAY, most=100):
    return database.read(lambda tx: due.ready(tx, now, most))


def take(database: Database, row, now=MONDAY) -> bool:
    return database.write(lambda tx: due.take(tx, row, now))


def test_what_is_due_comes_oldest_first_and_no_sooner(database):
    arm(database, "late", MONDAY + HOUR)
    arm(database, "second", MONDAY)
    arm(database, "first", MONDAY - HOUR)
    assert [row.subject for row in ready(database)] == ["first", "second"]
    assert [row.subject for row in ready(database, most=1)] == ["first"]


def test_a_thing_is_due_once_however_often_it_is_armed(database):
    arm(database, "1")
    arm(database, "1", MONDAY + HOUR)
    (row,) = rows(database, DUE)
    assert row.due_at == MONDAY + HOUR
    assert ready(database) == []


def test_what_was_due_before_is_not_armed_as_the_first(database):
    def first(at=MONDAY):
        return database.write(lambda tx: due.arm_first(tx, "pu", "alarm", "pu", at))

    assert first()
    assert not first(MONDAY + HOUR)
    (row,) = ready(database)
    assert row.due_at == MONDAY
    assert take(database, row)
    assert not first()
    assert ready(database) == []
    held = database.write(lambda tx: due.hold(tx, "alarm", "pu"))
    assert (held.state, held.done_at) == ("done", MONDAY)


def test_what_was_done_can_be_armed_anew(database):
    arm(database, "1")
    assert take(database, ready(database)[0])
    assert ready(database) == []
    arm(database, "1")
    assert len(ready(database)) == 1


def test_a_row_that_was_put_off_meanwhile_is_not_taken(database):
    arm(database, "1")
    (row,) = ready(database)
    arm(database, "1", MONDAY + HOUR)
    assert not take(database, row)


def test_the_effect_and_the_mark_are_there_together_or_not_at_all(database):
    arm(database, "1")
    (row,) = ready(database)

    def killed(tx):
        assert due.take(tx, row, MONDAY)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(killed)
    assert take(database, row)
    assert not take(database, row)


def test_many_who_see_the_same_row_take_it_once(database):
    for number in range(50):
        arm(database, str(number))
    seen = ready(database)
    begin = threading.Barrier(8)

    def everything() -> int:
        begin.wait()
        return sum(take(database, row) for row in seen)

    with ThreadPoolExecutor(8) as threads:
        taken = [threads.submit(everything) for _ in range(8)]
    assert sum(each.result() for each in taken) == 50


def test_looking_costs_the_same_however_much_is_waiting(sqlite):
    def cost() -> float:
        began = time.perf_counter()
        for _ in range(200):
            ready(sqlite, MONDAY)
        return time.perf_counter() - began

    arm(sqlite, "due")
    few = min(cost() for _ in range(5))
    values = [
        {"office_id": "pu", "kind": "draft.1", "subject": f"x{n}", "due_at": MONDAY + HOUR,
         "state": "waiting", "attempts": 0, "note": ""}
        for n in range(100_000)
    ]  # fmt: skip
    sqlite.write(lambda tx: tx.execute(sa.insert(DUE), values))
    assert min(cost() for _ in range(5)) < few * 3


def test_a_muted_kind_is_muted_once_and_for_that_person_only(database, meet):
    meet("1").opens("pu")
    meet("2").opens("pu")
    for _ in range(2):
        database.write(lambda tx: due.mute(tx, "pu", 1, "draft", MONDAY))

    def muted(person: int, kind: str) -> bool:
        return database.read(lambda tx: due.muted(tx, person, kind))

    assert muted(1, "draft")
    assert not muted(1, "ready")
    assert not muted(2, "draft")
