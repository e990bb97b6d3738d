"""The effect of telling people, held against published figures and against simulated citizens."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.effect import effect, wilson


@pytest.mark.parametrize(
    ("count", "size", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_s_interval_is_that_of_newcombe_s_table(count, size, low, high):
    """Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3."""
    assert wilson(count, size) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090),
     ((10, 10), (0, 20), 0.6791, 1.0), ((5, 56), (0, 29), -0.0381, 0.1926)],
)  # fmt: skip
def test_the_difference_is_that_of_newcombe_s_table(one, other, low, high):
    """Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10."""
    found = effect(*one, *other)
    assert (found.low, found.high) == (
        pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [((190, 950), (1, 50), "helped"), ((10, 950), (9, 50), "harmed"),
     ((20, 950), (1, 50), "unclear"), ((5, 10), (5, 100), "too_few"), ((0, 0), (0, 0), "too_few")],
)  # fmt: skip
def test_the_verdict_says_no_more_than_the_interval(one, other, verdict):
    told, told_size = one
    held, held_size = other
    assert effect(told, told_size, held, held_size).verdict == verdict


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_interval_always_holds_what_was_seen(a, b, c, d):
    told, held = min(a, b), min(c, d)
    found = effect(told, max(a, b), held, max(c, d))
    assert -1 <= found.low <= found.difference + 1e-12
    assert found.difference <= found.high + 1e-12 <= 1 + 1e-12


@pytest.mark.parametrize(
    ("size", "base", "lift", "holdout"),
    [(2000, 0.05, 0.03, 0.05), (5000, 0.02, 0.0, 0.05), (600, 0.3, -0.1, 0.2)],
)
def test_the_interval_covers_a_known_effect_in_95_of_100_campaigns(size, base, lift, holdout):
    """Citizens who do what they do by chance, more often by `lift` if they were told."""
    chance, runs, covered = random.Random(11), 600, 0
    for _ in range(runs):
        held_size = sum(chance.random() < holdout for _ in range(size))
        told = sum(chance.random() < base + lift for _ in range(size - held_size))
        held = sum(chance.random() < base for _ in range(held_size))
        found = effect(told, size - held_size, held, held_size)
        covered += found.low <= lift <= found.high
    assert 0.93 <= covered / runs <= 0.985  # two standard deviations are 0.018
