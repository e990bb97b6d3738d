"""How updates reach the bot: asked for, or pushed to its webhook."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from telegram import Bot
from telegram.error import BadRequest, Conflict

from fakes.telegram import FakeTelegram
from fakes.telegram_errors import Json
from fakes.telegram_thread import ServerThread
from fakes_test.telegram_driver import Driver


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(limits=False, allow_http=True, webhook_retry=0.01) as running:
        yield running


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Driver]:
    with Driver(fake) as driver:
        yield driver


class Office:
    """A webhook that notes what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[Json] = []
        self.secrets: set[str | None] = set()
        self.answer: Callable[[Json], int] = lambda update: 200
        self._thread = ServerThread(self._receive, "127.0.0.1", 0, _nothing, _nothing)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._thread.port}/telegram"

    async def _receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        update = await request.json()
        await asyncio.sleep(0.002)
        self.got.append(update)
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        await Response(status_code=self.answer(update))(scope, receive, send)

    def close(self) -> None:
        self._thread.stop()

    def said(self) -> list[str]:
        return [update["message"]["text"] for update in self.got if "message" in update]


async def _nothing() -> None:
    pass


def eventually(true: Callable[[], bool]) -> None:
    """Wait for something that a server's thread does."""
    until = time.monotonic() + 5
    while not true() and time.monotonic() < until:
        time.sleep(0.005)
    assert true()


@pytest.fixture
def office() -> Iterator[Office]:
    receiving = Office()
    yield receiving
    receiving.close()


def test_updates_stay_until_a_later_offset_confirms_them(fake: FakeTelegram, bot: Driver) -> None:
    siti = fake.user("Siti")
    for text in "abc":
        siti.says(text)
    first = bot.get_updates()
    assert [u.message.text for u in first] == ["a", "b", "c"]
    assert [u.update_id for u in bot.get_updates(limit=2)] == [u.update_id for u in first[:2]]
    left = bot.get_updates(offset=first[1].update_id + 1)
    assert [u.message.text for u in left] == ["c"]
    assert bot.get_updates(offset=left[0].update_id + 1) == ()
    assert fake.pending == 0


def test_a_long_poll_ends_when_something_is_said(fake: FakeTelegram, bot: Driver) -> None:
    siti = fake.user("Siti")
    threading.Timer(0.1, lambda: siti.says("halo")).start()
    begun = time.monotonic()
    updates = bot.get_updates(timeout=5)
    assert [u.message.text for u in updates] == ["halo"]
    assert time.monotonic() - begun < 2


def test_a_long_poll_ends_empty_when_nothing_is_said(bot: Driver) -> None:
    begun = time.monotonic()
    assert bot.get_updates(timeout=1) == ()
    assert time.monotonic() - begun >= 0.9


def test_a_second_poll_ends_the_first_with_a_conflict(fake: FakeTelegram, bot: Driver) -> None:
    async def two(polling: Bot) -> list[Any]:
        first = asyncio.create_task(polling.get_updates(timeout=5))
        await asyncio.sleep(0.1)
        async with httpx.AsyncClient() as client:
            address = f"{fake.url}/bot{fake.token}/getUpdates"
            second = asyncio.create_task(client.get(address, params={"timeout": 5}))
            await asyncio.sleep(0.1)
            fake.user("Siti").says("halo")
            return list(await asyncio.gather(first, second, return_exceptions=True))

    first, second = bot.run(two)
    assert isinstance(first, Conflict)
    assert "other getupdates request" in str(first).lower()
    assert [update["message"]["text"] for update in second.json()["result"]] == ["halo"]


def test_the_library_polls_over_one_connection(fake: FakeTelegram, bot: Driver) -> None:
    """Two polls of one Bot object are not concurrent: the second waits for the first."""

    async def two(polling: Bot) -> list[Any]:
        polls = [asyncio.create_task(polling.get_updates(timeout=5)) for _ in range(2)]
        await asyncio.sleep(0.1)
        fake.user("Siti").says("halo")
        return list(await asyncio.gather(*polls, return_exceptions=True))

    assert [len(updates) for updates in bot.run(two)] == [1, 1]


def test_polling_is_refused_while_a_webhook_is_set(bot: Driver, office: Office) -> None:
    bot.set_webhook(office.url)
    with pytest.raises(Conflict, match="webhook is active"):
        bot.get_updates()
    bot.delete_webhook()
    assert bot.get_updates() == ()


def test_only_kinds_asked_for_are_kept(fake: FakeTelegram, bot: Driver) -> None:
    bot.get_updates(allowed_updates=["callback_query"])
    siti = fake.user("Siti")
    siti.says("halo")
    assert fake.pending == 0
    bot.get_updates(allowed_updates=[])
    siti.says("halo")
    siti.blocks()
    assert fake.pending == 2


def test_an_untaken_tap_is_forgotten_after_150_seconds() -> None:
    now = [1_000_000.0]
    with FakeTelegram(limits=False, clock=lambda: now[0]) as fake, Driver(fake) as bot:
        siti = fake.user("Siti")
        siti.start()
        bot.send_message(
            siti.id, "?", reply_markup={"inline_keyboard": [[{"text": "Ya", "callback_data": "y"}]]}
        )
        siti.taps("Ya")
        now[0] += 151
        assert [u.callback_query for u in bot.get_updates()] == [None]


def test_any_update_can_be_injected(fake: FakeTelegram, bot: Driver) -> None:
    fake.update({"something_new": {"x": 1}})
    (update,) = bot.get_updates()
    assert update.api_kwargs == {"something_new": {"x": 1}}


def test_updates_are_pushed_in_order_with_the_secret(
    fake: FakeTelegram, bot: Driver, office: Office
) -> None:
    bot.set_webhook(office.url, secret_token="rahasia_1-A")
    siti = fake.user("Siti")
    for number in range(20):
        siti.says(str(number))
    fake.waits_until_delivered()
    assert office.said() == [str(number) for number in range(20)]
    assert office.secrets == {"rahasia_1-A"}


def test_what_waited_is_pushed_once_a_webhook_is_set(
    fake: FakeTelegram, bot: Driver, office: Office
) -> None:
    fake.user("Siti").says("sebelum")
    bot.set_webhook(office.url)
    fake.waits_until_delivered()
    assert office.said() == ["sebelum"]


def test_a_failed_push_is_repeated_and_the_chat_waits(
    fake: FakeTelegram, bot: Driver, office: Office
) -> None:
    failures = iter([500, 503])
    office.answer = lambda u: next(failures, 200) if u["message"]["text"] == "a" else 200
    bot.set_webhook(office.url)
    siti = fake.user("Siti")
    siti.says("a")
    siti.says("b")
    fake.waits_until_delivered()
    assert office.said() == ["a", "a", "a", "b"]
    info = bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"


def test_one_chat_does_not_wait_for_another(
    fake: FakeTelegram, bot: Driver, office: Office
) -> None:
    office.answer = lambda u: 500 if u["message"]["text"] == "macet" else 200
    bot.set_webhook(office.url)
    fake.user("Siti").says("macet")
    fake.user("Budi").says("lancar")
    eventually(lambda: "lancar" in office.said() and fake.pending == 1)


def test_taps_and_messages_of_one_chat_can_overtake_each_other(
    fake: FakeTelegram, bot: Driver, office: Office
) -> None:
    fake.separate_lanes = True
    siti = fake.user("Siti")
    siti.start()
    row = [{"text": "Ya", "callback_data": "y"}]
    bot.send_message(siti.id, "?", reply_markup={"inline_keyboard": [row]})
    office.answer = lambda update: 500 if "message" in update else 200
    bot.set_webhook(office.url, drop_pending_updates=True)
    siti.says("macet")
    siti.taps("Ya")
    eventually(lambda: any("callback_query" in update for update in office.got))


def test_pushing_goes_on_when_the_program_comes_back(fake: FakeTelegram, bot: Driver) -> None:
    office = Office()
    bot.set_webhook(office.url)
    office.close()
    fake.user("Siti").says("tolong")
    eventually(lambda: fake.world.webhook.last_error == "Connection refused")
    office._thread.start()
    fake.waits_until_delivered()
    office.close()
    assert office.said() == ["tolong"]


def test_every_update_can_come_twice(fake: FakeTelegram, bot: Driver, office: Office) -> None:
    fake.deliver_twice = True
    siti = fake.user("Siti")
    siti.says("a")
    assert [u.message.text for u in bot.get_updates()] == ["a", "a"]
    bot.set_webhook(office.url, drop_pending_updates=True)
    siti.says("b")
    fake.waits_until_delivered()
    assert office.said() == ["b", "b"]
    assert len(fake.updates_sent) == 4
    assert len({update["update_id"] for update in fake.updates_sent}) == 2


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("http://example.org/hook", "", "An HTTPS URL must be provided for webhook"),
        ("https://example.org:8080/hook", "", "only on ports 80, 88, 443 or 8443"),
        ("https://localhost/hook", "", "IP address 127.0.0.1 is reserved"),
        ("https://example.org/hook", "spasi tidak", "unallowed characters"),
        ("https://example.org/hook", "x" * 257, "secret token is too long"),
    ],
)
def test_a_bad_webhook_is_refused(url: str, secret: str, reason: str) -> None:
    with (
        FakeTelegram() as strict,
        Driver(strict) as bot,
        pytest.raises(BadRequest, match=f"(?i){reason}"),
    ):
        bot.set_webhook(url, secret_token=secret)


def test_a_good_webhook_is_remembered(fake: FakeTelegram, bot: Driver) -> None:
    fake.user("Siti").says("lama")
    bot.set_webhook(
        "http://127.0.0.1:9/hook",
        drop_pending_updates=True,
        max_connections=10,
        allowed_updates=["message"],
    )
    info = bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("http://127.0.0.1:9/hook", 0)
    assert (info.max_connections, info.allowed_updates) == (10, ("message",))
