"""kill -9, again and again, while people apply: nothing is lost, order is kept.

Every life of the program ends by SIGKILL, at a random moment or at a named fault point.
Citizens talk to a Telegram that goes on living, or to a WhatsApp that calls once.
"""

import os
import random
import re
import threading
from collections import Counter
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from crash.lives import (
    PATIENCE,
    Applicant,
    Lives,
    Platform,
    Telegram,
    Whatsapp,
    in_order,
    waits_until,
)
from handlers.message import Message
from pictures import card, jpeg
from running import Running
from storage.db import Database
from storage.faults import POINTS
from storage.files import Keys, Vault
from storage.outbox import undelivered
from storage.tables import ATTACHMENTS, INBOX, OUTBOX, TICKETS

LIVES = int(os.environ.get("LOKET_TEST_LIVES", "200"))
SHARES = {Telegram: 1, Whatsapp: 4}
"""Of so many lives one is lived with each platform."""
CITIZENS = 8
ELSEWHERE = ("due.", "broadcast.")
"""Points that test_ticks.py and test_broadcast.py kill at; no citizen's talk comes there."""
RECEIPTS = ("queued", "sent", "delivered")


@pytest.fixture(scope="module", params=SHARES, ids=lambda kind: kind.channel)
def aftermath(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Aftermath":
    """Many violent deaths, then a quiet life in which everything settles."""
    folder = tmp_path_factory.mktemp("crash")
    dice = random.Random(20261122)
    photos = [jpeg(card(seed=seed)) for seed in range(2)]
    with request.param() as platform:
        plan = Running(folder, **platform.settings)
        born = Lives(plan.environment, plan.printed, plan.url)
        born.settle()
        platform.opens(plan, born)
        enough = threading.Event()
        citizens = [
            Applicant(platform.person(number), photos, enough) for number in range(CITIZENS)
        ]
        for citizen in citizens:
            citizen.start()
        points = cycle(name for name in POINTS if not name.startswith(ELSEWHERE))
        lives = -(-LIVES // SHARES[request.param])
        for life in range(lives):
            fault = f"{next(points)}:{dice.randint(1, 6)}" if life % 2 else ""
            born.live(fault, dice.uniform(0.6, 1.8))
        enough.set()
        last = born.start()
        for citizen in citizens:
            citizen.join(timeout=PATIENCE)
        open_rows = OUTBOX.select().where(OUTBOX.c.state.in_(("pending", "claimed")))
        waits_until(plan, lambda tx: tx.execute(open_rows).first() is None)
        last.terminate()
        last.wait(PATIENCE)
        platform.closes(plan)
        return Aftermath(plan, platform, citizens, lives)


class Aftermath:
    """What is left: rows, files, and what people saw."""

    def __init__(
        self, plan: Running, platform: Platform, citizens: list[Applicant], lives: int
    ) -> None:
        self.plan = plan
        self.platform = platform
        self.citizens = citizens
        self.lives = lives
        database = Database(plan.environment["LOKET_DATABASE__URL"])

        def rows(table: Any) -> list[Any]:
            return database.read(lambda tx: list(tx.execute(table.select().order_by(table.c.id))))

        self.tickets = rows(TICKETS)
        self.outbox = rows(OUTBOX)
        self.inbox = rows(INBOX)
        self.attachments = rows(ATTACHMENTS)
        self.undelivered = database.read(lambda tx: undelivered(tx, "pu"))
        self.seen = {
            platform.address(citizen.user): [platform.read(m) for m in citizen.user.messages]
            for citizen in citizens
        }
        self.promised: dict[str, list[tuple[str, ...]]] = {address: [] for address in self.seen}
        for row in self.outbox:
            if shown := platform.shown(Message.of(row.payload)):
                self.promised[row.address].append(shown)
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


def test_everything_that_citizens_did_was_taken_in_once_and_none_was_set_aside(
    aftermath: Aftermath,
) -> None:
    taken = [row.external_id for row in aftermath.inbox]
    assert Counter(taken).most_common(1)[0][1] == 1
    assert aftermath.platform.received() == set(taken)
    assert {row.state for row in aftermath.inbox} == {"done"}


def test_what_came_while_the_program_was_down_was_asked_for(aftermath: Aftermath) -> None:
    if isinstance(aftermath.platform, Whatsapp):
        missed = aftermath.platform.missed()
        assert missed <= {row.external_id for row in aftermath.inbox}
        assert missed or aftermath.lives < 10, "the drill was too easy"


def test_every_promised_message_arrived_at_least_once(aftermath: Aftermath) -> None:
    assert not aftermath.undelivered
    assert {row.state for row in aftermath.outbox} == {"sent"}
    for address, promised in aftermath.promised.items():
        texts = {text for shown in promised for text in shown}
        assert texts <= set(aftermath.seen[address])


def test_duplicates_come_only_from_the_send_window(aftermath: Aftermath) -> None:
    promised = Counter(
        (address, text)
        for address, rows in aftermath.promised.items()
        for shown in rows
        for text in shown
    )
    seen = Counter((chat, text) for chat, texts in aftermath.seen.items() for text in texts)
    doubled = sum((seen - promised).values())
    assert doubled <= aftermath.lives * CITIZENS, "at most what was in flight at each death"
    assert doubled < sum(seen.values()) / 4


def test_messages_came_in_the_order_in_which_they_were_promised(aftermath: Aftermath) -> None:
    for address, texts in aftermath.seen.items():
        wrong = in_order(aftermath.promised[address], texts)
        assert not wrong, f"out of order: {wrong!r}"


def test_a_receipt_says_what_became_of_the_message(aftermath: Aftermath) -> None:
    platform = aftermath.platform
    if not isinstance(platform, Whatsapp):
        assert {row.receipt for row in aftermath.outbox} == {""}
        return
    reported: dict[int, str] = {}
    for row, status in platform.acknowledged():
        reported[row] = max(reported.get(row, "queued"), status, key=RECEIPTS.index)
    kept = {message.sid for message in platform.fake.messages}
    for row in aftermath.outbox:
        assert row.external_id in kept
        # what was never reported was asked for
        least = reported.get(row.id, "delivered")
        assert RECEIPTS.index(row.receipt) >= RECEIPTS.index(least), row.id


def test_every_accepted_file_opens_and_matches_its_hash(aftermath: Aftermath) -> None:
    environment = aftermath.plan.environment
    vault = Vault(
        Path(environment["LOKET_FILES__PATH"]), Keys.from_text(environment["LOKET_FILES__KEY"])
    )
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
    assert aftermath.platform.secret not in printed
    assert not re.search(r"Traceback", printed), printed[-3000:]


def test_the_law_of_order_itself() -> None:
    promised = [("a",), ("b", "c"), ("b",)]
    for good in ("abcb", "aabcb", "abbcb", "abcbcb", "abcbb"):
        assert in_order(promised, list(good)) == "", good
    for bad in ("", "abc", "acb", "babcb", "abcab", "abccb", "abcbx"):
        assert in_order(promised, list(bad)), bad
