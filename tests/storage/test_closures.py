"""Closed hours: kept per office, over when they are over, undone once."""

from datetime import timedelta

from storage import closures
from talk import MONDAY

HOUR = timedelta(hours=1)


def close(database, begins=MONDAY, ends=MONDAY + HOUR, office="pu", place="") -> int:
    return database.write(
        lambda tx: closures.close(tx, office, place, begins, ends, "Rapat", "sari", MONDAY)
    )


def ahead(database, since=MONDAY, office="pu") -> list[int]:
    return [row.id for row in database.read(lambda tx: closures.ahead(tx, office, since))]


def test_closures_are_found_while_they_last_soonest_first(database):
    later = close(database, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
    first = close(database)
    assert ahead(database) == [first, later]
    assert ahead(database, MONDAY + HOUR) == [later]
    assert ahead(database, MONDAY + 3 * HOUR) == []
    assert ahead(database, office="ma") == []


def test_a_closure_is_undone_once(database):
    closed = close(database)
    assert database.write(lambda tx: closures.lift(tx, closed, MONDAY))
    assert not database.write(lambda tx: closures.lift(tx, closed, MONDAY + HOUR))
    assert ahead(database) == []
    row = database.read(lambda tx: closures.get(tx, closed))
    assert (row.lifted_at, row.reason, row.by) == (MONDAY, "Rapat", "sari")
