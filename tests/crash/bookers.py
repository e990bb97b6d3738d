"""Many processes that book the same starts at the same moment, as the program does it.

Each is a process of its own with its own database connection; they wait for each other before
every round.  `python -m` is not needed: `multiprocessing` starts them from a lean server.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from storage import appointments
from storage.db import Database, Tx, is_outage
from talk import MONDAY

LEAN = multiprocessing.get_context("forkserver")
LEAN.set_forkserver_preload(["storage.appointments", "storage.db", "talk"])
Booked = tuple[int, int, int]
"""What a process believes: (number of the start, ticket, row)."""


def start_at(number: int) -> datetime:
    """One of the starts that everybody wants."""
    return MONDAY + timedelta(days=1, minutes=15 * number)


@contextmanager
def processes(url: str, workers: int) -> Iterator[list[Connection]]:
    """So many processes, ready to book; they end with the block."""
    lines, running = [], []
    barrier = LEAN.Barrier(workers)
    for number in range(workers):
        ours, theirs = LEAN.Pipe()
        process = LEAN.Process(target=_serve, args=(url, theirs, barrier, number), daemon=True)
        process.start()
        theirs.close()
        lines.append(ours)
        running.append(process)
    try:
        yield lines
    finally:
        for line in lines:
            line.close()
        for process in running:
            process.join(30)
            process.kill()


def race(
    lines: Sequence[Connection], tickets: Sequence[Sequence[int]], seats: int, name: str
) -> list[Booked]:
    """One round: every process tries to book every start; what they believe to have.

    tickets  of each process, one for each start
    """
    for line, mine in zip(lines, tickets, strict=True):
        line.send((list(mine), seats, name))
    return [booked for line in lines for booked in line.recv()]


def _serve(url: str, line: Connection, barrier: Any, worker: int) -> None:
    with closing(Database(url)) as database:
        database.read(lambda tx: None)
        while True:
            try:
                tickets, seats, name = line.recv()
            except EOFError:
                return
            barrier.wait()
            line.send(list(_book(database, tickets, seats, f"{name}-{worker}")))


def _book(database: Database, tickets: Sequence[int], seats: int, name: str) -> Iterator[Booked]:
    for number, ticket in enumerate(tickets):
        row = _patiently(database, partial(_one, number, ticket, seats, f"{name}-{number}"))
        if row is not None:
            yield number, ticket, row


def _one(number: int, ticket: int, seats: int, token: str, tx: Tx) -> int | None:
    return appointments.book(
        tx, office_id="pu", ticket_id=ticket, person_id=1, start_at=start_at(number),
        seats=range(1, seats + 1), token=token, now=MONDAY,
    )  # fmt: skip


def _patiently(database: Database, work: Any) -> int | None:
    """Among so many SQLite may ask somebody to come again."""
    while True:
        try:
            booked: int | None = database.write(work)
        except Exception as error:
            if not is_outage(error):
                raise
        else:
            return booked
