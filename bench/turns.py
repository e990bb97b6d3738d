"""(a) Loket's turn: the real handlers on SQLite with synchronous=FULL, in groups.

Batches go to the gateway as bot/gate.py hands them over: the next one when the one before is
committed.  Updates are read beforehand and replies stay in the outbox: what is measured is
dedupe, conversation, wording and storage.
"""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from bench import machine
from bench.common import (
    FIRST_UPDATE,
    NOW,
    Part,
    Size,
    check,
    crowd,
    house,
    median,
    open_database,
    spread,
    updates,
)
from bench.shares import shares, timed
from bot.channels import telegram
from handlers.inbound import Inbound, receive
from handlers.offices import House
from storage.db import Database, Outcome

GROUPS = (1, 8, 32, 64)
GROUP = 32
"""The group for the comparisons: what gathers while the one before is being committed."""


def run(size: Size) -> Part:
    """Turns a second for each size of group, and where the time goes."""
    the_house = house()
    rates: dict[int, list[float]] = {group: [] for group in GROUPS}
    for _ in range(size.rounds):
        for group in GROUPS:
            chats = size.chats if group > 1 else size.chats // 4
            rates[group].append(loket(the_house, chats, group))
    with timed() as spent:
        rate = loket(the_house, size.chats, GROUP)
    seconds = size.chats * 6 / rate
    part = Part({f"group {group}": median(rates[group]) for group in GROUPS})
    part.table(("turns in one commit", "turns/s"), *((g, spread(rates[g])) for g in GROUPS))
    part.lines.append(f"Where the time goes, in groups of {GROUP}, in one more round with timers:")
    part.table(
        ("part", "share", "µs a turn"),
        *(
            (name, f"{share:.0%}", f"{share * 1e6 / rate:.0f}")
            for name, share in shares(spent, seconds).items()
        ),
    )
    return part


def loket(the_house: House, chats: int, group: int) -> float:
    """Turns a second of one round on a new database."""
    people = crowd(chats)
    given = read(people)
    with machine.folder() as folder:
        database = open_database(folder)
        try:
            took = drive(database, the_house, given, group)
            database.read(partial(check, people=people))
        finally:
            database.close()
    return len(given) / took


def read(people: Sequence[int], first_update: int = FIRST_UPDATE) -> list[Inbound]:
    """The conversations as the channel reads them."""
    found = [telegram.read(raw) for raw in updates(people, first_update)]
    return [each for each in found if isinstance(each, Inbound)]


def drive(database: Database, the_house: House, given: Sequence[Inbound], group: int) -> float:
    """Hand over all in groups of that size; the seconds it took."""
    works = [
        partial(receive, house=the_house, inbound=each, now=NOW + timedelta(milliseconds=number))
        for number, each in enumerate(given)
    ]
    ready = threading.Event()
    outcomes: list[Outcome] = []

    def done(finished: Sequence[Outcome]) -> None:
        outcomes.extend(finished)
        ready.set()

    started = time.perf_counter()
    for start in range(0, len(works), group):
        ready.clear()
        database.submit(works[start : start + group], done)
        ready.wait()
    took = time.perf_counter() - started
    assert all(outcome.result() for outcome in outcomes), "an update was taken for a repetition"
    assert len(outcomes) == len(given)
    return took
