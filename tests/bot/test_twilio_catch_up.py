"""What Twilio's webhooks did not bring: asked for after a silence, taken in once, in order."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.twilio import ACCOUNT, FakeTwilio
from fakes.twilio_driver import asked
from running import Running
from storage.db import Database
from storage.tables import BOOKMARKS, INBOX, OUTBOX
from twilio_counter import MESSAGES, PUBLIC, Counter, settings

API = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
SOON = {"LOKET_WHATSAPP__CATCH_UP_SECONDS": "1"}


def waits(condition: Callable[[], object], timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def counter_of(fake: FakeTwilio, folder: Path) -> Counter:
    program = Running(folder, **settings(fake), **SOON)
    fake.webhook(program.url + MESSAGES, PUBLIC + MESSAGES)
    return Counter(fake, program)


def test_what_came_before_the_first_start_is_not_answered(tmp_path: Path) -> None:
    with FakeTwilio() as fake:
        user = fake.user("+6281200000031")
        user.says("dari zaman program lama")
        user.says("yang terakhir")
        counter = counter_of(fake, tmp_path)
        fake.waits_until_quiet()
        with counter.program:
            waits(lambda: sum("Messages.json" in r.path for r in fake.requests) >= 6)
            assert counter.rows(INBOX) == []
            assert user.messages == []


def test_what_came_while_the_program_was_down_is_answered_once_and_in_order(
    tmp_path: Path,
) -> None:
    with FakeTwilio() as fake:
        counter = counter_of(fake, tmp_path)
        user, other = fake.user("+6281200000032"), fake.user("+6281200000033")
        with counter.program as program:
            waits(lambda: len(bookmarks(counter)) == 2)
            user.says("mulai pu")
            user.waits_for("Mau urus apa")
            program.kill()
        texts = ["ktp hilang", "menu", "status", "bantuan"]
        sids = [user.says(text) for text in texts]
        sids.append(other.says("halo"))
        fake.waits_until_quiet()
        assert {told.status for told in fake.told[-5:]} == {0}
        fake.deliver_twice = True
        with counter.program:
            other.waits_for("")
            user.waits_for("kapan saja")
            user.says("menu")
            user.waits_for("Mau urus apa")
        found = [row.external_id for row in counter.rows(INBOX)]
        assert [sid for sid in found if sid in sids[:4]] == sids[:4]
        assert len(found) == len(set(found)) == 7


def test_the_program_asks_what_became_of_messages_even_if_one_was_deleted(tmp_path: Path) -> None:
    with FakeTwilio() as fake:
        fake.callbacks = "none"
        counter = counter_of(fake, tmp_path)
        user = fake.user("+6281200000034")
        with counter.program:
            for _ in range(3):
                user.says("mulai pu")
                user.waits_for("Mau urus apa")
            waits(lambda: len(sent(counter)) == 3)
        first, second, third = sent(counter)
        assert asked(fake, "DELETE", f"{API}/{first.external_id}.json").status_code == 204
        fake.world.fail(fake.world.messages[second.external_id], "undelivered", 63024)
        later = datetime.now(UTC) + timedelta(minutes=10)
        counter.program.environment["LOKET_CLOCK__NOW"] = later.isoformat()
        with counter.program:
            waits(lambda: [row.receipt for row in sent(counter)] == ["queued", "delivered"])
        assert [row.id for row in sent(counter)] == [first.id, third.id]
        assert [row.state for row in counter.rows(OUTBOX, OUTBOX.c.id == second.id)] == ["failed"]


def sent(counter: Counter) -> list[Any]:
    return counter.rows(OUTBOX, OUTBOX.c.channel == "whatsapp", OUTBOX.c.state == "sent")


def bookmarks(counter: Counter) -> list[object]:
    database = Database(counter.program.environment["LOKET_DATABASE__URL"])
    try:
        return database.read(lambda tx: list(tx.execute(BOOKMARKS.select())))
    finally:
        database.close()
