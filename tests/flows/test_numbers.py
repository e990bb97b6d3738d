"""Ticket numbers: no single slip leads to another ticket, or to any."""

import re
from itertools import combinations, permutations, product
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.numbers import FORM, confusable, is_valid, number

CODES = ("PU", "MA")
EVERY = [number(c, m, n) for c in CODES for m in ("2611", "2701") for n in (1, 42, 99999, 123456)]

numbers = st.builds(
    number,
    st.sampled_from(CODES),
    st.builds("{:02}{:02}".format, st.integers(24, 99), st.integers(1, 12)),
    st.integers(1, 999_999),
)


def is_ours(text):
    """What an officer's eye and the program check: a known office, and the check digit."""
    return is_valid(text) and text.partition("-")[0] in CODES


def test_a_number_is_office_month_sequence_and_check_digit():
    assert number("PU", "2611", 42) == "PU-2611-00042-5"


@pytest.mark.parametrize("made", EVERY)
def test_a_made_number_is_valid(made):
    assert is_ours(made)


@pytest.mark.parametrize("made", EVERY)
def test_every_single_wrong_character_is_caught(made):
    """Any of 0-9 and A-Z in the place of any character."""
    wrong = [
        made[:at] + char + made[at + 1 :]
        for at in range(len(made))
        for char in digits + ascii_uppercase
        if char != made[at]
    ]
    assert len(wrong) >= 15 * 35
    assert [each for each in wrong if is_ours(each)] == []


@pytest.mark.parametrize("made", EVERY[:3])
def test_a_missing_digit_makes_another_form(made):
    assert [each for at in range(15) if is_valid(each := made[:at] + made[at + 1 :])] == []


@pytest.mark.parametrize("made", EVERY)
def test_every_swap_of_neighbours_is_caught(made):
    swapped = {
        made[:at] + made[at + 1] + made[at] + made[at + 2 :] for at in range(len(made) - 1)
    } - {made}
    assert [each for each in swapped if is_ours(each)] == []


@given(numbers, st.data())
def test_a_wrong_digit_anywhere_in_any_number_is_caught(made, data):
    at = data.draw(st.sampled_from([i for i, char in enumerate(made) if char.isdigit()]))
    char = data.draw(st.sampled_from([each for each in digits if each != made[at]]))
    assert not is_valid(made[:at] + char + made[at + 1 :])


@given(numbers, st.data())
def test_a_swap_of_neighbouring_digits_in_any_number_is_caught(made, data):
    pairs = [
        i for i in range(len(made) - 1) if made[i : i + 2].isdigit() and made[i] != made[i + 1]
    ]
    at = data.draw(st.sampled_from(pairs))
    assert not is_valid(made[:at] + made[at + 1] + made[at] + made[at + 2 :])


@given(st.text(max_size=30))
def test_any_text_can_be_asked_about(text):
    assert FORM.fullmatch(text) or not is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PU",
        "PU-2611-00042",
        "pu-2611-00042-5",
        "PU-2611-0042-5",
        " PU-2611-00042-5",
        "PU-2611-00042-5\n",
    ],
)
def test_another_form_is_no_number(text):
    assert not is_valid(text)


@pytest.mark.parametrize("text", ["PU-٢٦١١-00042-5", "PU-2611-00042-５"])
def test_digits_of_other_scripts_make_no_number(text):
    assert not is_valid(text)


def test_no_two_numbers_of_one_office_and_month_are_alike():
    made = [number("PU", "2611", n) for n in range(1, 2000)]
    assert len(set(made)) == len(made)
    assert sorted(made) == made, "and they sort by their age"


def test_two_codes_are_confusable_when_one_wrong_letter_would_go_unnoticed():
    for one, other in combinations(("".join(p) for p in product("AKUPM", repeat=2)), 2):
        differ = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        slips = len(differ) == 1 and is_valid(number(one, "2611", 7).replace(one, other))
        assert confusable(one, other) == slips, (one, other)


def test_codes_of_different_length_are_not_confusable():
    assert not confusable("PU", "PUR")


def test_the_codes_of_this_house_cannot_be_confused(house):
    codes = [office.code for office in house.offices.values()]
    assert not any(confusable(one, other) for one, other in permutations(codes, 2))
    assert all(re.fullmatch("[A-Z]{2,4}", code) for code in codes)
