"""What a bug had set aside has its effect later: all of it, and once."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels import telegram
from bot.replay import again, replay
from handlers.inbound import Unread, keep_unread
from handlers.message import Message
from staff_at_work import Member
from storage import inbox
from storage.db import Database
from storage.tables import INBOX, OUTBOX
from talk import MONDAY, STAFF_CHAT, rows


def opened(number: int, person: int) -> dict[str, Any]:
    """Somebody opened the chat by the link of an office."""
    sender = {"id": person, "is_bot": False, "first_name": "Siti"}
    chat = {"id": person, "type": "private"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": sender}
    return {"update_id": number, "message": {**message, "text": "/start pu"}}


def answered(number: int, officer: str, replied: str, text: str) -> dict[str, Any]:
    """An officer answered a message of ours in the staff chat."""
    group = {"id": int(STAFF_CHAT), "type": "supergroup", "title": "Staf"}
    bot = {"id": 1, "is_bot": True, "first_name": "Loket"}
    ours = {"message_id": int(replied), "date": 1, "chat": group, "from": bot, "text": "?"}
    sari = {"id": int(officer), "is_bot": False, "first_name": "Sari"}
    message = {"message_id": number, "date": 1, "chat": group, "from": sari, "text": text}
    return {"update_id": number, "message": {**message, "reply_to_message": ours}}


def set_aside(database: Database, number: int, raw: str) -> None:
    unread = Unread(telegram.NAME, str(number), raw)
    assert database.write(lambda tx: keep_unread(tx, unread, "KeyError in take:51", MONDAY))


def told(database: Database, person: int) -> list[str]:
    sent = rows(database, OUTBOX)
    return [Message.of(row.payload).text for row in sent if row.address == str(person)]


def numbered(database: Database, sent_as: str) -> str:
    """The same message under a number, as Telegram gives them."""
    number = sent_as.removeprefix("m")
    row = sa.update(OUTBOX).where(OUTBOX.c.external_id == sent_as).values(external_id=number)
    database.write(lambda tx: tx.execute(row))
    return number


@pytest.fixture
def sari(citizen):
    return Member(citizen).hired().links()


def test_an_officer_s_answer_reaches_the_citizen_after_all(citizen, sari):
    citizen.opens("pu").says("petugas").says("Buka jam berapa?")
    replied = numbered(citizen.database, sari.received("Ada warga", STAFF_CHAT))
    raw = answered(77, sari.address, replied, "Jam 7.15, Bu.")
    set_aside(citizen.database, 77, json.dumps(raw))
    assert replay(citizen.database, citizen.house, citizen.now) == (1, 0)
    assert "Jam 7.15, Bu." in citizen.hears().last
    assert sari.hears(STAFF_CHAT)[-1].text == citizen.house.words.say("reply_sent")


def test_two_replays_that_found_the_same_update_give_it_one_effect(database, house):
    set_aside(database, 99, json.dumps(opened(99, 5)))
    (row,) = database.read(inbox.failed)
    assert [again(database, house, row, MONDAY) for _ in "ab"] == ["done", "gone"]
    assert len(told(database, 5)) == 1


def test_two_replays_at_once_share_the_work(database, house):
    for number in range(1, 31):
        set_aside(database, number, json.dumps(opened(number, number)))
    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(lambda _: replay(database, house, MONDAY), "ab"))
    assert [sum(each) for each in zip(*ends, strict=True)] == [30, 0]
    assert [len(told(database, number)) for number in range(1, 31)] == [1] * 30


def test_what_always_fails_hides_nothing_behind_it(database, house):
    for number in range(1, 121):
        set_aside(database, number, "{not json")
    set_aside(database, 200, json.dumps(opened(200, 5)))
    assert replay(database, house, MONDAY) == (1, 120)
    assert len(told(database, 5)) == 1


def test_what_fails_again_stays_set_aside_with_its_reason(database, house):
    set_aside(database, 1, "{not json")
    replay(database, house, MONDAY)
    (row,) = rows(database, INBOX)
    assert (row.state, row.error, row.raw) == ("failed", "KeyError in take:51", "{not json")
