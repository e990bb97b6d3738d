"""Ordered trouble, outages, the library's own clients, and the fake as a process of its own."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from requests.exceptions import ReadTimeout, RequestException
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.async_http_client import (  # type: ignore[import-untyped]
    AsyncTwilioHttpClient,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]

from fakes.twilio import FakeTwilio, FakeUser, picture
from fakes.twilio_driver import Elsewhere, Program, asked, client_for, outcome, send, waits

TESTS = Path(__file__).parents[1]
deprecated = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def siti(fake: FakeTwilio) -> FakeUser:
    user = fake.user("+6281234567890", "Siti")
    user.says("halo")
    return user


def create(client: Any, fake: FakeTwilio, user: FakeUser, body: str = "x") -> Any:
    return client.messages.create(to=user.address, from_=fake.whatsapp_from, body=body)


@pytest.mark.parametrize(
    ("given", "status", "code", "words"),
    [
        ({}, 500, 20500, "Internal Server Error"),
        ({"status": 429}, 429, 20429, "Too Many Requests"),
        ({"status": 503}, 503, 20503, "Service Unavailable"),
        ({"status": 400, "code": 21610}, 400, 21610, "unsubscribed recipient"),
        ({"status": 400, "code": 30001, "message": "Queue overflow"}, 400, 30001, "overflow"),
    ],
)
def test_a_request_fails_as_ordered_and_does_nothing(
    fake: FakeTwilio, siti: FakeUser, given: dict[str, Any], status: int, code: int, words: str
) -> None:
    fake.fail("messages", times=2, **given)
    client = client_for(fake)
    for _ in range(2):
        with pytest.raises(TwilioRestException, match=words) as refusal:
            create(client, fake, siti)
        assert (refusal.value.status, refusal.value.code) == (status, code)
    create(client, fake, siti)
    siti.waits_for("x")
    assert len(siti.messages) == 1


def test_who_is_asked_to_wait_is_told_how_long(fake: FakeTwilio, siti: FakeUser) -> None:
    fake.fail("messages", status=429, retry_after=7)
    path = f"/2010-04-01/Accounts/{fake.account_sid}/Messages.json"
    assert asked(fake, "POST", path).headers["retry-after"] == "7"


def test_a_code_alone_lets_a_message_fail_later(fake: FakeTwilio, siti: FakeUser) -> None:
    fake.fail("messages", code=63018)
    status, _, sid = send(fake, siti.address)
    assert (status, outcome(fake, sid)) == (201, ("failed", 63018))
    assert outcome(fake, send(fake, siti.address)[2]) == ("delivered", 0)


def test_trouble_can_be_for_one_person_only(fake: FakeTwilio, siti: FakeUser) -> None:
    budi = fake.user("+6281111111111")
    fake.fail("messages", to=budi)
    assert send(fake, siti.address)[0] == 201
    assert send(fake, budi.address)[0] == 500


@pytest.mark.parametrize("status", ["drop", "garbage"])
def test_a_broken_answer_is_an_error_of_the_library(
    fake: FakeTwilio, siti: FakeUser, status: Any
) -> None:
    fake.fail("messages", status=status)
    # of HTML in a good answer the library makes an error of the JSON reader, not of its own
    with pytest.raises(RequestException if status == "drop" else ValueError):
        create(client_for(fake), fake, siti)
    fake.waits_until_quiet()
    assert siti.messages == []


@pytest.mark.parametrize("status", [None, 500, 429, "garbage"])
def test_an_answer_is_lost_after_the_message_was_accepted(
    fake: FakeTwilio, siti: FakeUser, status: Any
) -> None:
    fake.fail("messages", status=status, after_accept=True)
    with pytest.raises((TwilioRestException, RequestException, ValueError)):
        create(client_for(fake), fake, siti, "sekali")
    assert siti.waits_for("sekali").text == "sekali"


def test_a_slow_request_is_done_unless_the_caller_hangs_up(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    client = client_for(fake, http_client=TwilioHttpClient(timeout=0.2))
    fake.fail("messages", status="slow", delay=0.05)
    create(client, fake, siti, "lambat")
    fake.fail("messages", status="slow", delay=0.5)
    with pytest.raises(ReadTimeout):
        create(client, fake, siti, "tidak sampai")
    fake.fail("messages", status="slow", delay=0.5, after_accept=True)
    with pytest.raises(ReadTimeout):
        create(client, fake, siti, "sampai")
    time.sleep(0.4)
    assert [message.text for message in siti.messages] == ["lambat", "sampai"]


def test_a_callback_may_come_before_the_answer(fake: FakeTwilio, siti: FakeUser) -> None:
    with Program(fake) as program:
        fake.fail("messages", status="slow", delay=0.2, after_accept=True)
        began = len(fake.requests)
        send(fake, siti.address, StatusCallback=f"{program.public}/status")
        assert program.statuses == ["sent", "delivered"]
        assert len(fake.requests) == began + 1


def test_after_an_outage_ports_and_memory_are_the_same(fake: FakeTwilio, siti: FakeUser) -> None:
    url, media = fake.url, fake.media_url
    create(client_for(fake), fake, siti, "sebelum")
    siti.waits_for("sebelum")
    fake.latency = 0.2
    create(client_for(fake), fake, siti, "di jalan")
    fake.stop()
    with pytest.raises(RequestException):
        create(client_for(fake), fake, siti, "selama")
    siti.says("ada orang?")  # nobody is told, but it is kept
    fake.start()
    assert (fake.url, fake.media_url) == (url, media)
    siti.waits_for("di jalan")
    newest = client_for(fake).messages.list(to=fake.whatsapp_from, limit=1)
    assert newest[0].body == "ada orang?"


def test_every_request_is_on_record(fake: FakeTwilio, siti: FakeUser) -> None:
    create(client_for(fake), fake, siti)
    (request,) = fake.requests
    assert (request.server, request.method, request.status) == ("api", "POST", 201)
    assert request.path.endswith("/Messages.json")
    assert request.form["Body"] == ["x"]
    assert request.headers["user-agent"].startswith("twilio-python/")


# the library's clients: what they repeat, how long they wait, what they block


def run(fake: FakeTwilio, http: Callable[[], Any], work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Something with the asynchronous side of the library."""

    async def whole() -> Any:
        client = http()
        try:
            return await work(client_for(fake, http_client=client))
        finally:
            await client.close()

    return asyncio.run(whole())


async def created(client: Any, fake: FakeTwilio, user: FakeUser, body: str = "x") -> Any:
    return await client.messages.create_async(to=user.address, from_=fake.whatsapp_from, body=body)


def test_our_http_client_carries_the_whole_library_without_blocking(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    fake.throughput = None

    async def work(client: Any) -> list[Any]:
        await asyncio.gather(*(created(client, fake, siti, str(n)) for n in range(100)))
        return [message.body async for message in await client.messages.stream_async(page_size=30)]

    listed = run(fake, lambda: Elsewhere(fake.url), work)
    fake.waits_until_quiet()
    assert sorted(listed[:-1], key=int) == [str(n) for n in range(100)]
    assert sorted(int(m.text) for m in siti.messages) == list(range(100))


def test_our_http_client_moves_the_hosts_by_itself(fake: FakeTwilio, siti: FakeUser) -> None:
    from twilio.rest import Client  # type: ignore[import-untyped]

    async def work() -> str:
        http = Elsewhere(fake.url)
        client = Client(fake.account_sid, fake.auth_token, http_client=http)
        sent = await created(client, fake, siti)  # to api.twilio.com, says the library
        listed = await client.content.v1.contents.list_async()  # and to content.twilio.com
        await http.close()
        assert listed == []
        return str(sent.sid)

    assert asyncio.run(work()) == siti.waits_for("x").sid


def test_our_http_client_keeps_its_time_and_repeats_nothing(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    fake.fail("messages", status="slow", delay=5)
    with pytest.raises(httpx.ReadTimeout):
        run(fake, lambda: Elsewhere(fake.url, timeout=0.1), lambda c: created(c, fake, siti))
    fake.fail("messages", status=500, after_accept=True)
    with pytest.raises(TwilioRestException):
        run(fake, lambda: Elsewhere(fake.url), lambda c: created(c, fake, siti, "sekali"))
    fake.waits_until_quiet()
    assert [message.text for message in siti.messages] == ["sekali"]


@deprecated
def test_the_librarys_asynchronous_client_sends_twice_when_told_to_retry(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    fake.fail("messages", status=500, after_accept=True)
    run(fake, lambda: AsyncTwilioHttpClient(max_retries=2), lambda c: created(c, fake, siti, "dua"))
    fake.waits_until_quiet()
    assert [message.text for message in siti.messages] == ["dua", "dua"]


@pytest.mark.parametrize("status", [500, "drop"])
def test_the_librarys_blocking_client_does_not(
    fake: FakeTwilio, siti: FakeUser, status: Any
) -> None:
    fake.fail("messages", status=status, after_accept=True)
    client = client_for(fake, http_client=TwilioHttpClient(timeout=5, max_retries=2))
    with pytest.raises((TwilioRestException, RequestException)):
        create(client, fake, siti, "sekali")
    fake.waits_until_quiet()
    assert [message.text for message in siti.messages] == ["sekali"]


@deprecated
def test_the_librarys_asynchronous_client_forgets_its_timeout(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    fake.fail("messages", status="slow", delay=0.4)
    run(fake, lambda: AsyncTwilioHttpClient(timeout=0.1), lambda c: created(c, fake, siti))
    siti.waits_for("x")


@deprecated
def test_the_librarys_asynchronous_client_sends_no_json(fake: FakeTwilio) -> None:
    from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]

    given = {"friendly_name": "a", "language": "id", "types": {"twilio/text": {"body": "a"}}}
    request = ContentList.ContentCreateRequest(given)
    with pytest.raises((TypeError, TwilioRestException)):
        run(fake, AsyncTwilioHttpClient, lambda c: c.content.v1.contents.create_async(request))
    made = run(
        fake, lambda: Elsewhere(fake.url), lambda c: c.content.v1.contents.create_async(request)
    )
    assert made.sid.startswith("HX")


# a process of its own


def test_the_fake_runs_as_a_process_moved_over_http() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "fakes.twilio", "--port", "0", "--no-limits"],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout
        words = running.stdout.readline().split()
        _converse(words[2], words[-1])
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        if running.stdout:
            running.stdout.close()


def _converse(url: str, account: str) -> None:
    here = FakeTwilio(account)  # not started: lends its key

    def control(deed: str, **given: Any) -> Any:
        answer = asked(here, "POST", f"{url}/control/{deed}", json=given)
        return answer.json()["result"] if answer.is_success else answer.json()["error"]

    siti = {"user": "+6281234567890"}
    assert control("user", **siti, name="Siti") == siti | {"name": "Siti"}
    with Program(here) as program:
        control("webhook", url=f"{program.url}/whatsapp", public_url=f"{program.public}/whatsapp")
        control("says", **siti, text="halo")
        photo = base64.b64encode(picture()).decode()
        control("sends_photo", **siti, content=photo, caption="KTP")
        said, sent = program.waits_for(2)
        assert (said["Body"], said["ProfileName"], sent["NumMedia"]) == ("halo", "Siti", "1")
    form = {"From": said["To"], "To": said["From"], "Body": "Selamat datang"}
    messages = f"{url}/2010-04-01/Accounts/{account}/Messages.json"
    asked(here, "POST", messages, data=form)

    def shown() -> Any:
        return asked(here, "GET", f"{url}/control/messages", params=siti).json()["result"]

    waits(shown)
    assert [message["text"] for message in shown()] == ["Selamat datang"]
    assert control("reads", **siti) == 1
    assert "no choice" in control("taps", **siti, title="Ya")
    assert "no such deed" in control("dances", **siti)
    control("advance", hours=25)
    control("fail", what="messages", status=503)
    assert asked(here, "POST", messages, data=form).status_code == 503
    asked(here, "POST", messages, data=form)
    control("set", throughput=1)
    waits(lambda: "failed" in _state(here, url)["statuses"])
    assert _state(here, url)["statuses"] == {"failed": 1, "read": 1}


def _state(here: FakeTwilio, url: str) -> Any:
    return asked(here, "GET", f"{url}/control/state").json()["result"]
