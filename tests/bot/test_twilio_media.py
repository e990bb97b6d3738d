"""Fetching what citizens sent: the key goes to one door only, and no address leads astray."""

import asyncio
import base64
import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import FetchFailed
from bot.channels.twilio_api import HOME, LARGEST_FILE, MEDIA_HOST, REDIRECTS, Twilio
from fakes.twilio import ACCOUNT, ENDLESS, TOKEN, FakeTwilio, FakeUser, picture
from pictures import card, jpeg
from storage.files import Keys, Vault
from storage.tables import ATTACHMENTS
from twilio_counter import Counter, opened
from wiretap import Wiretap

PHOTO = picture("KTP")
KEY = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


def sent(fake: FakeTwilio, content: bytes = PHOTO) -> str:
    """Where the API has a photo that somebody sent."""
    fake.user("+6281234567890").sends_photo(content)
    message = fake.messages[-1]
    path = f"/2010-04-01/Accounts/{fake.account_sid}/Messages/{message.sid}"
    return f"{fake.url}{path}/Media/{message.media[0].sid}"


class Names(asyncio.SelectorEventLoop):
    """An event loop that looks names up in a book of its own."""

    def __init__(self, book: Mapping[str, list[str]]) -> None:
        super().__init__()
        self._book = book

    async def getaddrinfo(self, host: Any, port: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        found = []
        for address in self._book.get(name, [host]):
            found += await super().getaddrinfo(address, port, **more)
        return found


@dataclass(frozen=True, slots=True)
class Attempt:
    """One fetch: what came of it, and what it tried on the way."""

    url: str
    result: bytes | FetchFailed
    connected: list[Any]
    asked: list[str]


def attempts(
    urls: Iterable[str], api_url: str = HOME, book: Mapping[str, list[str]] | None = None
) -> list[Attempt]:
    """Fetch one after the other, listening."""

    async def work() -> list[Attempt]:
        api, done = Twilio(ACCOUNT, TOKEN, api_url), []
        for url in urls:
            with Wiretap() as tap:
                try:
                    result: bytes | FetchFailed = await api.fetch(url)
                except FetchFailed as failure:
                    result = failure
            done.append(Attempt(url, result, tap.connected, tap.asked))
        await api.close()
        return done

    with asyncio.Runner(loop_factory=partial(Names, book or {})) as runner:
        return runner.run(work())


def fetched(url: str, api_url: str) -> bytes:
    """The file at that address, as the channel fetches it.  Raises FetchFailed."""
    (attempt,) = attempts([url], api_url)
    if isinstance(attempt.result, FetchFailed):
        raise attempt.result
    return attempt.result


def refused(url: str, api_url: str) -> FetchFailed:
    """How that address is refused."""
    with pytest.raises(FetchFailed) as caught:
        fetched(url, api_url)
    return caught.value


# --- the key ----------------------------------------------------------------------------


def test_the_second_host_gets_the_request_without_the_key(fake: FakeTwilio) -> None:
    url = sent(fake)
    (attempt,) = attempts([url], fake.url)
    assert attempt.result == PHOTO
    assert len(attempt.connected) == 2, "the wiretap is deaf"
    first, second = fake.requests[-2:]
    assert (first.server, first.headers["authorization"]) == ("api", KEY)
    assert (second.server, second.status) == ("cdn", 200)
    assert "authorization" not in second.headers


Serve = Callable[[asyncio.StreamWriter], Any]


class Recorder:
    """A listener on a port of its own, which writes down what it is asked."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.heads: list[str] = []
        self.port = 0

    @asynccontextmanager
    async def open(self, host: str = "127.0.0.1") -> AsyncIterator["Recorder"]:
        server = await asyncio.start_server(self._answer, host, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            await self._serve(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def answering(status: str, body: bytes = b"", *headers: str) -> Serve:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return serve


def recorded(
    address: Callable[[Recorder], str],
    serve: Serve,
    api_url: Callable[[Recorder], str] | None = None,
    **more: Any,
) -> tuple[Recorder, bytes | FetchFailed]:
    """Fetch from a recorder; what it heard, and what came of it."""
    recorder = Recorder(serve)

    async def work() -> bytes | FetchFailed:
        async with recorder.open():
            home = api_url(recorder) if api_url else f"http://127.0.0.1:{recorder.port}"
            api = Twilio(ACCOUNT, TOKEN, home, **more)
            try:
                return await api.fetch(address(recorder))
            except FetchFailed as failure:
                return failure
            finally:
                await api.close()

    return recorder, asyncio.run(work())


def test_the_api_itself_gets_the_key(fake: FakeTwilio) -> None:
    recorder, got = recorded(lambda r: f"http://127.0.0.1:{r.port}/f", answering("200 OK", b"x"))
    assert got == b"x"
    assert f"authorization: {KEY}".lower() in recorder.heads[0].lower()


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{other}/x",
        "http://127.0.0.1:{api}@127.0.0.1:{other}/x",
        "http://127.0.0.1%3A{api}@127.0.0.1:{other}/x",
        "http://{account}:@127.0.0.1:{other}/x",
        "http://127.0.0.1:{other}/http://127.0.0.1:{api}/",
        "http://127.0.0.1:{other}#@127.0.0.1:{api}/",
        "http://127.0.0.1:{other}?@127.0.0.1:{api}/",
        "http://127.0.0.1:{other}\\@127.0.0.1:{api}/",
        "//127.0.0.1:{other}/x",
        "http://localhost:{other}/x",
        "http://127.1:{other}/x",
        "http://2130706433:{other}/x",
        "http://[::ffff:127.0.0.1]:{other}/x",
        "http://127.0.0.1.nip.io:{other}/x",
        "http://127.0.0.1.:{other}/x",
        "https://127.0.0.1:{other}/x",
        "HTTP://127.0.0.1:{other}/x",
    ],
)
def test_another_port_a_lookalike_and_a_user_name_get_no_key(
    fake: FakeTwilio, address: str
) -> None:
    """At first hand and by a redirect of the API."""
    api = fake.url.rpartition(":")[2]

    def filled(recorder: Recorder) -> str:
        return address.format(api=api, other=recorder.port, account=ACCOUNT)

    def misdirected(recorder: Recorder) -> str:
        fake.misdirects(filled(recorder))
        return url

    url = sent(fake)
    for where in (filled, misdirected):
        recorder, _ = recorded(where, answering("200 OK", b"x"), lambda _: fake.url)
        for head in recorder.heads:
            assert KEY not in head
            assert f":{TOKEN}" not in head


def test_the_key_is_not_sent_by_name_to_the_api_on_another_port(fake: FakeTwilio) -> None:
    """A name before the host is no part of the host."""
    url = sent(fake).replace("http://", "http://somebody@")
    assert str(refused(url, fake.url)) == "401"
    assert fake.requests[-1].headers["authorization"] != KEY


# --- size and time ----------------------------------------------------------------------


def test_sixteen_megabytes_are_taken_and_one_byte_more_is_not(fake: FakeTwilio) -> None:
    most = bytes(LARGEST_FILE)
    assert len(fetched(sent(fake, most), fake.url)) == 16 * 1024 * 1024
    failure = refused(sent(fake, most + b"x"), fake.url)
    assert (failure.permanent, failure.code) == (True, "too_big")


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-Filler: " + b"x" * 4000 + b"\r\n")
        await writer.drain()


def test_a_body_without_end_is_cut_off() -> None:
    _, got = recorded(lambda r: f"http://127.0.0.1:{r.port}/f", endless)
    assert isinstance(got, FetchFailed)
    assert (got.permanent, got.code) == (True, "too_big")


def test_a_head_without_end_is_cut_off() -> None:
    _, got = recorded(lambda r: f"http://127.0.0.1:{r.port}/f", endless_head, patience=5)
    assert isinstance(got, FetchFailed)


def test_a_body_that_comes_drop_by_drop_is_left_after_a_while_and_asked_for_again() -> None:
    began = time.monotonic()
    _, got = recorded(lambda r: f"http://127.0.0.1:{r.port}/f", dripping, patience=0.5)
    assert time.monotonic() - began < 5
    assert isinstance(got, FetchFailed)
    assert not got.permanent


def test_what_is_packed_is_not_unfolded() -> None:
    """A few kilobytes could become gigabytes: twice packed, a thousandfold twice."""
    bomb = gzip.compress(gzip.compress(bytes(64 * 1024 * 1024)))
    packed = answering("200 OK", bomb, "Content-Encoding: gzip, gzip")
    recorder, got = recorded(lambda r: f"http://127.0.0.1:{r.port}/f", packed)
    assert "accept-encoding: identity" in recorder.heads[0].lower()
    assert got == bomb


@pytest.mark.parametrize(
    ("status", "permanent"),
    [("404 Not Found", False), ("401 No", False), ("500 Oops", False), ("410 Gone", True)],
)
def test_only_what_can_never_succeed_is_given_up(status: str, permanent: bool) -> None:
    _, got = recorded(lambda r: f"http://127.0.0.1:{r.port}/f", answering(status))
    assert isinstance(got, FetchFailed)
    assert got.permanent == permanent


# --- circles ----------------------------------------------------------------------------


def test_a_redirect_without_end_is_followed_a_few_times(fake: FakeTwilio) -> None:
    url = sent(fake)
    fake.misdirects(ENDLESS)
    assert refused(url, fake.url).permanent
    assert len(fake.media_requests) == REDIRECTS
    assert all("authorization" not in request.headers for request in fake.media_requests)


@pytest.mark.parametrize("location", ["", "/f", "f", "?", "#", "./f", "//127.0.0.1:{port}/f"])
def test_a_redirect_to_itself_is_a_circle(location: str) -> None:
    recorder = Recorder(answering("200 OK"))

    async def serve(writer: asyncio.StreamWriter) -> None:
        where = location.format(port=recorder.port)
        await answering("302 Found", b"", f"Location: {where}", "Connection: close")(writer)

    recorder = Recorder(serve)

    async def work() -> None:
        async with recorder.open():
            api = Twilio(ACCOUNT, TOKEN, f"http://127.0.0.1:{recorder.port}")
            with pytest.raises(FetchFailed) as caught:
                await api.fetch(f"http://127.0.0.1:{recorder.port}/f")
            await api.close()
            assert caught.value.permanent

    asyncio.run(work())
    assert len(recorder.heads) == REDIRECTS + 1


def test_a_redirect_without_an_address_or_to_nonsense_is_given_up() -> None:
    for headers in ([], ["Location: https://["], ["Location: data:,x"]):
        _, got = recorded(
            lambda r: f"http://127.0.0.1:{r.port}/f", answering("302 Found", b"", *headers)
        )
        assert isinstance(got, FetchFailed), headers
        assert got.permanent, headers


# --- addresses that lead elsewhere ------------------------------------------------------

HOSTILE = [
    # our own network, in every way of writing it
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/admin",
    "https://100.64.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://localhost/",
    "https://localhost.localdomain/",
    "https://ip6-localhost/",
    "https://LOCALHOST./",
    "https://printer.local/",
    "https://loket/",
    # what clouds tell their own machines
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xA9FEA9FE/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "https://100.100.100.200/latest/meta-data/",
    # other ways of speaking
    "file:///etc/passwd",
    "file://media.twiliocdn.com/etc/passwd",
    "ftp://media.twiliocdn.com/f",
    "gopher://media.twiliocdn.com:70/_GET%20/",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "data:image/jpeg;base64,AAAA",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    # almost Twilio's
    "http://api.twilio.com/2010-04-01/Accounts/",
    "http://api.twilio.com:443/",
    "http://media.twiliocdn.com/f",
    "https://api.twilio.com:444/",
    "https://api.twilio.com:80/",
    "https://api.twilio.com./",
    "https://api.twilio.com.evil.example/",
    "https://api.twilio.com@evil.example/",
    "https://api.twilio.com:x@evil.example/",
    "https://api.twilio.com%2F@evil.example/",
    "https://api.twilio.com\\@evil.example/",
    "https://evil.example\\.twiliocdn.com/",
    "https://evil.example#.twiliocdn.com/",
    "https://evil.example?.twiliocdn.com/",
    "https://evil.example/.twiliocdn.com",
    "https://evil.example%00.twiliocdn.com/",
    "https://evil.example%2f.twiliocdn.com/",
    "https://evil.example／.twiliocdn.com/",
    "https://evil.example\t.twiliocdn.com/",
    "https://evil.example\r\n.twiliocdn.com/",
    "https://evil.example .twiliocdn.com/",
    "https://api.twilio.com\u2024evil.example/",
    "https://аpi.twilio.com/",
    "https://api-twilio.com/",
    "https://apitwilio.com/",
    "https://twilio.com/",
    "https://sub.api.twilio.com/",
    "https://eviltwiliocdn.com/",
    "https://twiliocdn.com.evil.example/",
    "https://media.twiliocdn.com./f",
    "https://media.twiliocdn.com:8443/f",
    "https://media.twiliocdn.com:22/f",
    "https://user@media.twiliocdn.com/f",
    "https://user:word@s3.amazonaws.com/f",
    "https://amazonaws.com.evil.example/",
    "https://evilamazonaws.com/",
    f"https://{'a' * 70}.twiliocdn.com/",
    "https://.twiliocdn.com/",
    "https://..amazonaws.com/",
    "https://xn--/",
    "https://xn--.twiliocdn.com/",
    "https://xn--a-.xn--b-/",
    # no address at all
    "",
    " ",
    "/2010-04-01/Accounts/",
    "//169.254.169.254/",
    "https://",
    "https:///f",
    "https://[",
    "https://[::1",
    "https://a:b:c/",
    "https://media.twiliocdn.com:99999/",
    "https://media.twiliocdn.com:-1/",
    "https://media.twiliocdn.com:port/",
    "https:media.twiliocdn.com",
    "\0",
    "https://" + "x" * 70_000,
]  # fmt: skip


def test_no_connection_is_made_to_a_hostile_address() -> None:
    assert len(set(HOSTILE)) >= 40
    for attempt in attempts(HOSTILE):
        assert attempt.connected == [], attempt.url
        assert attempt.asked == [], attempt.url
        assert isinstance(attempt.result, FetchFailed), attempt.url
        assert attempt.result.permanent, f"asking {attempt.url!r} again is pointless"
        assert TOKEN not in str(attempt.result)


def test_twilio_itself_is_not_taken_for_hostile() -> None:
    book = {"api.twilio.com": ["127.0.0.1"]}  # nobody listens there, and no key is sent
    url = f"{HOME}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
    (attempt,) = attempts([url], HOME, book)
    assert attempt.connected == [("127.0.0.1", 443)]
    assert isinstance(attempt.result, FetchFailed)
    assert not attempt.result.permanent
    for host in (
        "mms.twiliocdn.com",
        "media.twiliocdn.com",
        "s3-external-1.amazonaws.com",
        "media.twiliocdn.com.s3-external-1.amazonaws.com",
    ):
        assert MEDIA_HOST.fullmatch(host)


def test_a_redirect_to_a_hostile_address_ends_there(fake: FakeTwilio) -> None:
    media = sent(fake)
    home = ("127.0.0.1", int(fake.url.rpartition(":")[2]))
    targets = [
        url
        for url in HOSTILE
        if url.isascii() and url.isprintable() and 1 < len(url) < 1000
        if not url.startswith(("/", "http://127.0.0.1/"))  # the fake stands for Twilio there
    ]
    for target in targets:
        fake.misdirects(target)
        (attempt,) = attempts([media], fake.url)
        assert isinstance(attempt.result, FetchFailed), target
        assert attempt.connected == [home], target
        assert attempt.asked == [], target
    assert fake.media_requests == []
    assert len(targets) >= 40


INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.10",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "fe80::1",
    "fc00::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
]  # fmt: skip


@pytest.mark.parametrize("host", ["mms.twiliocdn.com", "media.s3-external-1.amazonaws.com"])
def test_a_host_of_twilio_that_leads_into_our_network_is_refused(host: str) -> None:
    for inside in INSIDE:
        for found in ([inside], ["93.184.215.14", inside]):
            (attempt,) = attempts([f"https://{host}/f"], book={host: found})
            assert attempt.connected == [], found
            assert isinstance(attempt.result, FetchFailed)
            assert attempt.result.permanent


# --- the program ------------------------------------------------------------------------

KTP = jpeg(card("ktp"))


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with opened(tmp_path_factory.mktemp("media")) as running:
        yield running


def begins(user: FakeUser) -> None:
    """From the first word to the first photo that is asked for."""
    user.says("mulai pu-ktp_ganti")
    user.waits_for("KTP-nya kenapa")
    for button, words in (
        ("KTP hilang", "milik siapa"),
        ("Saya sendiri", "Mulai sekarang"),
        ("Ya, mulai", "Setuju?"),
        ("Setuju", "Tulis NIK"),
    ):
        user.taps(button)
        user.waits_for(words)
    for text, words in (
        ("3302271708900003", "nama lengkap"),
        ("Slamet Riyadi", "nomor KK"),
        ("3302270101150007", "kelurahan mana"),
        ("Grendeng", "foto surat kehilangan"),
    ):
        user.says(text)
        user.waits_for(words)


def test_a_photo_that_is_not_there_yet_is_fetched_again(counter: Counter) -> None:
    user = counter.fake.user("+6281200000021")
    begins(user)
    before = len(counter.fake.media_requests)
    counter.fake.fail("media", times=2, status=404)
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga", timeout=20)
    asked = [r for r in counter.fake.requests if r.method == "GET" and "/Media/" in r.path]
    assert [request.status for request in asked[-3:]] == [404, 404, 307]
    (at_the_second,) = counter.fake.media_requests[before:]
    assert "authorization" not in at_the_second.headers
    (row,) = counter.rows(ATTACHMENTS, ATTACHMENTS.c.state == "stored")
    environment = counter.program.environment
    keys = Keys.from_text(environment["LOKET_FILES__KEY"])
    assert Vault(Path(environment["LOKET_FILES__PATH"]), keys).get(row.id, row.office_id)


def test_a_photo_whose_second_host_fails_is_fetched_again(counter: Counter) -> None:
    user = counter.fake.user("+6281200000022")
    begins(user)
    counter.fake.fail("cdn", times=1, status="drop")
    counter.fake.fail("cdn", times=1, status=503)
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga", timeout=20)


def test_a_photo_that_leads_elsewhere_is_answered_kindly_at_once(counter: Counter) -> None:
    user = counter.fake.user("+6281200000023")
    begins(user)
    for target in ("http://169.254.169.254/latest/meta-data/", "https://[", ENDLESS):
        counter.fake.misdirects(target)
        user.sends_photo(KTP)
        user.waits_for("", timeout=5)
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga")


def test_a_photo_too_large_is_declined_kindly(counter: Counter) -> None:
    user = counter.fake.user("+6281200000024")
    begins(user)
    user.sends_photo(bytes(LARGEST_FILE + 1))
    user.waits_for("terlalu besar")


def test_the_log_has_no_key(counter: Counter) -> None:
    printed = counter.program.printed.read_text()
    assert counter.fake.auth_token not in printed
    assert "3302271708900003" not in printed
