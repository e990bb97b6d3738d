"""Updates come twice, senders die, the clock runs: each update has its effect once, in order.

What people wrote is played again, calmly and once each, on a second database at the end: the
two must agree on every chat and every message.
"""

import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import talk
from flows.model import Opened, Said, Tapped
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.offices import House
from storage import outbox, schema
from storage.db import Database, Outcome, Tx, Work
from storage.tables import CONVERSATIONS, INBOX, OUTBOX
from talk import MONDAY

LEASE = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=5)
PATIENCE = 60
CHATS = (("telegram", "1"), ("telegram", "2"), ("whatsapp", "1"))
CHANNELS = ("telegram", "whatsapp")
SENDERS = ("one", "two")
WORDS = (
    "halo", "menu", "ya", "1", "2", "batal", "status", "petugas", "3302271708900003",
    "Yuni Astuti", "Jalan Kenanga 12", "kembali", "👍🏽",
)  # fmt: skip


class Crash(Exception):
    """The process was cut off before the commit."""


@cache
def house() -> House:
    return talk.house()


@cache
def template() -> bytes:
    """A database file with all tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loket.db"
        database = Database(f"sqlite:///{path}")
        schema.upgrade(database)
        database.close()
        return path.read_bytes()


def together(database: Database, works: Sequence[Work[Any]]) -> list[Outcome]:
    """Hand over several works as one batch."""
    finished = threading.Event()
    outcomes: list[Outcome] = []

    def done(results: Sequence[Outcome]) -> None:
        outcomes.extend(results)
        finished.set()

    database.submit(works, done)
    assert finished.wait(PATIENCE)
    return outcomes


def receiving(inbound: Inbound, now: datetime, crashes: bool = False) -> Work[bool]:
    def work(tx: Tx) -> bool:
        taken = receive(tx, house(), inbound, now)
        if crashes:
            raise Crash
        return taken

    return work


def said(database: Database) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """Where each chat stands and all that was promised to it."""
    rows = database.read(lambda tx: list(tx.execute(sa.select(CONVERSATIONS))))
    sessions = {(row.channel, row.address): row.session for row in rows}
    promised: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in messages(database):
        promised[row.channel, row.address].append(row.payload)
    chats = sessions.keys() | promised.keys()
    return {chat: (sessions.get(chat, ""), promised[chat]) for chat in chats}


def messages(database: Database) -> list[Any]:
    """The outbox, by id."""
    return database.read(lambda tx: list(tx.execute(sa.select(OUTBOX).order_by(OUTBOX.c.id))))


class Post(RuleBasedStateMachine):
    """Three chats, two senders, one database file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="loket-machine-"))
        self.database = self.opened("loket.db")
        self.now = MONDAY
        self.number = 0
        self.accepted: list[tuple[Inbound, datetime]] = []
        self.lost: list[Inbound] = []
        self.held: dict[str, list[Any]] = {sender: [] for sender in SENDERS}
        self.leases: dict[int, datetime] = {}
        """Rows that are out, with the end of their lease: held, or forgotten by a crash."""
        self.delivered: list[Any] = []

    def opened(self, name: str) -> Database:
        (self.folder / name).write_bytes(template())
        return Database(f"sqlite:///{self.folder / name}")

    # --- updates come in ---------------------------------------------------------------

    def deliver(self, inbound: Inbound, crashes: Sequence[bool]) -> None:
        """One update, as often as there are `crashes`; the first to get through counts."""
        expected: list[bool | None] = []
        new = not any(inbound is known for known, _ in self.accepted)
        for crash in crashes:
            expected.append(None if crash else new)
            new = new and crash
        works = [receiving(inbound, self.now, crash) for crash in crashes]
        outcomes = together(self.database, works)
        assert [outcome.value for outcome in outcomes] == expected
        assert all(
            outcome.error is None or isinstance(outcome.error, Crash) for outcome in outcomes
        )
        if True in expected:
            self.accepted.append((inbound, self.now))
        elif new:
            self.lost.append(inbound)

    def arrival(self, chat: tuple[str, str], event: Any, tap: str = "") -> Inbound:
        self.number += 1
        channel, address = chat
        return Inbound(
            channel, f"{address}-{self.number}", address, event, raw="{}",
            message_id=str(self.number), tap=tap,
        )  # fmt: skip

    @rule(
        chat=st.sampled_from(CHATS),
        event=st.sampled_from([*map(Said, WORDS), Opened("pu-domisili"), Opened("")]),
        crashes=st.lists(st.booleans(), min_size=1, max_size=4),
    )
    def somebody_writes(self, chat: tuple[str, str], event: Any, crashes: list[bool]) -> None:
        self.deliver(self.arrival(chat, event), crashes)

    @rule(
        chat=st.sampled_from(CHATS),
        which=st.integers(0, 9),
        crashes=st.lists(st.booleans(), min_size=1, max_size=4),
    )
    def somebody_taps(self, chat: tuple[str, str], which: int, crashes: list[bool]) -> None:
        tokens = [
            choice.token
            for row in messages(self.database)
            if (row.channel, row.address) == chat
            for choice in Message.of(row.payload).choices
        ]
        token = tokens[-1 - which % len(tokens)] if tokens else "nonsense"
        self.deliver(self.arrival(chat, Tapped(token), tap=f"tap-{self.number}"), crashes)

    @precondition(lambda self: self.accepted)
    @rule(which=st.integers(0, 50), crashes=st.lists(st.booleans(), min_size=1, max_size=2))
    def the_platform_repeats_itself(self, which: int, crashes: list[bool]) -> None:
        inbound, _ = self.accepted[which % len(self.accepted)]
        self.deliver(inbound, crashes)

    @precondition(lambda self: self.lost)
    @rule(which=st.integers(0, 50))
    def the_platform_delivers_what_was_lost(self, which: int) -> None:
        self.deliver(self.lost.pop(which % len(self.lost)), [False])

    # --- messages go out ---------------------------------------------------------------

    @rule(
        sender=st.sampled_from(SENDERS),
        most=st.integers(1, 6),
        channel=st.sampled_from(CHANNELS),
    )
    def claim(self, sender: str, most: int, channel: str) -> None:
        rows = self.database.write(lambda tx: outbox.claim(tx, channel, self.now, most, LEASE))
        assert len(rows) <= most
        out = {row.id for row in rows}
        assert len(out) == len(rows)
        assert not out & self.leases.keys(), "claimed by two at once"
        busy = {(r.channel, r.address) for r in messages(self.database) if r.id in self.leases}
        assert not busy & {(row.channel, row.address) for row in rows}, "overtaken in its chat"
        self.leases |= dict.fromkeys(out, self.now + LEASE)
        self.held[sender] += rows

    def heads(self, sender: str) -> list[Any]:
        """The first row of each chat that this sender holds."""
        first: dict[tuple[str, str], Any] = {}
        for row in self.held[sender]:
            first.setdefault((row.channel, row.address), row)
        return list(first.values())

    def settle(self, sender: str, row: Any, state: str, due_at: datetime | None = None) -> None:
        self.database.write(
            lambda tx: outbox.settle(
                tx, row.id, state, self.now, attempts=row.attempts + 1, due_at=due_at
            )
        )
        self.held[sender].remove(row)
        del self.leases[row.id]

    @precondition(lambda self: any(self.held.values()))
    @rule(
        which=st.integers(0, 9),
        end=st.sampled_from(["sent", "sent", "failed", "later", "cut"]),
        wait=st.integers(0, 120),
    )
    def try_to_send(self, which: int, end: str, wait: int) -> None:
        """The next message of a chat; "cut": the platform has it, but we never write it down."""
        tries = [(sender, row) for sender in SENDERS for row in self.heads(sender)]
        sender, row = tries[which % len(tries)]
        if end in ("sent", "cut"):
            self.delivered.append(row)
        if end in ("sent", "failed"):
            self.settle(sender, row, end)
        elif end == "later":
            chat = (row.channel, row.address)
            due = self.now + timedelta(seconds=wait)
            for each in [r for r in self.held[sender] if (r.channel, r.address) == chat]:
                self.settle(sender, each, "pending", due)
        else:
            self.held[sender].clear()

    @rule(sender=st.sampled_from(SENDERS))
    def a_sender_dies(self, sender: str) -> None:
        self.held[sender].clear()

    @rule()
    def release(self) -> None:
        over = {row_id for row_id, until in self.leases.items() if until <= self.now}
        assert self.database.write(lambda tx: outbox.release(tx, self.now)) == len(over)
        self.give_back(over)

    @rule()
    def start_anew(self) -> None:
        assert self.database.write(outbox.recover) == len(self.leases)
        self.give_back(set(self.leases))

    def give_back(self, ids: set[int]) -> None:
        """A sender that outlives its lease counts as dead: leases are longer than any send."""
        for sender in SENDERS:
            if any(row.id in ids for row in self.held[sender]):
                self.held[sender].clear()
        for row_id in ids:
            del self.leases[row_id]

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    # --- what always holds --------------------------------------------------------------

    @invariant()
    def every_accepted_update_is_kept_once(self) -> None:
        rows = self.database.read(lambda tx: list(tx.execute(sa.select(INBOX))))
        assert sorted((row.channel, row.external_id) for row in rows) == sorted(
            (inbound.channel, inbound.external_id) for inbound, _ in self.accepted
        )

    @invariant()
    def exactly_what_is_out_is_claimed(self) -> None:
        claimed = {row.id: row for row in messages(self.database) if row.state == "claimed"}
        assert {row.id: row.lease_until for row in claimed.values()} == self.leases
        held = [row.id for rows in self.held.values() for row in rows]
        assert len(held) == len(set(held))
        assert set(held) <= claimed.keys()

    @invariant()
    def first_deliveries_are_in_order(self) -> None:
        for chat, rows in self.by_chat(self.delivered).items():
            first = list(dict.fromkeys(row.id for row in rows))
            assert first == sorted(first), chat

    def by_chat(self, rows: Sequence[Any]) -> dict[tuple[str, str, int], list[Any]]:
        """Within one priority: a reply may overtake an alert to the same chat."""
        chats: dict[tuple[str, str, int], list[Any]] = defaultdict(list)
        for row in rows:
            chats[row.channel, row.address, row.priority].append(row)
        return chats

    # --- the end ------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self.drain()
            self.everything_arrived()
            self.calm_replay_agrees()
        finally:
            self.database.close()
            shutil.rmtree(self.folder)

    def drain(self) -> None:
        """All is well at last: what was lost comes again, and everything goes out."""
        while self.lost:
            self.deliver(self.lost.pop(0), [False])
        self.start_anew()
        last = self.now + LONGEST_WAIT
        while pending := [row for row in messages(self.database) if row.state == "pending"]:
            self.now = max(self.now, min(row.due_at for row in pending))
            for channel in CHANNELS:
                self.claim("one", 50, channel)
            if not self.held["one"]:  # due, but behind a message of its chat that waits
                self.now += timedelta(seconds=1)
                assert self.now < last, "something is due, but nobody may take it"
                continue
            last = self.now + LONGEST_WAIT
            for row in list(self.held["one"]):
                self.delivered.append(row)
                self.settle("one", row, "sent")

    def everything_arrived(self) -> None:
        rows = messages(self.database)
        assert {row.state for row in rows} <= {"sent", "failed"}
        arrived = {row.id for row in self.delivered}
        assert {row.id for row in rows if row.state == "sent"} <= arrived
        self.every_accepted_update_is_kept_once()
        self.first_deliveries_are_in_order()

    def calm_replay_agrees(self) -> None:
        calm = self.opened("calm.db")
        try:
            together(calm, [receiving(inbound, at) for inbound, at in self.accepted])
            assert said(self.database) == said(calm)
        finally:
            calm.close()


TestPost = Post.TestCase
TestPost.settings = settings(max_examples=150, stateful_step_count=40)
