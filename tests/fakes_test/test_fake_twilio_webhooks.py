"""What the fake tells the program, how it signs that, and what it makes of the answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from fakes.twilio import FakeTwilio, FakeUser
from fakes.twilio_driver import Program, client_for, send, waits
from fakes.twilio_http import Answer


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio(webhook_timeout=0.3) as running:
        yield running


@pytest.fixture
def program(fake: FakeTwilio) -> Iterator[Program]:
    with Program(fake) as running:
        yield running


@pytest.fixture
def siti(fake: FakeTwilio) -> FakeUser:
    user = fake.user("+6281234567890", "Siti")
    user.says("halo")
    fake.waits_until_quiet()
    return user


def test_the_official_validator_accepts_the_signature(fake: FakeTwilio, program: Program) -> None:
    fake.user("+6281234567890", "Siti Ämanah 🙂").says("a=b & c\nbaris dua")
    (form,) = program.waits_for(1)
    signature = program.headers[0]["x-twilio-signature"]
    validator = RequestValidator(fake.auth_token)
    url = f"{program.public}/whatsapp"
    assert validator.validate(url, form, signature)
    assert not validator.validate(url, form | {"Body": "lain"}, signature)
    assert not validator.validate(f"{program.url}/whatsapp", form, signature)
    assert not RequestValidator("lain").validate(url, form, signature)
    assert program.headers[0]["content-type"].startswith("application/x-www-form-urlencoded")


def test_a_message_of_the_program_is_sent_then_delivered_then_read(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    _, _, sid = send(fake, siti.address, StatusCallback=f"{program.public}/status")
    siti.waits_for("halo")
    fake.waits_until_quiet()
    siti.reads()
    fake.waits_until_quiet()
    assert program.statuses == ["sent", "delivered", "read"]
    first, *_, last = program.forms[1:]
    assert first["MessageSid"] == first["SmsSid"] == sid
    assert (first["ChannelPrefix"], first["SmsStatus"]) == ("whatsapp", "sent")
    assert (last["EventType"], last["To"]) == ("READ", siti.address)
    assert "ErrorCode" not in last
    assert siti.reads() == []  # nothing new


def test_a_failure_is_told_with_its_code(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    fake.advance(hours=25)
    send(fake, siti.address, StatusCallback=f"{program.public}/status")
    fake.waits_until_quiet()
    assert program.statuses == ["failed"]
    form = program.forms[-1]
    assert form["ErrorCode"] == "63016"
    assert "outside the allowed window" in form["ErrorMessage"]
    assert "outside the allowed window" in form["ChannelStatusMessage"]


def test_with_a_messaging_service_accepted_comes_first_and_queued_is_told(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    sent = client_for(fake).messages.create(
        to=siti.address,
        messaging_service_sid=fake.messaging_service_sid,
        body="halo",
        status_callback=f"{program.public}/status",
    )
    assert sent.status == "accepted"
    fake.waits_until_quiet()
    assert program.statuses == ["queued", "sent", "delivered"]
    assert program.forms[-1]["MessagingServiceSid"] == fake.messaging_service_sid


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        ("in_order", ["sent", "delivered"]),
        ("shuffled", ["delivered", "sent"]),
        ("doubled", ["sent", "sent", "delivered", "delivered"]),
        ("none", []),
    ],
)
def test_status_callbacks_come_as_ordered(
    fake: FakeTwilio, program: Program, siti: FakeUser, manner: Any, expected: list[str]
) -> None:
    fake.callbacks = manner
    send(fake, siti.address, StatusCallback=f"{program.public}/status")
    fake.waits_until_quiet()
    assert program.statuses == expected


def test_an_address_with_a_query_is_signed_whole(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    send(fake, siti.address, StatusCallback=f"{program.public}/status?pesan=7")
    fake.waits_until_quiet()
    assert program.statuses == ["sent", "delivered"]
    assert [(told.status, told.url[-8:]) for told in fake.told[-2:]] == [(204, "?pesan=7")] * 2


def test_who_does_not_believe_the_signature_answers_403(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    fake.webhook(f"{program.url}/whatsapp", "https://lain.example.go.id/whatsapp")
    siti.says("halo")
    fake.waits_until_quiet()
    assert [form["Body"] for form in program.forms] == ["halo"]  # the first one only
    assert [(alert.code, alert.detail) for alert in fake.alerts] == [(11200, "HTTP 403")]


def test_a_failed_webhook_is_not_repeated_but_the_message_stays_listed(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    program.answer = Answer(500)
    said = siti.says("hilang?")
    fake.waits_until_quiet()
    assert [form["Body"] for form in program.forms] == ["halo", "hilang?"]
    assert [(alert.code, alert.sid) for alert in fake.alerts] == [(11200, said)]
    (newest,) = client_for(fake).messages.list(to=fake.whatsapp_from, limit=1)
    assert (newest.sid, newest.body, newest.status) == (said, "hilang?", "received")


def test_a_program_that_is_away_or_slow_is_not_asked_again(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    program.delay = 1.0
    siti.says("lambat")
    waits(lambda: fake.alerts)
    assert (fake.alerts[0].code, fake.alerts[0].detail) == (11205, "TimeoutError")
    fake.webhook("http://127.0.0.1:9/whatsapp", f"{program.public}/whatsapp")
    siti.says("tidak ada orang")
    waits(lambda: len(fake.alerts) == 2)
    assert fake.alerts[1].detail == "ConnectionRefusedError"


def test_an_incoming_message_can_come_twice(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    fake.deliver_twice = True
    said = siti.says("dua kali")
    assert [form["MessageSid"] for form in program.waits_for(3)[1:]] == [said, said]
    first, second = program.headers[1:3]
    assert first["i-twilio-idempotency-token"] != second["i-twilio-idempotency-token"]


def test_messages_of_one_person_can_overtake_each_other(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    program.delay = 0.05
    for number in range(3):
        siti.says(f"pesan {number}")
    fake.waits_until_quiet()
    assert program.most_at_once == 1
    fake.in_order = False
    for number in range(3):
        siti.says(f"pesan {number}")
    fake.waits_until_quiet()
    assert program.most_at_once == 3


def test_plain_text_in_the_answer_is_shown_to_the_person(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    program.answer = Answer(200, b"OK", "text/plain; charset=utf-8")
    siti.says("halo")
    assert siti.waits_for("OK").direction == "outbound-reply"


def test_twiml_in_the_answer_is_carried_out(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    words = b"<Response><Message>Satu</Message><Message><Body>Dua</Body></Message></Response>"
    program.answer = Answer(200, words, "text/xml")
    siti.says("halo")
    assert [siti.waits_for("Satu").text, siti.waits_for("Dua").text] == ["Satu", "Dua"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, b"", "text/plain"), 0),
        (Answer(204), 0),
        (Answer(200, b"<Response/>", "text/xml"), 0),
        (Answer(200, b'{"ok": true}'), 12300),
        (Answer(200, b"<Response>", "text/xml"), 12100),
        (Answer(200, b"OK", "text/html"), 12100),
    ],
)
def test_an_answer_twilio_cannot_read_goes_to_the_error_log(
    fake: FakeTwilio, program: Program, siti: FakeUser, answer: Answer, code: int
) -> None:
    program.answer = answer
    siti.says("halo")
    fake.waits_until_quiet()
    assert [alert.code for alert in fake.alerts] == ([code] if code else [])
    assert siti.messages == []
