"""kill -9, again and again, while people apply: nothing is lost, order is kept.

Every life of the program ends by SIGKILL, at a random moment or at a named fault point.
Citizens talk to a Telegram that goes on living, and to the web chat's rows in between.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import pytest

from fakes.telegram import FakeTelegram, FakeUser
from handlers.message import Message
from pictures import card, jpeg
from running import Running
from storage.db import Database
from storage.faults import POINTS
from storage.files import Keys, Vault
from storage.outbox import undelivered
from storage.tables import ATTACHMENTS, INBOX, OUTBOX, TICKETS

LIVES = int(os.environ.get("LOKET_TEST_LIVES", "200"))
CITIZENS = 8
PATIENCE = 120.0


class Nursery:
    """The program's lives, one after another."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log.open("a")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._line() == "ready"

    def live(self, fault: str, seconds: float) -> None:
        """One life: until the fault point kills it, or at the latest after `seconds`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{fault}\n")
        self._process.stdin.flush()
        child = int(self._line())
        timer = threading.Timer(seconds, self._kill, [child])
        timer.start()
        assert self._line() == "ended"
        timer.cancel()

    def start(self) -> int:
        """A life that is not ended from here; returns its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._line())

    def close(self, child: int) -> None:
        os.kill(child, signal.SIGTERM)
        assert self._line() == "ended"
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._log.close()

    def _kill(self, child: int) -> None:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _line(self) -> str:
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            assert line, "the nursery died"
            if line.strip() == "ended" or line.strip() == "ready" or line.strip().isdigit():
                return line.strip()


class Applicant(threading.Thread):
    """Applies for a domicile letter again and again until told to stop."""

    def __init__(self, user: FakeUser, photos: list[bytes], enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.user = user
        self.photos = cycle(photos)
        self.enough = enough
        self.names: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self._apply(f"Budi {chr(65 + len(self.names) % 26)}{len(self.names) // 26 * 'a'}")
        except BaseException as error:
            self.error = error

    def _apply(self, name: str) -> None:
        user, wait = self.user, self._waits
        user.start("pu-ktp_ganti")
        wait("KTP-nya kenapa")
        user.taps("1 KTP hilang")
        wait("milik siapa")
        user.taps("1 Saya sendiri")
        wait("Mulai sekarang")
        user.taps("1 Ya, mulai")
        if not self.names:
            wait("Setuju")
            user.taps("1 Setuju")
        wait("Tulis NIK")
        user.says("3302271708900003")
        wait("nama lengkap")
        user.says(name)
        wait("nomor KK")
        user.says("3302270101150007")
        wait("kelurahan mana")
        user.says("grendeng")
        wait("foto surat kehilangan")
        user.sends_photo(next(self.photos))
        wait("Kirim foto Kartu Keluarga")
        user.sends_photo(next(self.photos))
        wait("Sudah benar")
        user.taps("1 Ya, kirim")
        wait("Nomor: PU-")
        self.names.append(name)

    def _waits(self, words: str) -> None:
        self.user.waits_for(lambda message: words in message.text, timeout=PATIENCE)


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> "Aftermath":
    """Two hundred violent deaths, then one quiet life in which everything settles."""
    folder = tmp_path_factory.mktemp("crash")
    dice = random.Random(20261122)
    photos = [jpeg(card(seed=seed)) for seed in range(2)]
    with FakeTelegram(limits=False, callback_life=3600) as fake:
        plan = Running(folder, LOKET_TELEGRAM__TOKEN=fake.token, LOKET_TELEGRAM__API_URL=fake.url)
        nursery = Nursery(plan.environment, plan.printed)
        enough = threading.Event()
        citizens = [
            Applicant(fake.user(f"Warga {number}"), photos, enough) for number in range(CITIZENS)
        ]
        for citizen in citizens:
            citizen.start()
        points = cycle(POINTS)
        for life in range(LIVES):
            fault = f"{next(points)}:{dice.randint(1, 6)}" if life % 2 else ""
            nursery.live(fault, dice.uniform(0.4, 1.1))
        enough.set()
        child = nursery.start()
        for citizen in citizens:
            citizen.join(timeout=PATIENCE)
        _settled(plan)
        nursery.close(child)
        return Aftermath(plan, fake, citizens)


def _settled(plan: Running) -> None:
    database = Database(plan.environment["LOKET_DATABASE__URL"])
    try:
        deadline = time.monotonic() + PATIENCE
        open_rows = OUTBOX.select().where(OUTBOX.c.state.in_(("pending", "claimed")))
        while database.read(lambda tx: tx.execute(open_rows).first()):
            assert time.monotonic() < deadline, "messages were still on their way"
            time.sleep(0.2)
    finally:
        database.close()


class Aftermath:
    """What is left: rows, files, and what people saw."""

    def __init__(self, plan: Running, fake: FakeTelegram, citizens: list[Applicant]) -> None:
        self.plan = plan
        self.citizens = citizens
        database = Database(plan.environment["LOKET_DATABASE__URL"])

        def rows(table: object) -> list[object]:
            return database.read(lambda tx: list(tx.execute(table.select())))  # type: ignore

        self.tickets = rows(TICKETS)
        self.outbox = rows(OUTBOX)
        self.inbox = rows(INBOX)
        self.attachments = rows(ATTACHMENTS)
        self.undelivered = database.read(lambda tx: undelivered(tx, "pu"))
        self.updates = list(fake.updates_sent)
        self.seen = {str(c.user.id): [m.text for m in c.user.messages] for c in citizens}
        database.close()


def test_the_citizens_got_through(aftermath: Aftermath) -> None:
    for citizen in aftermath.citizens:
        assert citizen.error is None, citizen.error
        assert citizen.names, "a citizen never got a ticket"


def test_every_request_became_exactly_one_ticket(aftermath: Aftermath) -> None:
    promised = Counter(name for citizen in aftermath.citizens for name in citizen.names)
    kept = Counter(ticket.answers["name"] for ticket in aftermath.tickets)
    assert kept == promised


def test_ticket_numbers_have_no_gap_and_no_double(aftermath: Aftermath) -> None:
    numbers = sorted(int(ticket.number.split("-")[2]) for ticket in aftermath.tickets)
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_acknowledged_update_was_taken_in_once_and_none_was_set_aside(
    aftermath: Aftermath,
) -> None:
    sent = {str(update["update_id"]) for update in aftermath.updates}
    taken = [row.external_id for row in aftermath.inbox]
    assert Counter(taken).most_common(1)[0][1] == 1
    assert sent == set(taken)
    assert {row.state for row in aftermath.inbox} == {"done"}


def test_every_promised_message_arrived_at_least_once(aftermath: Aftermath) -> None:
    assert not aftermath.undelivered
    for row in aftermath.outbox:
        assert row.state == "sent"
        text = Message.of(row.payload).text
        if text:
            assert text in aftermath.seen[row.address]


def test_duplicates_come_only_from_the_send_window(aftermath: Aftermath) -> None:
    promised: Counter[tuple[str, str]] = Counter()
    for row in aftermath.outbox:
        if text := Message.of(row.payload).text:
            promised[row.address, text] += 1
    seen = Counter((chat, text) for chat, texts in aftermath.seen.items() for text in texts)
    doubled = sum((seen - promised).values())
    assert doubled <= LIVES * CITIZENS, "at most what was in flight at each death"
    assert doubled < sum(seen.values()) / 4


def test_messages_came_in_the_order_in_which_they_were_promised(aftermath: Aftermath) -> None:
    for chat, texts in aftermath.seen.items():
        promised = [
            text
            for row in sorted(aftermath.outbox, key=lambda row: row.id)
            if row.address == chat and (text := Message.of(row.payload).text)
        ]
        position = -1
        for text in texts:
            repeated = position >= 0 and promised[position] == text
            if position + 1 < len(promised) and promised[position + 1] == text:
                position += 1
            else:
                assert repeated, f"out of order: {text!r}"
        assert position == len(promised) - 1


def test_every_accepted_file_opens_and_matches_its_hash(aftermath: Aftermath) -> None:
    environment = aftermath.plan.environment
    vault = Vault(
        Path(environment["LOKET_FILES__PATH"]), Keys.from_text(environment["LOKET_FILES__KEY"])
    )
    from hashlib import sha256

    linked = {
        file
        for ticket in aftermath.tickets
        for answer in ticket.answers.values()
        if isinstance(answer, list)
        for file in answer
    }
    stored = {row.id: row for row in aftermath.attachments if row.state == "stored"}
    assert linked <= set(stored)
    for file in linked:
        data = vault.get(file, stored[file].office_id)
        assert sha256(data).hexdigest() == stored[file].sha256
    assert all(stored[file].ticket_id for file in linked)


def test_the_program_said_nothing_personal_in_its_log(aftermath: Aftermath) -> None:
    printed = aftermath.plan.printed.read_text()
    assert "3302271708900003" not in printed
    assert aftermath.plan.environment["LOKET_TELEGRAM__TOKEN"] not in printed
    assert not re.search(r"Traceback", printed), printed[-3000:]
