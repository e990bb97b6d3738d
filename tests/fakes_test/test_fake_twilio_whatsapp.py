"""WhatsApp's own rules, told after Twilio has accepted: the window, templates, people, limits."""

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.twilio import FakeTwilio, FakeUser
from fakes.twilio_driver import Program, asked, outcome, send

DELIVERED = ("delivered", 0)


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def siti(fake: FakeTwilio) -> FakeUser:
    user = fake.user("+6281234567890", "Siti")
    user.says("halo")
    return user


def sent(fake: FakeTwilio, user: FakeUser, body: str = "halo", **fields: Any) -> tuple[str, int]:
    """What became of a message that was accepted."""
    status, code, sid = send(fake, user.address, body, **fields)
    assert status == 201, (status, code, sid)
    return outcome(fake, sid)


def content(fake: FakeTwilio, kind: str, given: dict[str, Any], **more: Any) -> str:
    types = {"friendly_name": "isi", "language": "id", "types": {f"twilio/{kind}": given}}
    answer = asked(fake, "POST", "/v1/Content", json=types | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def actions(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "id": f"b{number}"} for number, title in enumerate(titles)]


def test_free_words_are_accepted_and_fail_when_the_window_is_closed(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    assert sent(fake, siti) == DELIVERED
    fake.advance(hours=23, minutes=59)
    assert sent(fake, siti) == DELIVERED
    fake.advance(minutes=2)
    assert sent(fake, siti, "terlambat") == ("failed", 63016)
    assert siti.last.text == "halo"
    siti.says("masih di sini")
    assert sent(fake, siti) == DELIVERED


def test_who_never_wrote_has_no_window(fake: FakeTwilio) -> None:
    assert sent(fake, fake.user("+6281111111111")) == ("failed", 63016)


def test_an_approved_template_opens_every_door(fake: FakeTwilio) -> None:
    budi = fake.user("+6281111111111", "Budi")
    sid = fake.template("siap", "Surat untuk {{1}} sudah siap diambil.").sid
    given = {"ContentSid": sid, "ContentVariables": '{"1": "Pak Budi"}'}
    assert sent(fake, budi, "", **given) == DELIVERED
    assert budi.last.text == "Surat untuk Pak Budi sudah siap diambil."
    assert sent(fake, budi, "bebas") == ("failed", 63016)  # a template opens no window


def test_a_tap_on_a_template_opens_the_window(fake: FakeTwilio) -> None:
    budi = fake.user("+6281111111111", "Budi")
    buttons = {"body": "Surat siap diambil.", "actions": actions("Baik")}
    sid = fake.template("siap", "Surat siap diambil.", quick_reply=buttons).sid
    assert sent(fake, budi, "", ContentSid=sid) == DELIVERED
    budi.taps("Baik")
    assert sent(fake, budi, "bebas") == DELIVERED


@pytest.mark.parametrize("status", ["unsubmitted", "received", "rejected"])
def test_a_template_without_approval_opens_nothing(
    fake: FakeTwilio, siti: FakeUser, status: str
) -> None:
    sid = content(fake, "text", {"body": "Surat siap."})
    if status != "unsubmitted":
        asking = f"/v1/Content/{sid}/ApprovalRequests/whatsapp"
        asked(fake, "POST", asking, json={"name": "isi", "category": "UTILITY"})
    if status == "rejected":
        fake.rejects("isi", "INVALID_FORMAT")
    assert sent(fake, siti, "", ContentSid=sid) == DELIVERED  # within the window all is well
    fake.advance(hours=25)
    assert sent(fake, siti, "", ContentSid=sid) == ("failed", 63016)


def test_a_paused_template_says_so(fake: FakeTwilio, siti: FakeUser) -> None:
    sid = fake.template("siap", "Surat siap.").sid
    fake.pauses("siap")
    fake.advance(hours=25)
    assert sent(fake, siti, "", ContentSid=sid) == ("failed", 63041)


def test_a_list_never_starts_a_conversation(fake: FakeTwilio, siti: FakeUser) -> None:
    items = [{"item": "KTP", "id": "ktp"}]
    sid = content(fake, "list-picker", {"body": "Apa?", "button": "Lihat", "items": items})
    assert sent(fake, siti, "", ContentSid=sid) == DELIVERED
    fake.advance(hours=25)
    assert sent(fake, siti, "", ContentSid=sid) == ("failed", 63016)


def test_without_approval_three_buttons_are_the_most(fake: FakeTwilio, siti: FakeUser) -> None:
    three = content(fake, "quick-reply", {"body": "Apa?", "actions": actions("A", "B", "C")})
    assert sent(fake, siti, "", ContentSid=three) == DELIVERED
    four = {"body": "Apa?", "actions": actions("A", "B", "C", "D")}
    assert sent(fake, siti, "", ContentSid=content(fake, "quick-reply", four)) == (
        "failed",
        63005,
    )
    approved = fake.template("empat", "Apa?", quick_reply=four).sid
    assert sent(fake, siti, "", ContentSid=approved) == DELIVERED


@pytest.mark.parametrize(
    ("body", "title", "value", "expected"),
    [
        ("Untuk {{1}}?", "Ya", "x" * 1016, DELIVERED),
        ("Untuk {{1}}?", "Ya", "x" * 1018, ("failed", 63021)),
        ("Untuk siapa?", "{{1}}", "x" * 20, DELIVERED),
        ("Untuk siapa?", "{{1}}", "x" * 21, ("failed", 63021)),
        ("Untuk siapa?", "{{1}}", "Tidak", ("failed", 63021)),  # two buttons say the same
    ],
)
def test_filled_in_words_must_fit_too(
    fake: FakeTwilio, siti: FakeUser, body: str, title: str, value: str, expected: Any
) -> None:
    given = {"body": body, "actions": actions(title, "Tidak")}
    sid = content(fake, "quick-reply", given, variables={"1": "Ani"})
    variables = f'{{"1": "{value}"}}'
    assert sent(fake, siti, "", ContentSid=sid, ContentVariables=variables) == expected


def test_people_who_cannot_or_will_not_be_reached(fake: FakeTwilio, siti: FakeUser) -> None:
    siti.blocks()
    assert sent(fake, siti) == ("undelivered", 63014)
    siti.unblocks()
    assert sent(fake, siti) == DELIVERED
    siti.no_whatsapp()
    assert sent(fake, siti) == ("undelivered", 63024)
    siti.no_whatsapp(63003)
    assert sent(fake, siti) == ("undelivered", 63003)


def test_who_blocks_sms_is_not_reached(fake: FakeTwilio) -> None:
    budi = fake.user("+6282222222", channel="sms")
    assert sent(fake, budi) == DELIVERED  # an SMS knows no window
    budi.blocks()
    assert sent(fake, budi) == ("undelivered", 30004)


def test_meta_holds_back_advertising_and_nothing_else(fake: FakeTwilio, siti: FakeUser) -> None:
    siti.no_marketing()
    news = fake.template("kabar", "Pelatihan gratis di kecamatan.", category="MARKETING").sid
    ready = fake.template("siap", "Surat siap.").sid
    assert sent(fake, siti, "", ContentSid=news) == ("failed", 63049)
    assert sent(fake, siti, "", ContentSid=ready) == DELIVERED


@pytest.mark.parametrize(
    ("mime", "size", "expected"),
    [
        ("application/pdf", 1000, DELIVERED),
        ("image/jpeg", 5 * 1024 * 1024 + 1, ("failed", 11751)),
        ("application/pdf", 16 * 1024 * 1024 + 1, ("failed", 11751)),
        ("application/zip", 1000, ("failed", 63021)),
    ],
)
def test_files_must_be_small_and_known(
    fake: FakeTwilio, siti: FakeUser, mime: str, size: int, expected: Any
) -> None:
    with Program(fake) as program:
        url = program.hosts("/berkas", mime, bytes(size))
        assert sent(fake, siti, "", MediaUrl=url) == expected


def test_a_file_that_cannot_be_fetched_fails_the_message(fake: FakeTwilio, siti: FakeUser) -> None:
    with Program(fake) as program:
        missing = sent(fake, siti, "", MediaUrl=f"{program.public}/tidak-ada")
        assert missing == ("failed", 63019)


class Still:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_number_sends_no_faster_than_its_throughput() -> None:
    clock = Still()
    with FakeTwilio(clock=clock, throughput=5) as fake:
        people = [fake.user(f"+62812345678{number:02}") for number in range(6)]
        for person in people:
            person.says("halo")
        results = [sent(fake, person) for person in people]
        assert results == [DELIVERED] * 5 + [("failed", 63018)]
        clock.now += 1
        assert sent(fake, people[5]) == DELIVERED


def test_one_person_can_be_written_to_every_few_seconds_only() -> None:
    clock = Still()
    with FakeTwilio(clock=clock) as fake:
        fake.pair_seconds = 6.0
        siti, budi = fake.user("+6281234567890"), fake.user("+6281111111111")
        for person in (siti, budi):
            person.says("halo")
        assert sent(fake, siti) == DELIVERED
        assert sent(fake, siti) == ("failed", 63018)
        assert sent(fake, budi) == DELIVERED
        clock.now += 6
        assert sent(fake, siti) == DELIVERED
