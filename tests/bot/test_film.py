"""A video for a broadcast: what every phone plays is taken, and what it tells of places goes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.examined import Unfit
from bot.film import examine, is_film
from films import box, film, track

PLACE = b"+7.4123-109.2456/"


def refused(data: bytes) -> str:
    with pytest.raises(Unfit) as no:
        examine(data)
    return no.value.code


def test_a_film_of_a_phone_is_taken_as_it_is() -> None:
    data = film()
    seen = examine(data)
    assert (seen.kind, seen.media_type, seen.width, seen.height) == ("video", "video/mp4", 320, 240)
    assert seen.data == data


def test_a_film_without_sound_is_taken() -> None:
    assert examine(film(tracks=(track(),))).kind == "video"


def test_where_it_was_taken_is_blanked_and_the_pictures_stay() -> None:
    notes = box(b"udta", box(b"\xa9xyz", PLACE))
    inner = track(notes=box(b"meta", PLACE))
    data = film(notes=notes, tracks=(inner,)) + box(b"uuid", PLACE)
    seen = examine(data)
    assert data.count(PLACE) == 3
    assert PLACE not in seen.data
    assert len(seen.data) == len(data)
    assert examine(seen.data).data == seen.data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (film(brand=b"qt  "), "film_kind"),
        (film(tracks=(track(codec=b"hvc1"),)), "film_kind"),
        (film(tracks=(track(), track(b"soun", b"alac"))), "film_kind"),
        (film(tracks=(track(), track(b"meta", b"gpmd"))), "film_kind"),
        (
            film(
                tracks=(track(), track()),
            ),
            "film_kind",
        ),
        (film(tracks=(track(b"soun", b"mp4a"),)), "film_kind"),
        (film(seconds=0), "film_kind"),
        (film(seconds=181), "film_long"),
        (film()[:-1], "broken"),
        (film() + b"\0\0\0\4free", "broken"),
        (box(b"ftyp", b"isom", bytes(4)), "broken"),
        (film() + box(b"free") * 600, "broken"),
    ],
)
def test_what_some_phones_could_not_play_is_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_picture_of_an_iphone_is_no_film() -> None:
    assert not is_film(box(b"ftyp", b"heic", bytes(4)))
    assert is_film(film())


@given(st.binary(max_size=200), st.integers(0, 600))
def test_whatever_is_broken_in_it_ends_as_a_refusal(noise: bytes, at: int) -> None:
    data = film(size=50)
    broken = data[:at] + noise + data[at + len(noise) :]
    with suppress(Unfit):
        examine(broken)
