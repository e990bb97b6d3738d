"""Appointments: never more at one start than there are seats, whoever books at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import appointments, tickets
from storage.db import Database
from storage.tables import APPOINTMENTS
from talk import MONDAY, rows

START = MONDAY + timedelta(days=1)
CROWD = 16
PROCESSES = 4
"""Databases opened beside each other, as several processes have them."""


@pytest.fixture
def crowd(database, meet) -> list[int]:
    """The tickets of many people that are all ready."""
    meet().opens("pu")
    values = {
        "office_id": "pu", "service": "ktp_ganti", "status": "ready", "person_id": 1,
        "conversation_id": 1, "channel": "telegram", "answers": {}, "warnings": [], "officer": "",
        "promise_at": MONDAY, "created_at": MONDAY, "updated_at": MONDAY, "kelurahan": "",
    }  # fmt: skip
    return [
        database.write(lambda tx, n=n: tickets.create(tx, {**values, "number": f"T{n}"}))
        for n in range(CROWD)
    ]


def book(database: Database, ticket: int, start=START, seats=2, place="") -> int | None:
    return database.write(
        lambda tx: appointments.book(
            tx, office_id="pu", ticket_id=ticket, person_id=1, start_at=start, place=place,
            seats=range(1, seats + 1), token=f"{ticket}-{start}", now=MONDAY,
        )
    )  # fmt: skip


def all_at_once(url: str, crowd: list[int], seats: int) -> list[int]:
    """Everybody books the same start; returns the appointments that were made."""
    begin = threading.Barrier(len(crowd))
    opened = [Database(url) for _ in range(PROCESSES)]

    def one(at: int) -> int | None:
        begin.wait()
        return book(opened[at % PROCESSES], crowd[at], seats=seats)

    try:
        with ThreadPoolExecutor(len(crowd)) as threads:
            made = list(threads.map(one, range(len(crowd))))
    finally:
        for each in opened:
            with closing(each):
                pass
    return [each for each in made if each is not None]


@pytest.mark.parametrize("seats", [1, 3])
def test_of_a_crowd_that_books_the_last_seats_exactly_as_many_succeed(database, url, crowd, seats):
    made = all_at_once(url, crowd, seats)
    assert len(made) == seats
    booked = rows(database, APPOINTMENTS)
    assert sorted(row.seat for row in booked) == [*range(1, seats + 1)]
    assert database.read(lambda tx: appointments.taken(tx, "pu", MONDAY)) == {
        ("", START): set(range(1, seats + 1))
    }


def test_it_is_the_constraint_that_keeps_the_promise(database, url, crowd):
    """The control: without it the same crowd is booked beyond the seats."""
    database.write(lambda tx: tx.cursor.execute("DROP INDEX appointments_seat"))
    assert len(all_at_once(url, crowd, 3)) > 3


def test_a_ticket_has_one_appointment_at_a_time(database, crowd):
    assert book(database, crowd[0])
    assert book(database, crowd[0], START + timedelta(hours=1), seats=9) is None
    first = database.read(lambda tx: appointments.of_ticket(tx, crowd[0]))
    assert first.start_at == START


def test_every_place_has_seats_of_its_own(database, crowd):
    assert book(database, crowd[0], seats=1)
    assert book(database, crowd[1], seats=1) is None
    assert book(database, crowd[1], seats=1, place="Balai RW 4")
    assert book(database, crowd[2], seats=1, place="Balai RW 4") is None


def test_who_is_displaced_frees_the_seat_once_and_is_found_by_the_closure(database, crowd):
    first = book(database, crowd[0], seats=1)
    assert database.write(lambda tx: appointments.displace(tx, first, "Listrik padam.", MONDAY, 7))
    assert not database.write(lambda tx: appointments.displace(tx, first, "x", MONDAY))
    (row,) = database.read(lambda tx: appointments.displaced_by(tx, 7))
    assert (row.number, row.reason) == ("T0", "Listrik padam.")
    assert database.read(lambda tx: appointments.displaced_by(tx, 0)) == []
    assert book(database, crowd[1], seats=1)


@pytest.mark.parametrize("state", ["moved", "cancelled", "done", "missed"])
def test_a_seat_that_was_given_up_can_be_taken_again(database, crowd, state):
    first = book(database, crowd[0], seats=1)
    assert book(database, crowd[1], seats=1) is None
    assert database.write(lambda tx: appointments.settle(tx, first, state, MONDAY))
    assert not database.write(lambda tx: appointments.settle(tx, first, state, MONDAY))
    assert book(database, crowd[1], seats=1)


def test_what_is_taken_is_counted_per_start_and_from_a_time_on(database, crowd):
    later = START + timedelta(hours=1)
    for ticket, start in zip(crowd, (START, START, later), strict=False):
        book(database, ticket, start)
    taken = database.read(lambda tx: appointments.taken(tx, "pu", MONDAY))
    assert taken == {("", START): {1, 2}, ("", later): {1}}
    assert database.read(lambda tx: appointments.taken(tx, "pu", later)) == {("", later): {1}}
    assert database.read(lambda tx: appointments.taken(tx, "ma", MONDAY)) == {}


def test_looking_for_room_reads_an_index_only(database, crowd):
    """However many appointments there have been: past and ended ones are not read."""
    explain = "EXPLAIN QUERY PLAN " if database.sqlite else "EXPLAIN "
    wanted = sa.text(
        f"{explain}SELECT place, start_at, seat FROM appointments WHERE office_id = 'pu'"
        " AND start_at >= '2026-11-23 00:00:00' AND appointments.state = 'booked'"
        " ORDER BY start_at, place, seat"
    )

    def plan(tx) -> str:
        if not database.sqlite:
            tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        return " ".join(str(row) for row in tx.execute(wanted))

    chosen = database.read(plan)
    assert "appointments_seat" in chosen
    assert "office_id=? AND start_at>?" in chosen or not database.sqlite
