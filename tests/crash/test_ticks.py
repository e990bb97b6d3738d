"""kill -9 in the middle of due work, and several ticks at once: everything once, nothing lost.

Each life is a tick some time after the one before; it ends by SIGKILL at a random moment or at
a named point, or in peace.  What one life leaves undone, a later one finds.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crash.due_crowd import gather
from handlers.message import Message
from storage.db import Database
from storage.tables import DUE, OUTBOX, TICKET_EVENTS, TICKETS
from talk import MONDAY, STAFF_CHAT, house, rows

DEATHS = int(os.environ.get("LOKET_TEST_LIVES", "200"))
EACH = max(150, DEATHS * 3 // 4)
"""People of each of the four sorts: enough for every life to have something to do."""
FAULTS = (
    "due.before:1", "due.before:3", "due.before:8", "due.after:1", "due.after:2", "due.after:5",
    "commit.before:2", "commit.before:3", "commit.after:2", "commit.after:3",
)  # fmt: skip
"""The first commit of a tick looks after the overviews; rows that are due come after it."""
CAME = timedelta(days=20)
"""The time within which the people came."""
WIB = ZoneInfo("Asia/Jakarta")
AFTERWARDS = 40
"""Quiet days after the drill, in which everything settles."""


class Ticker:
    """Forks ticks of a database and tells how they ended."""

    def __init__(self, url: str, log: Path) -> None:
        self._log = log.open("a")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("ticker.py")), url],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        assert self._line() == "ready"

    def tick(self, *lives: tuple[datetime, str], seconds: float | None = None) -> list[int]:
        """Tick at once in several processes; the signals that ended them, 0 for a good end.

        Each life is a time and a fault; all are killed after `seconds`, if they are given.
        """
        assert self._process.stdin is not None
        told = [(at.isoformat(), fault) for at, fault in lives]
        self._process.stdin.write(f"{json.dumps(told)}\n")
        self._process.stdin.flush()
        children = json.loads(self._line())
        timer = threading.Timer(seconds or 0, self._kill, children)
        if seconds is not None:
            timer.start()
        ends = [os.waitstatus_to_exitcode(status) for status in json.loads(self._line())]
        timer.cancel()
        assert set(ends) <= {0, -signal.SIGKILL}, Path(self._log.name).read_text()
        return [-end for end in ends]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._log.close()

    def _kill(self, *children: int) -> None:
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, "the ticker died"
        return line


class Aftermath:
    """What is left in the database."""

    def __init__(self, url: str, deaths: int, mornings: Sequence[datetime]) -> None:
        database = Database(url)
        self.deaths = deaths
        self.mornings = mornings
        self.due = rows(database, DUE)
        self.outbox = rows(database, OUTBOX)
        self.events = rows(database, TICKET_EVENTS)
        self.tickets = rows(database, TICKETS)
        database.close()
        self.texts = Counter[tuple[str, str]]()
        for row in self.outbox:
            message = Message.of(row.payload)
            about = message.values.get("number", row.address)
            self.texts[message.template, about] += 1

    def done(self, kind: str) -> Counter[str]:
        """How many rows of this kind were done, by what they are about."""
        return Counter(
            row.subject
            for row in self.due
            if row.kind.partition(".")[0] == kind and row.state == "done"
        )

    def told(self, template: str) -> Counter[str]:
        """How many messages of this kind were promised, by whom or what they are about."""
        return Counter({who: n for (name, who), n in self.texts.items() if name == template})

    def alerts(self, words: str, office: str) -> list[datetime]:
        """When an office's staff were told."""
        return [
            row.created_at
            for row in self.outbox
            if row.address == STAFF_CHAT and row.office_id == office and words in row.payload
        ]


@pytest.fixture(scope="module")
def aftermath(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """Violent deaths, a little later each, then quiet days in which everything settles."""
    folder = tmp_path_factory.mktemp("ticks")
    url = f"sqlite:///{folder}/loket.db"
    (folder / "loket.db").write_bytes(sqlite_template.read_bytes())
    database = Database(url)
    gather(database, house(), EACH, CAME)
    database.close()
    ticker = Ticker(url, folder / "printed.txt")
    dice = random.Random(20261122)
    deaths, now, mornings = 0, MONDAY, []
    while deaths < DEATHS:
        assert now < MONDAY + 2 * CAME, "they hardly ever died"
        now += CAME / DEATHS * dice.uniform(0.5, 1.2)
        if dice.random() < 0.65:
            (end,) = ticker.tick((now, dice.choice(FAULTS)))
        else:
            (end,) = ticker.tick((now, ""), seconds=dice.uniform(0.0, 0.04))
        deaths += end != 0
        mornings += [now] if end == 0 else []
    for _ in range(AFTERWARDS):
        now += timedelta(days=1)
        assert ticker.tick((now.replace(hour=3), "")) == [0]
    ticker.close()
    return Aftermath(url, deaths, mornings)


ENDLESS = {"digest", "sla.again"}
"""Kinds that go on as long as there is an office, or a request that nobody works on."""


def test_it_died_often_enough(aftermath: Aftermath) -> None:
    assert aftermath.deaths >= DEATHS


def test_nothing_is_left_undone_and_nothing_failed(aftermath: Aftermath) -> None:
    left = {row.kind for row in aftermath.due if row.state in ("waiting", "failed")}
    assert left <= ENDLESS
    assert all(row.note for row in aftermath.due if row.state == "dropped")


def test_each_draft_was_remembered_twice(aftermath: Aftermath) -> None:
    assert aftermath.done("draft").total() == 2 * EACH
    told = aftermath.told("remind_draft")
    assert len(told) == EACH
    assert set(told.values()) == {2}


@pytest.mark.parametrize(
    ("kind", "template"), [("correction", "remind_correction"), ("ready", "remind_ready")]
)
def test_each_reminder_about_a_request_was_promised_once(
    aftermath: Aftermath, kind: str, template: str
) -> None:
    assert aftermath.told(template) == aftermath.done(kind)
    armed = [row for row in aftermath.due if row.kind.partition(".")[0] == kind]
    assert len({row.subject for row in armed}) == EACH
    assert {row.note for row in armed if row.state == "dropped"} <= {"overtaken"}


def test_whoever_sent_nothing_was_warned_once_and_closed_once(aftermath: Aftermath) -> None:
    expired = [ticket.id for ticket in aftermath.tickets if ticket.status == "expired"]
    closed = Counter(event.ticket_id for event in aftermath.events if event.move == "expire")
    assert closed == Counter(expired)
    for template in ("remind_expiry", "moved_expired"):
        told = aftermath.told(template)
        assert set(told.values()) == {1}
        assert len(told) == len(expired) >= EACH


def test_each_missed_date_was_told_once(aftermath: Aftermath) -> None:
    """The promise, and every later date that was named instead."""
    missed_dates_told_once(aftermath, EACH)


def missed_dates_told_once(aftermath: Aftermath, tickets: int) -> None:
    delays = [(event.ticket_id, event.at) for event in aftermath.events if event.move == "delay"]
    assert len(set(delays)) == len(delays)
    told = aftermath.told("promise_late")
    assert sorted(told.values()) == sorted(Counter(ticket for ticket, _ in delays).values())
    assert len(told) == tickets


def test_alarms_came_an_hour_apart_at_least(aftermath: Aftermath) -> None:
    alarms = aftermath.alerts("Janji waktu", "ma")
    assert alarms
    apart = [later - sooner for sooner, later in pairwise(alarms)]
    assert min(apart) >= timedelta(hours=1)


def test_each_working_morning_had_one_overview(aftermath: Aftermath) -> None:
    for name, office in house().offices.items():
        days = Counter(at.astimezone(WIB).date() for at in aftermath.alerts("Selamat pagi", name))
        assert set(days.values()) == {1}
        assert all(map(office.calendar.is_working, days))
        lived = (at.astimezone(WIB) for at in aftermath.mornings)
        due = {at.date() for at in lived if 8 <= at.hour < 11 and at.date() > MONDAY.date()}
        assert {day for day in due if office.calendar.is_working(day)} <= days.keys()


# --- several at once --------------------------------------------------------------------


FEW = 40


@pytest.fixture
def together(postgresql_url: str, tmp_path: Path) -> Iterator[tuple[str, Ticker]]:
    database = Database(postgresql_url)
    gather(database, house(), FEW, timedelta(days=4))
    database.close()
    ticker = Ticker(postgresql_url, tmp_path / "printed.txt")
    yield postgresql_url, ticker
    ticker.close()


def test_several_processes_on_one_database_do_each_thing_once(together: Any) -> None:
    url, ticker = together
    days = [MONDAY + timedelta(days=day, hours=1) for day in range(1, 24)]
    for now, dies in zip(days, cycle(FAULTS), strict=False):
        assert ticker.tick((now, ""), (now, ""), (now, dies))[:2] == [0, 0]
    after = Aftermath(url, 0, days)
    assert {row.kind for row in after.due if row.state in ("waiting", "failed")} <= ENDLESS
    assert set(after.told("remind_draft").values()) == {2}
    assert len(after.told("remind_draft")) == FEW
    for kind in ("correction", "ready"):
        assert after.told(f"remind_{kind}") == after.done(kind)
    missed_dates_told_once(after, FEW)
    for template in ("remind_expiry", "moved_expired"):
        assert set(after.told(template).values()) == {1}
        assert len(after.told(template)) == FEW
    alarms = after.alerts("Janji waktu", "ma")
    assert len(alarms) == len(set(alarms)), "an hour apart at least"
    overviews = Counter(at.date() for at in after.alerts("Selamat pagi", "pu"))
    assert set(overviews.values()) == {1}
