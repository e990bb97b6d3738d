"""Flood limits, ordered trouble, outages, and the fake as a process of its own."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from fakes.telegram import FakeTelegram, FakeUser, picture
from fakes_test.telegram_driver import Driver, get, post

TESTS = Path(__file__).parents[1]


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(limits=False) as running:
        yield running


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Driver]:
    with Driver(fake) as driver:
        yield driver


@pytest.fixture
def siti(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Siti")
    user.start()
    return user


class Limited:
    """A fake with limits and a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.fake = FakeTelegram(clock=lambda: self.now).start()

    def send(self, chat_id: int) -> tuple[int, int | None]:
        address = f"{self.fake.url}/bot{self.fake.token}/sendMessage"
        answer = post(address, json={"chat_id": chat_id, "text": "x"}).json()
        if answer["ok"]:
            return 200, None
        wait = answer["parameters"]["retry_after"]
        assert answer["description"] == f"Too Many Requests: retry after {wait}"
        return answer["error_code"], wait


@pytest.fixture
def limited() -> Iterator[Limited]:
    running = Limited()
    yield running
    running.fake.stop()


def test_a_person_gets_one_message_a_second_after_a_short_burst(limited: Limited) -> None:
    siti = limited.fake.user("Siti")
    siti.start()
    assert [limited.send(siti.id)[0] for _ in range(4)] == [200, 200, 200, 429]
    limited.now += 1
    assert [limited.send(siti.id) for _ in range(2)] == [(200, None), (429, 1)]
    assert limited.fake.refused == 2
    assert len(siti.messages) == 4


def test_a_group_gets_20_messages_a_minute(limited: Limited) -> None:
    group = limited.fake.group(-4001)
    assert [limited.send(group.id)[0] for _ in range(21)] == [200] * 20 + [429]
    assert limited.send(group.id) == (429, 3)
    limited.now += 3
    assert limited.send(group.id)[0] == 200


def test_all_chats_together_get_30_messages_a_second(limited: Limited) -> None:
    people = [limited.fake.user("Warga") for _ in range(31)]
    for person in people:
        person.start()
    assert [limited.send(person.id)[0] for person in people] == [200] * 30 + [429]
    limited.now += 1
    assert limited.send(people[30].id)[0] == 200


def test_the_library_tells_how_long_to_wait(fake: FakeTelegram, bot: Driver) -> None:
    siti = fake.user("Siti")
    siti.start()
    fake.fail("sendMessage", status=429, retry_after=7)
    with pytest.raises(RetryAfter) as refusal:
        bot.send_message(siti.id, "x")
    assert refusal.value._retry_after.total_seconds() == 7
    assert fake.refused == 1
    assert bot.send_message(siti.id, "x").text == "x"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (500, NetworkError, "Internal Server Error"),
        (502, NetworkError, "Bad Gateway"),
        ("garbage", TelegramError, "Invalid server response"),
        ("drop", NetworkError, "RemoteProtocolError"),
    ],
)
def test_a_call_fails_as_ordered_and_does_nothing(
    fake: FakeTelegram,
    bot: Driver,
    siti: FakeUser,
    status: Any,
    error: type[TelegramError],
    words: str,
) -> None:
    fake.fail("sendMessage", times=2, status=status)
    for _ in range(2):
        with pytest.raises(error, match=words):
            bot.send_message(siti.id, "x")
    assert siti.messages == []
    bot.send_message(siti.id, "x")
    assert len(siti.messages) == 1


@pytest.mark.parametrize("status", [None, 500, 429, "garbage"])
def test_an_answer_is_lost_after_the_message_was_accepted(
    fake: FakeTelegram, bot: Driver, siti: FakeUser, status: Any
) -> None:
    fake.fail("sendMessage", status=status, after_accept=True)
    with pytest.raises(TelegramError):
        bot.send_message(siti.id, "sekali")
    assert siti.last.text == "sekali"


def test_a_slow_call_is_done_unless_the_caller_hangs_up(
    fake: FakeTelegram, bot: Driver, siti: FakeUser
) -> None:
    fake.fail("sendMessage", status="slow", delay=0.1)
    bot.send_message(siti.id, "lambat")
    fake.fail("sendMessage", status="slow", delay=0.5)
    with pytest.raises(TimedOut):
        bot.send_message(siti.id, "tidak sampai", read_timeout=0.1)
    fake.fail("sendMessage", status="slow", delay=0.5, after_accept=True)
    with pytest.raises(TimedOut):
        bot.send_message(siti.id, "sampai", read_timeout=0.1)
    time.sleep(0.6)
    assert [message.text for message in siti.messages] == ["lambat", "sampai"]


def test_trouble_can_be_for_one_chat_only(fake: FakeTelegram, bot: Driver, siti: FakeUser) -> None:
    budi = fake.user("Budi")
    budi.start()
    fake.fail("*", status=500, chat=budi)
    bot.send_message(siti.id, "x")
    with pytest.raises(NetworkError):
        bot.send_message(budi.id, "x")


def test_a_download_fails_once_and_then_works(
    fake: FakeTelegram, bot: Driver, siti: FakeUser
) -> None:
    siti.sends_document(b"isi", "a.pdf")
    found = bot.get_file(bot.get_updates(offset=-1)[0].message.document.file_id)
    fake.fail("file", status=404)
    with pytest.raises(InvalidToken, match="Not Found"):  # what the library makes of any 404
        bot.run(lambda _: found.download_as_bytearray())
    assert bot.run(lambda _: found.download_as_bytearray()) == b"isi"


def test_after_an_outage_the_port_and_the_memory_are_the_same(
    fake: FakeTelegram, bot: Driver, siti: FakeUser
) -> None:
    bot.send_message(siti.id, "sebelum")
    fake.stop()
    with pytest.raises(NetworkError):
        bot.send_message(siti.id, "selama")
    fake.start()
    bot.send_message(siti.id, "sesudah")
    assert [message.text for message in siti.messages] == ["sebelum", "sesudah"]


def test_every_call_is_on_record(fake: FakeTelegram, bot: Driver, siti: FakeUser) -> None:
    bot.send_message(siti.id, "x")
    fake.fail("sendMessage", status="drop")
    with pytest.raises(NetworkError):
        bot.send_message(siti.id, "x")
    assert [(c.method, c.chat, c.status) for c in fake.calls] == [
        ("sendMessage", str(siti.id), 200),
        ("sendMessage", str(siti.id), 0),
    ]


def test_many_messages_at_once_are_all_kept(
    fake: FakeTelegram, bot: Driver, siti: FakeUser
) -> None:
    async def send_many(sending: Bot) -> None:
        await asyncio.gather(*(sending.send_message(siti.id, str(n)) for n in range(200)))

    bot.run(send_many)
    assert sorted(int(m.text) for m in siti.messages) == list(range(200))
    assert [m.message_id for m in siti.messages] == list(range(2, 202))


def test_the_fake_runs_as_a_process_moved_over_http() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "fakes.telegram", "--port", "0", "--no-limits"],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout
        words = running.stdout.readline().split()
        url, token = words[2], words[-1]
        _converse(url, token)
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        if running.stdout:
            running.stdout.close()


def _converse(url: str, token: str) -> None:
    def control(deed: str, **given: Any) -> Any:
        answer = post(f"{url}/control/{deed}", json=given)
        return answer.json()["result"] if answer.is_success else answer.json()["error"]

    def ask(method: str, **given: Any) -> Any:
        return post(f"{url}/bot{token}/{method}", json=given).json()

    assert control("user", id=7, name="Siti") == {"id": 7, "name": "Siti"}
    control("says", user=7, text="/start")
    photo = base64.b64encode(picture()).decode()
    control("sends_photo", user=7, content=photo, caption="KTP")
    said, sent = (update["message"] for update in ask("getUpdates")["result"])
    assert (said["text"], sent["caption"]) == ("/start", "KTP")
    keyboard = {"inline_keyboard": [[{"text": "Ya", "callback_data": "y"}]]}
    ask("sendMessage", chat_id=7, text="Benar?", reply_markup=keyboard)
    assert control("taps", user=7, button="Ya").isdigit()
    assert "no button" in control("taps", user=7, button="Tidak")
    seen = get(f"{url}/control/messages", params={"user": 7}).json()["result"]
    assert [(m["text"], m["buttons"][0][0]["data"]) for m in seen] == [("Benar?", "y")]
    control("fail", method="sendMessage", status=502)
    assert ask("sendMessage", chat_id=7, text="x")["error_code"] == 502
    assert get(f"{url}/control/state").json()["result"]["messages"] == 1
