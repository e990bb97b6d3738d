"""The intake: an update with which something is wrong holds up nobody else."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from jinja2 import TemplateNotFound

from bot.gate import Gate
from bot.intake import Intake
from handlers.message import Message
from handlers.offices import House
from storage.db import Database
from storage.tables import INBOX, OUTBOX
from stumbling import NIK, stumbling
from talk import MONDAY, rows


def wrote(number: int, person: int, text: str) -> dict[str, Any]:
    """A raw update of Telegram: somebody wrote that."""
    sender = {"id": person, "is_bot": False, "first_name": "Siti"}
    chat = {"id": person, "type": "private"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": sender, "text": text}
    return {"update_id": number, "message": message}


def takes(database: Database, house: House, *updates: dict[str, Any]) -> None:
    """The intake takes these updates, one after the other."""

    async def work() -> None:
        intake = Intake(Gate(database), house, lambda: MONDAY, lambda: None)
        for update in updates:
            await intake.take_telegram(update)

    asyncio.run(work())


def told(database: Database, person: int) -> list[str]:
    sent = rows(database, OUTBOX)
    return [Message.of(row.payload).text for row in sent if row.address == str(person)]


def states(database: Database) -> list[str]:
    return [row.state for row in rows(database, INBOX)]


@pytest.mark.parametrize(
    "error", [TemplateNotFound("x.j2"), FileNotFoundError(2, "x"), KeyError(f"NIK {NIK}")]
)
def test_an_update_that_meets_a_bug_is_set_aside_and_the_next_is_served(
    database, house, error, caplog
):
    broken = stumbling(house, "help", error)
    with caplog.at_level(logging.DEBUG):
        takes(database, broken, wrote(1, 5, "bantuan"), wrote(2, 6, "/start pu"))
    assert states(database) == ["failed", "done"]
    assert told(database, 5) == [house.words.say("apology")]
    assert "Mau urus apa" in told(database, 6)[0]
    assert NIK not in caplog.text + rows(database, INBOX)[0].error


@pytest.fixture
def mistaken(database: Database) -> Iterator[Database]:
    """A database in which a column is not called what the program calls it."""
    renamed = "ALTER TABLE sources RENAME COLUMN {} TO {}"
    database.write(lambda tx: tx.execute(sa.text(renamed.format("code", "code_of_old"))))
    yield database
    database.write(lambda tx: tx.execute(sa.text(renamed.format("code_of_old", "code"))))


def test_so_is_one_that_meets_a_mistake_in_a_statement(mistaken, house):
    takes(mistaken, house, wrote(1, 5, "/start pu-ktp_ganti-k7"), wrote(2, 6, "/start pu"))
    assert states(mistaken) == ["failed", "done"]
    assert told(mistaken, 5) == [house.words.say("apology")]
    assert "Mau urus apa" in told(mistaken, 6)[0]
