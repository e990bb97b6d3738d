"""Fetching what a person sent: the key, the redirect to another host, and traps on the way."""

from collections.abc import Iterator

import httpx
import pytest

from fakes.twilio import ENDLESS, FakeTwilio, FakeUser, picture
from fakes.twilio_driver import Program, asked


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def siti(fake: FakeTwilio) -> FakeUser:
    return fake.user("+6281234567890", "Siti")


def photo_url(fake: FakeTwilio, siti: FakeUser) -> str:
    """Where the program is told to fetch a photo of Siti's."""
    with Program(fake) as program:
        siti.sends_photo(picture("KTP"))
        return program.waits_for(1)[0]["MediaUrl0"]


def plain(url: str) -> httpx.Response:
    """Without the key."""
    return httpx.get(url, verify=False, trust_env=False)


def test_a_file_is_fetched_by_key_and_then_by_a_signed_address(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    url = photo_url(fake, siti)
    first = asked(fake, "GET", url)
    assert first.status_code == 307
    assert first.headers["location"].startswith(fake.media_url)
    assert fake.media_url != fake.url
    second = plain(first.headers["location"])
    assert (second.content, second.headers["content-type"]) == (picture("KTP"), "image/jpeg")


def test_the_key_is_needed_and_the_person_must_be_ours(fake: FakeTwilio, siti: FakeUser) -> None:
    url = photo_url(fake, siti)
    assert plain(url).status_code == 401
    assert asked(fake, "GET", url[:-4] + "0000").status_code == 404


def test_the_second_server_notices_who_brings_the_key_along(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    address = asked(fake, "GET", photo_url(fake, siti)).headers["location"]
    plain(address)
    asked(fake, "GET", address)
    careful, careless = fake.media_requests
    assert "authorization" not in careful.headers
    assert careless.headers["authorization"].startswith("Basic ")


def test_a_signed_address_lives_four_hours_and_cannot_be_forged(
    fake: FakeTwilio, siti: FakeUser
) -> None:
    url = photo_url(fake, siti)
    address = asked(fake, "GET", url).headers["location"]
    assert plain(address.partition("?")[0]).status_code == 403
    assert plain(address.replace("Signature=", "Signature=0")).status_code == 403
    fake.advance(hours=4, minutes=1)
    assert plain(address).status_code == 403
    assert plain(asked(fake, "GET", url).headers["location"]).status_code == 200


def test_a_file_is_missing_twice_and_then_there(fake: FakeTwilio, siti: FakeUser) -> None:
    url = photo_url(fake, siti)
    fake.fail("media", times=2, status=404)
    answers = [asked(fake, "GET", url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 307]
    assert answers[0].json()["code"] == 20404


def test_the_second_server_can_fail_as_well(fake: FakeTwilio, siti: FakeUser) -> None:
    address = asked(fake, "GET", photo_url(fake, siti)).headers["location"]
    fake.fail("cdn", status=503)
    fake.fail("cdn", status="drop")
    assert plain(address).status_code == 503
    with pytest.raises(httpx.RemoteProtocolError):
        plain(address)
    assert plain(address).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "http://127.0.0.1:22/"],
)
def test_a_redirect_may_be_a_trap(fake: FakeTwilio, siti: FakeUser, target: str) -> None:
    url = photo_url(fake, siti)
    fake.misdirects(target)
    assert asked(fake, "GET", url).headers["location"] == target
    assert asked(fake, "GET", url).headers["location"].startswith(fake.media_url)


def test_a_redirect_may_have_no_end(fake: FakeTwilio, siti: FakeUser) -> None:
    url = photo_url(fake, siti)
    fake.misdirects(ENDLESS)
    with pytest.raises(httpx.TooManyRedirects):
        asked(fake, "GET", url, follow_redirects=True)
    assert len(fake.media_requests) == 20
    assert "authorization" not in fake.media_requests[0].headers  # httpx leaves the key behind


def test_a_deleted_file_is_gone(fake: FakeTwilio, siti: FakeUser) -> None:
    url = photo_url(fake, siti)
    assert asked(fake, "DELETE", f"{url}.json").status_code == 204
    assert asked(fake, "GET", url).status_code == 404
