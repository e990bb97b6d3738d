"""Many processes book the same starts, round after round: never more at a start than seats.

In the whole suite a few do it a few times.  `LOKET_DRILL=full` makes it 64 processes, 200 starts
and 20 rounds: 256,000 attempts, four minutes on SQLite on two busy cores.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa

from crash.bookers import Booked, processes, race, start_at
from storage import tickets
from storage.db import Database, Tx
from storage.tables import APPOINTMENTS, TICKETS

FULL = os.environ.get("LOKET_DRILL") == "full"
SEATS = 2


@dataclass(frozen=True, slots=True)
class Drill:
    workers: int
    starts: int
    rounds: int

    @property
    def attempts(self) -> int:
        return self.workers * self.starts * self.rounds


DRILL = Drill(64, 200, 20) if FULL else Drill(8, 15, 3)


def people(database: Database, drill: Drill) -> list[list[int]]:
    """A ticket for each start of each process."""
    values = {
        "kelurahan": "",
        "office_id": "pu", "service": "ktp_ganti", "status": "ready", "person_id": 1,
        "conversation_id": 1, "channel": "telegram", "answers": {}, "warnings": [],
        "officer": "", "promise_at": start_at(0), "created_at": start_at(0),
        "updated_at": start_at(0),
    }  # fmt: skip

    def work(tx: Tx) -> list[list[int]]:
        tickets.create(tx, {**values, "number": "first"})
        rows = [{**values, "number": f"T{n}"} for n in range(drill.workers * drill.starts)]
        tx.execute(TICKETS.insert(), rows)
        wanted = sa.select(TICKETS.c.id).where(TICKETS.c.number != "first").order_by(TICKETS.c.id)
        ids = list(tx.execute(wanted).scalars())
        return [ids[n * drill.starts : (n + 1) * drill.starts] for n in range(drill.workers)]

    return database.write(work)


def book(
    database: Database, url: str, drill: Drill, everybody: Sequence[Sequence[int]]
) -> tuple[list[int], list[list[Booked]]]:
    """Run the drill; how many starts of each round have too many, and what was believed."""
    beyond, believed = [], []
    with processes(url, drill.workers) as lines:
        for number in range(drill.rounds):
            found = race(lines, everybody, SEATS, str(number))
            rows = database.read(_booked)
            assert sorted((row.ticket_id, row.id) for row in rows) == sorted(
                (ticket, row) for _, ticket, row in found
            ), "somebody was told something else than what is kept"
            taken = Counter(row.start_at for row in rows)
            beyond.append(sum(amount > SEATS for amount in taken.values()))
            assert all(taken[start_at(n)] >= SEATS for n in range(drill.starts)), "all were wanted"
            believed.append(found)
            database.write(_give_up)
    return beyond, believed


def _booked(tx: Tx) -> list[Any]:
    return list(tx.execute(sa.select(APPOINTMENTS).where(APPOINTMENTS.c.state == "booked")))


def _give_up(tx: Tx) -> None:
    tx.execute(sa.update(APPOINTMENTS).values(state="cancelled"))


@pytest.mark.timeout(3600)
def test_no_start_is_booked_beyond_its_seats(database, url, meet, capsys):
    meet().opens("pu")
    everybody = people(database, DRILL)
    began = monotonic()
    beyond, believed = book(database, url, DRILL, everybody)
    seconds = monotonic() - began
    assert beyond == [0] * DRILL.rounds
    assert [len(found) for found in believed] == [DRILL.starts * SEATS] * DRILL.rounds
    with capsys.disabled():
        print(
            f"\n{DRILL}: {DRILL.attempts} attempts, {sum(map(len, believed))} booked,"
            f" 0 beyond, {seconds:.0f} s"
        )


def test_without_the_constraint_it_fails(database, url, meet):
    """The control, at its small size: the drill can see what it looks for."""
    meet().opens("pu")
    database.write(lambda tx: tx.cursor.execute("DROP INDEX appointments_seat"))
    small = Drill(8, 15, 2)
    beyond, _ = book(database, url, small, people(database, small))
    assert all(beyond)
