"""Codes of half a minute, held against the vectors of RFC 6238 and RFC 4226."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import totp
from talk import MONDAY

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds, code):
    at = totp.step(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    assert totp.code(SECRET, at, digits=8) == code
    assert totp.code(SECRET, at) == code[2:]


@pytest.mark.parametrize(
    ("counter", "code"), list(enumerate("755224 287082 359152 969429 338314 254676".split()))
)
def test_the_vectors_of_rfc_4226(counter, code):
    assert totp.code(SECRET, counter) == code


def test_a_code_fits_half_a_minute_before_and_after_and_no_longer():
    typed = totp.code(SECRET, totp.step(MONDAY))
    near = range(-90, 121, 30)
    times = {seconds: MONDAY + timedelta(seconds=seconds) for seconds in near}
    fits = [each for each, now in times.items() if totp.matched(SECRET, typed, now) is not None]
    assert fits == [-30, 0, 30]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\u0661" * 6, "0" * 500])
def test_what_is_no_code_fits_nothing(typed):
    assert totp.matched(SECRET, typed, MONDAY) is None


def test_an_app_is_given_the_secret_by_hand_or_by_link():
    assert " ".join(totp.groups(SECRET)) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert totp.address(SECRET, "sari.pu") == (
        "otpauth://totp/Loket:sari.pu?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Loket"
    )


@given(st.binary(min_size=100, max_size=100))
def test_a_recovery_code_is_read_however_it_is_typed(random):
    papers = totp.papers(random)
    assert len(papers) == 10
    for paper in papers:
        assert len(paper) == 19
        for typed in (paper, paper.lower(), paper.replace("-", ""), f" {paper.replace('-', ' ')} "):
            assert totp.read_paper(typed) == paper


def test_digits_that_look_like_letters_are_letters_on_paper():
    assert totp.read_paper("1080-AAAA-AAAA-AAAA") == "IOBO-AAAA-AAAA-AAAA"


@given(st.text(max_size=40))
def test_anything_else_is_no_recovery_code(typed):
    read = totp.read_paper(typed)
    assert read == "" or len(read) == 19
