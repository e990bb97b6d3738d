"""Twilio's webhooks at the real program: what Twilio signed is taken in once, all else refused."""

import random
import socket
import string
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import httpx
import pytest

from fakes.twilio import FakeTwilio
from postgres import Cluster
from running import Running
from storage.tables import INBOX, OUTBOX
from twilio_counter import MESSAGES, PUBLIC, REPORTS, SITI, TEXTS, Counter, opened, settings, sign

MUTATIONS = 1000
HOST = PUBLIC.removeprefix("https://")


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with opened(tmp_path_factory.mktemp("hooks")) as running:
        yield running


def taken(counter: Counter, pairs: list[tuple[str, str]]) -> int:
    """How often the message of this form stands in the inbox."""
    return len(counter.rows(INBOX, INBOX.c.external_id == dict(pairs)["MessageSid"]))


# --- what is signed ---------------------------------------------------------------------


def test_a_signed_message_is_answered_with_empty_twiml_and_has_its_effect(
    counter: Counter,
) -> None:
    pairs = counter.form("mulai pu")
    siti = counter.fake.user(SITI)
    siti.says("halo")
    siti.waits_for("")
    answer = counter.posts(pairs)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == "text/xml"
    root = ElementTree.fromstring(answer.content)
    assert (root.tag, len(root), root.text) == ("Response", 0, None)
    assert taken(counter, pairs) == 1
    siti.waits_for("Mau urus apa")


def test_twilio_finds_nothing_wrong_with_our_answers(counter: Counter) -> None:
    user = counter.fake.user("+6281200000001", "Bu Ätik 🙂 <b>&")
    user.says("a=b & c + d%20\nbaris dua; 100%")
    user.waits_for("")
    user.reads()
    counter.fake.waits_until_quiet()
    assert not counter.fake.alerts
    assert {told.status for told in counter.fake.told} == {200, 204}
    sent = [message for message in counter.fake.messages if message.direction == "outbound-reply"]
    assert not sent, "an answer was taken for words to the citizen"


def test_a_text_message_comes_by_its_own_address(counter: Counter) -> None:
    pairs = counter.form(From=SITI, To=counter.fake.sms_from)
    assert counter.posts(pairs, TEXTS).status_code == 200
    (row,) = counter.rows(INBOX, INBOX.c.external_id == dict(pairs)["MessageSid"])
    assert (row.channel, row.address, row.state) == ("sms", SITI, "done")


@pytest.mark.parametrize(
    "more",
    [
        [("FromCity", ""), ("FromState", ""), ("ToZip", "")],
        [("Tag", "b"), ("Tag", "a")],
        [("Tag", "a"), ("Tag", "a")],
        [("Tag", ""), ("Tag", "a")],
        [("BodyFuture", "x" * 10_000)],
        [("Weird Näme & Co=", "+ %2B 😀")],
    ],
    ids=["blank", "repeated", "the same twice", "blank and not", "long", "strange names"],
)
def test_all_fields_are_signed_those_to_come_as_well(
    counter: Counter, more: list[tuple[str, str]]
) -> None:
    pairs = [*counter.form(), *more]
    assert counter.posts(pairs).status_code == 200
    assert taken(counter, pairs) == 1
    unsigned = counter.form()
    answer = counter.posts([*unsigned, *more], signature=counter.sign(unsigned))
    assert answer.status_code == 403
    assert taken(counter, unsigned) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"host": HOST},
        {"host": f"{HOST}:443"},
        {"host": "127.0.0.1:9999"},
        {"host": "somebody.else.example"},
        {"host": "somebody.else.example/webhooks/sms?row=1#"},
        {"host": "[::1"},
        {"host": "a:b:c"},
        {"x-forwarded-proto": "http", "x-forwarded-host": "evil.example", "x-forwarded-port": "1"},
        {"x-forwarded-for": "203.0.113.9, 10.0.0.1", "x-real-ip": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9;proto=http;host=evil.example"},
        {"x-original-url": "/desk", "x-rewrite-url": "/desk", "x-forwarded-prefix": "/loket"},
        {"x-http-method-override": "GET"},
    ],
    ids=str,
)
def test_what_a_proxy_says_of_the_address_does_not_matter(
    counter: Counter, headers: dict[str, str]
) -> None:
    pairs = counter.form()
    assert counter.posts(pairs, headers=headers).status_code == 200
    assert taken(counter, pairs) == 1


@pytest.mark.parametrize(
    ("configured", "signed", "good"),
    [
        (f"{PUBLIC}/", [PUBLIC, f"{PUBLIC}:443"], []),
        (f"{PUBLIC}:443", [PUBLIC, f"{PUBLIC}:443"], [f"{PUBLIC}:80"]),
        (f"{PUBLIC}:8443/", [f"{PUBLIC}:8443"], ["http://loket.example.go.id:8443"]),
        (f"{PUBLIC}/kecamatan", [f"{PUBLIC}/kecamatan"], [PUBLIC]),
        ("http://loket.example.go.id", ["http://loket.example.go.id:80"], [PUBLIC]),
    ],
)
def test_the_public_address_may_be_written_in_several_ways(
    tmp_path: Path, configured: str, signed: list[str], good: list[str]
) -> None:
    with opened(tmp_path, configured) as counter:
        for public in signed:
            assert counter.posts(counter.form(), public=public).status_code == 200, public
        inner = counter.program.url
        for public in [*good, f"{configured}x", inner, ""]:
            assert counter.posts(counter.form(), public=public).status_code == 403, public
        assert len(counter.rows(INBOX)) == len(signed)


# --- what is not ------------------------------------------------------------------------


def test_without_the_right_signature_nothing_is_read(counter: Counter) -> None:
    pairs = counter.form()
    good = counter.sign(pairs)
    token, url = counter.fake.auth_token, PUBLIC + MESSAGES
    assert counter.posts(pairs, signature="").status_code == 403
    for signature in (
        "0",
        sign("", url, pairs),
        sign(token[:-1], url, pairs),
        sign(f"{token}\n", url, pairs),
        sign(token.upper(), url, pairs),
        sign(counter.fake.account_sid, url, pairs),
        good.lower(),
        good[:-1],
        f"{good}=",
        f"{good}{good}",
        f"{good},{good}",
        f"sha1={good}",
        "=" * 28,
        "é" * 28,
        "x" * 8000,
    ):
        header = {"x-twilio-signature": signature.encode("latin-1")}
        answer = counter.posts(pairs, signature="", headers=header)  # type: ignore[arg-type]
        assert answer.status_code == 403, signature
    for algorithm in ("algorithm=HMAC_SHA256", "algorithm=none", "algorithm="):
        header = {"x-twilio-webhooks-signature-settings": algorithm}
        assert counter.posts(pairs, signature="x", headers=header).status_code == 403
    assert taken(counter, pairs) == 0


def test_a_signature_is_for_one_address_only(counter: Counter) -> None:
    pairs = counter.form()
    for elsewhere in (TEXTS, REPORTS, f"{MESSAGES}?row=1", f"{MESSAGES}/", "/"):
        signature = counter.sign(pairs, elsewhere)
        assert counter.posts(pairs, signature=signature).status_code == 403
    assert counter.posts(pairs, f"{MESSAGES}?row=1").status_code == 200


def test_a_message_for_another_account_is_refused_though_it_is_signed(counter: Counter) -> None:
    for account in ("", "AC" + "f" * 32, counter.fake.account_sid.lower(), "AC"):
        pairs = counter.form(AccountSid=account)
        assert counter.posts(pairs).status_code == 403, account
        assert taken(counter, pairs) == 0
    without = [(name, value) for name, value in counter.form() if name != "AccountSid"]
    assert counter.posts(without).status_code == 403


def test_the_webhooks_are_not_there_without_an_account(tmp_path: Path) -> None:
    with FakeTwilio() as fake, Running(tmp_path) as program:
        counter = Counter(fake, program)
        for path in (MESSAGES, TEXTS, REPORTS):
            assert counter.posts(counter.form(), path).status_code == 404
        assert not counter.rows(INBOX)


# --- mutations --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands on the line."""

    target: bytes
    body: bytes
    signature: bytes
    method: bytes = b"POST"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("latin-1"), keep_blank_values=True)

    def says(self, pairs: list[tuple[str, str]]) -> "Request":
        return replace(self, body=urlencode(pairs).encode())

    def signed(self) -> tuple[object, ...]:
        """What a signature speaks of: two requests alike in this are the same to Twilio."""
        return self.method, self.target, sorted(set(self.pairs)), self.signature

    def sent(self, port: int) -> int:
        """Send it; the status of the answer, or 0 when the line was cut."""
        head = [
            self.method + b" " + self.target + b" HTTP/1.1",
            b"Host: 127.0.0.1",
            b"Content-Type: application/x-www-form-urlencoded",
            b"Content-Length: " + str(len(self.body)).encode(),
            b"X-Twilio-Signature: " + self.signature,
            b"Connection: close",
        ]
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            answer = b""
            with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before the end
                line.sendall(b"\r\n".join([*head, b"", b""]) + self.body)
            with suppress(ConnectionResetError):
                while b"\r\n" not in answer and (more := line.recv(4096)):
                    answer += more
        return int(answer.split(b" ", 2)[1]) if answer else 0


Mutation = Callable[[random.Random, Request], Request]


def flips(dice: random.Random, text: bytes) -> bytes:
    """Some bits of one to three bytes."""
    changed = bytearray(text)
    for _ in range(dice.randint(1, 3)):
        changed[dice.randrange(len(changed))] ^= dice.randint(1, 255)
    return bytes(changed)


def word(dice: random.Random) -> str:
    alphabet = string.ascii_letters + string.digits + "&=%+ \0é😀"
    return "".join(dice.choice(alphabet) for _ in range(dice.randint(1, 20)))


def body_flipped(dice: random.Random, request: Request) -> Request:
    return replace(request, body=flips(dice, request.body))


def body_cut(dice: random.Random, request: Request) -> Request:
    return replace(request, body=request.body[: dice.randrange(len(request.body))])


def body_longer(dice: random.Random, request: Request) -> Request:
    return replace(request, body=request.body + dice.choice([b"&", b"%", b"=", b"\xff"]) * 3)


def body_huge(dice: random.Random, request: Request) -> Request:
    filler = dice.choice([b"&x=" + b"y" * 300_000, b"&x=y" * 600, b"y" * 300_000])
    return replace(request, body=request.body + filler)


def body_other(dice: random.Random, request: Request) -> Request:
    return replace(request, body=dice.choice([b"", b"{}", b"\0", b"\xff\xfe", dice.randbytes(99)]))


def field_added(dice: random.Random, request: Request) -> Request:
    pairs = request.pairs
    pairs.insert(dice.randint(0, len(pairs)), (word(dice), dice.choice(["", word(dice)])))
    return request.says(pairs)


def field_removed(dice: random.Random, request: Request) -> Request:
    pairs = request.pairs
    pairs.pop(dice.randrange(len(pairs)))
    return request.says(pairs)


def field_duplicated(dice: random.Random, request: Request) -> Request:
    pairs = request.pairs
    name, value = dice.choice(pairs)
    pairs.insert(dice.randint(0, len(pairs)), (name, dice.choice([value, word(dice), ""])))
    return request.says(pairs)


def field_renamed(dice: random.Random, request: Request) -> Request:
    pairs = request.pairs
    at = dice.randrange(len(pairs))
    name, value = pairs[at]
    pairs[at] = (dice.choice([name.lower(), name + " ", f"{name}\0", word(dice)]), value)
    return request.says(pairs)


def field_changed(dice: random.Random, request: Request) -> Request:
    pairs = request.pairs
    at = dice.randrange(len(pairs))
    name, value = pairs[at]
    pairs[at] = (name, dice.choice([value + " ", value[1:], f"{value}\0", word(dice)]))
    return request.says(pairs)


def fields_swapped(dice: random.Random, request: Request) -> Request:
    pairs = request.pairs
    (i, j) = dice.sample(range(len(pairs)), 2)
    pairs[i], pairs[j] = (pairs[i][0], pairs[j][1]), (pairs[j][0], pairs[i][1])
    return request.says(pairs)


def query_added(dice: random.Random, request: Request) -> Request:
    query = dice.choice([b"row=1", b"x", b"\xff\xfe", b"bodySHA256=", b"%00", b"row=1&row=2"])
    return replace(request, target=request.target + b"?" + query)


def path_changed(dice: random.Random, request: Request) -> Request:
    others = [b"/webhooks/sms", b"/webhooks/whatsapp/status", b"/webhooks/telegram", b"/"]
    others += [b"//webhooks/whatsapp", b"/webhooks/whatsapp/", b"/webhooks/../webhooks/whatsapp"]
    others += [b"/webhooks/whatsapp;x", b"/webhooks/whatsapp\xff", b"http://evil.example/", b"*"]
    return replace(request, target=dice.choice([*others, b"/" + flips(dice, request.target[1:])]))


def signature_changed(dice: random.Random, request: Request) -> Request:
    good = request.signature
    others = [b"", good[: dice.randrange(len(good))], good * 2, good[::-1], good.swapcase()]
    others += [dice.randbytes(20).hex().encode(), good + b"=", b"\xe9" + good]
    at = dice.randrange(len(good) - 1)
    others.append(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    return replace(request, signature=dice.choice(others))


def method_changed(dice: random.Random, request: Request) -> Request:
    return replace(request, method=dice.choice([b"GET", b"PUT", b"HEAD", b"PATCH", b"DELETE"]))


KINDS: tuple[Mutation, ...] = (
    body_flipped,
    body_flipped,
    body_cut,
    body_longer,
    body_huge,
    body_other,
    field_added,
    field_removed,
    field_duplicated,
    field_renamed,
    field_changed,
    fields_swapped,
    query_added,
    path_changed,
    signature_changed,
    method_changed,
)


def test_no_mutation_of_a_signed_webhook_is_accepted_and_none_is_an_error(
    counter: Counter,
) -> None:
    dice = random.Random(1122)
    pairs = [*counter.form("Saya mau urus KTP & KK"), ("FromCity", ""), ("Tag", "b"), ("Tag", "a")]
    good = Request(MESSAGES.encode(), urlencode(pairs).encode(), counter.sign(pairs).encode())
    before = len(counter.rows(INBOX))
    count = 0
    while count < MUTATIONS:
        kind = KINDS[count % len(KINDS)]
        mutated = kind(dice, good)
        if mutated.signed() == good.signed():
            continue  # "%2B" and "%2b" say the same
        count += 1
        status = mutated.sent(counter.program.port)
        expected = range(300, 500) if mutated.target.endswith(b"/") else range(400, 500)
        assert status in expected, f"{kind.__name__}: {status} for {mutated}"
    assert len(counter.rows(INBOX)) == before
    assert good.sent(counter.program.port) == 200
    assert taken(counter, pairs) == 1


def test_a_form_cut_differently_has_no_second_effect(counter: Counter) -> None:
    """Twilio signs names and values run together, so another cut has the same signature."""
    pairs = counter.form()
    signature = counter.sign(pairs)
    assert counter.posts(pairs).status_code == 200
    before = len(counter.rows(INBOX))
    text = "".join(name + value for name, value in sorted(pairs))
    cut = 0
    for number in range(len(pairs)):
        name, value = sorted(pairs)[number]
        others = [pair for pair in pairs if pair[0] != name]
        whole = name + value
        moved = [[*others, (whole[:at], whole[at:])] for at in range(len(whole) + 1)]
        if others and number:
            first, ahead = sorted(pairs)[number - 1]
            rest = [pair for pair in others if pair[0] != first]
            moved.append([*rest, (first, ahead + whole)])
        for form in moved:
            if "".join(n + v for n, v in sorted(form)) != text:
                continue  # it would be sorted elsewhere
            cut += 1
            assert counter.posts(form, signature=signature).status_code < 500
    assert cut > 100
    assert len(counter.rows(INBOX)) == before


def test_without_a_token_the_program_does_not_start(tmp_path: Path) -> None:
    with FakeTwilio() as fake:
        for token in ("", None):
            given = {**settings(fake), "LOKET_WHATSAPP__AUTH_TOKEN": token}
            program = Running(tmp_path, **{k: v for k, v in given.items() if v is not None})
            with pytest.raises(AssertionError, match=r"whatsapp\.auth_token: is missing"):
                program.start()


def test_a_query_that_is_no_text_is_refused_without_an_error(counter: Counter) -> None:
    pairs = counter.form()
    body, signature = urlencode(pairs).encode(), counter.sign(pairs).encode()
    for path in (MESSAGES, REPORTS):
        request = Request(path.encode() + b"?row=\xff\xfe", body, signature)
        assert 400 <= request.sent(counter.program.port) < 500


# --- what is signed, and strange nevertheless -------------------------------------------


def raw(counter: Counter, body: bytes, signature: str = "x") -> int:
    answer = httpx.post(
        counter.program.url + MESSAGES, content=body, headers={"x-twilio-signature": signature}
    )
    return answer.status_code


def test_a_body_too_large_is_refused_before_it_is_read_to_the_end(counter: Counter) -> None:
    assert raw(counter, b"Body=" + b"x" * 300_000) == 413
    large = counter.form("x" * 300_000)
    assert counter.posts(large).status_code == 413
    assert taken(counter, large) == 0

    def endless() -> Iterator[bytes]:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            yield b"x" * 65536
        raise AssertionError("it was read on and on")

    try:
        answer = httpx.post(counter.program.url + MESSAGES, content=endless())
        assert answer.status_code == 413
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pass  # cut off while still sending


def test_a_body_that_is_no_form_is_refused(counter: Counter) -> None:
    for body in (b"\xff\xfe\xfd", b"Body=%FF%FE", b"%C3%28=x", b"&".join([b"x=y"] * 501)):
        assert raw(counter, body) == 400
    for body in (b"", b"{}", b"null", b"&&&===", b"\0", b"Body=%", b"a;b"):
        assert raw(counter, body) == 403


def test_a_signed_form_without_a_message_is_refused(counter: Counter) -> None:
    before = len(counter.rows(INBOX))
    for sid in ("", "x", "SM" + "0" * 31, "SM" + "0" * 33, "SM" + "g" * 32, "x" * 5000):
        assert counter.posts(counter.form(MessageSid=sid)).status_code == 400
    without = [(name, value) for name, value in counter.form() if name != "MessageSid"]
    assert counter.posts(without).status_code == 400
    assert len(counter.rows(INBOX)) == before


def test_nul_characters_are_left_out_and_the_rest_is_heard(counter: Counter) -> None:
    user = counter.fake.user("+6281200000002")
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    pairs = counter.form("men\0u\0", user.phone, ProfileName="Si\0ti", **{"X\0": "\0"})
    assert counter.posts(pairs).status_code == 200
    (row,) = counter.rows(INBOX, INBOX.c.external_id == dict(pairs)["MessageSid"])
    assert row.state == "done"
    assert "\0" not in row.raw
    user.waits_for("Mau urus apa")


@pytest.mark.parametrize(
    "fields",
    [
        {"From": ""},
        {"From": "whatsapp:"},
        {"From": "whatsapp:+"},
        {"From": "INFOBANK"},
        {"From": "12345"},
        {"From": "whatsapp:+62812\n34567890"},
        {"NumMedia": "-1"},
        {"NumMedia": "²"},
        {"NumMedia": "99999999999999999999"},
        {"NumMedia": "1"},
        {"NumMedia": "1", "MediaUrl0": "javascript:alert(1)", "MediaContentType0": "image/jpeg"},
        {"NumMedia": "1", "MediaUrl0": "https://[", "MediaContentType0": "/"},
        {"Latitude": "x", "Longitude": "y", "Body": ""},
        {"ButtonPayload": "x" * 5000},
        {"ListId": "\ud7ff\u202e"},
        {"Body": "😀" * 1600},
        {"Body": ""},
        {"ProfileName": "x" * 5000},
        {"DateSent": "yesterday"},
        {"DateSent": "2026-11-23T08:00:00"},
    ],
    ids=lambda fields: ", ".join(f"{name}={value!r:.30}" for name, value in fields.items()),
)
def test_a_signed_form_with_strange_fields_is_no_error(
    counter: Counter, fields: dict[str, str]
) -> None:
    pairs = counter.form(**fields)
    assert counter.posts(pairs).status_code == 200
    found = counter.rows(INBOX, INBOX.c.external_id == dict(pairs)["MessageSid"])
    assert all(row.state == "done" for row in found)


def test_the_same_webhook_ten_times_at_once_has_one_effect(counter: Counter) -> None:
    user = counter.fake.user("+6281200000003")
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    counter.fake.waits_until_quiet()
    before = len(user.messages)
    pairs = counter.form("menu", user.phone)
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: counter.posts(pairs).status_code, range(10)))
    assert statuses == [200] * 10
    user.waits_for("Mau urus apa")
    time.sleep(0.5)
    counter.fake.waits_until_quiet()
    assert taken(counter, pairs) == 1
    assert len(user.messages) == before + 1


# --- reports on our messages ------------------------------------------------------------


def report(counter: Counter, row: Any, status: str, **more: str) -> list[tuple[str, str]]:
    fields = {
        "AccountSid": counter.fake.account_sid,
        "From": counter.fake.whatsapp_from,
        "MessageSid": row.external_id,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": f"whatsapp:{row.address}",
    }
    return list((fields | more).items())


def reports(counter: Counter, row: Any, status: str, **more: str) -> int:
    path = f"{REPORTS}?row={row.id}"
    return counter.posts(report(counter, row, status, **more), path).status_code


@pytest.fixture
def silent(counter: Counter) -> Iterator[Counter]:
    """Twilio reports nothing by itself."""
    counter.fake.waits_until_quiet()
    counter.fake.callbacks = "none"
    yield counter
    counter.fake.callbacks = "in_order"


def answered(counter: Counter, phone: str, times: int) -> list[Any]:
    """Rows of that many messages that were sent to one person, of which nothing is known yet."""
    user = counter.fake.user(phone)
    for _ in range(times):
        user.says("menu")
        user.waits_for("")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        rows = counter.rows(OUTBOX, OUTBOX.c.address == phone, OUTBOX.c.state == "sent")
        if len(rows) >= times:
            assert {row.receipt for row in rows} == {""}
            return rows[:times]
        time.sleep(0.05)
    raise AssertionError("not everything was sent")


def receipt(counter: Counter, row: Any) -> str:
    (found,) = counter.rows(OUTBOX, OUTBOX.c.id == row.id)
    return str(found.receipt)


def test_reports_may_come_in_any_order_and_twice(silent: Counter) -> None:
    orders = list(permutations(("queued", "sent", "delivered", "read")))
    rows = answered(silent, "+6281200000004", len(orders))
    for row, order in zip(rows, orders, strict=True):
        for status in order:
            assert reports(silent, row, status) == 204
            assert reports(silent, row, status) == 204
        assert receipt(silent, row) == "read", order


def test_all_reports_of_one_message_at_once_end_with_the_last(silent: Counter) -> None:
    (row,) = answered(silent, "+6281200000005", 1)
    statuses = ["queued", "sent", "delivered", "read"] * 5
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda status: reports(silent, row, status), statuses))
    assert set(answers) == {204}
    assert receipt(silent, row) == "read"


def test_a_report_that_says_nothing_known_changes_nothing(silent: Counter) -> None:
    (row,) = answered(silent, "+6281200000006", 1)
    for status in ("", "received", "DELIVERED", "failed?", "x" * 1000):
        assert reports(silent, row, status) == 204
    assert receipt(silent, row) == ""
    assert reports(silent, row, "read", To=row.address) == 204  # it was not by text message
    assert receipt(silent, row) == ""


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?row=",
        "?row=999999999",
        "?row=0",
        "?row=-1",
        "?row=+1",
        "?row=1.0",
        "?row=1e3",
        "?row=1_0",
        "?row=abc",
        "?row=%D9%A1",
        "?row=%00",
        "?row=%FF",
        f"?row={2**31}",
        f"?row={2**63 - 1}",
        f"?row={2**63}",
        f"?row={10**30}",
        f"?row={'0' * 20}{'9' * 30}",
        f"?row={'9' * 5000}",
        f"?row={'0' * 5000}",
        "?row[]=1",
        "?line=1",
    ],
    ids=lambda query: f"{query:.40}",
)
def test_a_report_on_no_row_of_ours_is_taken_in_silence(silent: Counter, query: str) -> None:
    before = {row.id: row.receipt for row in silent.rows(OUTBOX)}
    pairs = list({**dict(silent.form()), "MessageStatus": "delivered"}.items())
    assert silent.posts(pairs, f"{REPORTS}{query}").status_code == 204
    assert {row.id: row.receipt for row in silent.rows(OUTBOX)} == before


def test_postgresql_takes_the_same(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.url(cluster.create())
    with opened(tmp_path, LOKET_DATABASE__URL=url) as counter:
        pairs = counter.form("mulai pu\0", ProfileName="Si\0ti")
        with ThreadPoolExecutor(10) as pool:
            statuses = list(pool.map(lambda _: counter.posts(pairs).status_code, range(10)))
        assert statuses == [200] * 10
        assert taken(counter, pairs) == 1
        for row in ("0", str(2**31 - 1), str(2**31), str(2**63 - 1), "9" * 5000, "x"):
            report_on = {**dict(pairs), "MessageStatus": "read"}
            answer = counter.posts(list(report_on.items()), f"{REPORTS}?row={row}")
            assert answer.status_code == 204, row


def test_a_forged_report_changes_nothing(silent: Counter) -> None:
    (row, other) = answered(silent, "+6281200000007", 2)
    pairs = report(silent, row, "failed", ErrorCode="63024")
    signature = silent.sign(pairs, f"{REPORTS}?row={other.id}")
    path = f"{REPORTS}?row={row.id}"
    assert silent.posts(pairs, path, signature=signature).status_code == 403
    assert silent.posts(pairs, path, signature="").status_code == 403
    assert receipt(silent, row) == receipt(silent, other) == ""
