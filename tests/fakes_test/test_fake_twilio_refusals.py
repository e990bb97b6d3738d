"""What Twilio refuses at once: keys, numbers, words, templates.

Asked over bare HTTP; the last test shows what the official library makes of it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]

from fakes.twilio import FakeTwilio, FakeUser
from fakes.twilio_driver import asked, client_for, send


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def siti(fake: FakeTwilio) -> FakeUser:
    user = fake.user("+6281234567890", "Siti")
    user.says("halo")
    return user


def messages(fake: FakeTwilio) -> str:
    return f"/2010-04-01/Accounts/{fake.account_sid}/Messages.json"


def test_a_wrong_key_is_turned_away(fake: FakeTwilio) -> None:
    for auth in ((fake.account_sid, "salah"), None):
        answer = asked(fake, "POST", messages(fake), auth=auth)
        assert answer.status_code == 401
        assert answer.json() == {
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }


def test_what_is_not_there_or_not_ours_is_404(fake: FakeTwilio) -> None:
    others = messages(fake).replace(fake.account_sid, "AC" + "9" * 32)
    missing = messages(fake).replace(".json", f"/SM{'0' * 32}.json")
    for path in (others, missing, "/2010-04-01/Nothing.json", "/v1/Content/HX1"):
        answer = asked(fake, "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "whatsapp:6281234567890"}, 21211),
        ({"To": "whatsapp:+62 812 3456"}, 21211),
        ({"To": "081234567890"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "whatsapp:+6289999999"}, 63007),
        ({"From": "whatsapp:kantor"}, 63007),
        ({"From": "+12025550123"}, 21910),
        ({"To": "+6281234567890", "From": "+12025550199"}, 21659),
        ({"To": "+6281234567890", "From": "kantor"}, 21212),
        ({"From": "", "MessagingServiceSid": "MG" + "0" * 32}, 21701),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": "  "}, 21619),
        ({"MediaUrl": "ftp://example.com/a.jpg"}, 21620),
        ({"MediaUrl": ["https://example.com/a.jpg"] * 11}, 21623),
        ({"StatusCallback": "status"}, 21609),
        ({"StatusCallback": "https://my_host.example.com/status"}, 21609),
        ({"ContentVariables": "{}"}, 21654),
        ({"ContentSid": "HX" + "0" * 32}, 21655),
    ],
)
def test_a_message_is_refused(
    fake: FakeTwilio, siti: FakeUser, fields: dict[str, Any], code: int
) -> None:
    given = {"to": siti.address, "body": "halo"} | {
        {"To": "to", "Body": "body"}.get(name, name): value for name, value in fields.items()
    }
    assert send(fake, **given)[:2] == (400, code)
    assert siti.messages == []


def test_the_words_of_a_refusal_name_the_number(fake: FakeTwilio) -> None:
    assert send(fake, "whatsapp:628")[2] == (
        "The 'To' number whatsapp:628 is not a valid phone number."
    )


def test_1600_characters_are_enough(fake: FakeTwilio, siti: FakeUser) -> None:
    assert send(fake, siti.address, "x" * 1600)[0] == 201


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ("bukan JSON", 21656),
        ('["Siti"]', 21656),
        ('{"1": ""}', 21656),
        ('{"1": null}', 21656),
        ('{"1": 5}', 21656),
        ('{"1": "dua\\nbaris"}', 21656),
        ('{"1": "a\\tb"}', 21656),
        ('{"1": "lima     spasi"}', 21656),
        ('{"1": "Siti", "7": "siapa?"}', 21656),
        (json.dumps({"1": "x" * 1601}), 21658),
    ],
)
def test_bad_variables_are_refused(
    fake: FakeTwilio, siti: FakeUser, variables: str, code: int
) -> None:
    sid = fake.template("siap", "Surat untuk {{1}} sudah siap.").sid
    given = {"ContentSid": sid, "ContentVariables": variables}
    assert send(fake, siti.address, "", **given)[:2] == (400, code)


def test_four_spaces_and_missing_variables_pass(fake: FakeTwilio, siti: FakeUser) -> None:
    sid = fake.template("siap", "Surat untuk {{1}} sudah siap.").sid
    given = {"ContentSid": sid, "ContentVariables": '{"1": "Siti    Aminah"}'}
    assert send(fake, siti.address, "", **given)[0] == 201
    assert send(fake, siti.address, "", ContentSid=sid)[0] == 201
    siti.waits_for("Siti    Aminah")
    siti.waits_for("untuk contoh sudah")  # the sample stands in


def test_a_type_the_channel_cannot_show_is_refused(fake: FakeTwilio) -> None:
    types = {"twilio/quick-reply": {"body": "Benar?", "actions": [{"title": "Ya", "id": "y"}]}}
    given = {"friendly_name": "benar", "language": "id", "types": types}
    sid = asked(fake, "POST", "/v1/Content", json=given).json()["sid"]
    assert send(fake, "+6281234567890", "", ContentSid=sid)[:2] == (400, 216602)


def test_who_said_stop_by_sms_is_left_alone(fake: FakeTwilio) -> None:
    budi = fake.user("+6282222222", channel="sms")
    budi.stops()
    assert send(fake, budi.address)[:2] == (400, 21610)
    assert send(fake, "whatsapp:+6282222222")[0] == 201  # another channel, another list
    budi.resumes()
    assert send(fake, budi.address)[0] == 201


def test_the_library_raises_the_code(fake: FakeTwilio) -> None:
    client = client_for(fake)
    with pytest.raises(TwilioRestException) as refusal:
        client.messages.create(to="whatsapp:628", from_=fake.whatsapp_from, body="halo")
    assert (refusal.value.status, refusal.value.code) == (400, 21211)
    assert "is not a valid phone number" in refusal.value.msg
