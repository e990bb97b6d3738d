"""The health protocol: which level holds, and how much room it leaves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.health import LEVELS, Protocol, Rule

MONDAY = date(2026, 11, 23)
SHARES = {"basic": 75, "strict": 50}


def on(*rules, **more):
    return Protocol(shares=SHARES, rules=rules, **more)


def test_without_rules_the_usual_level_holds():
    assert on().level(MONDAY) == "off"
    assert on(usual="basic").level(MONDAY) == "basic"


def test_a_rule_holds_from_its_first_day_to_its_last():
    held = on(Rule("strict", MONDAY, MONDAY + timedelta(days=2)))
    days = [held.level(MONDAY + timedelta(days=n)) for n in range(-1, 4)]
    assert days == ["off", "strict", "strict", "strict", "off"]


def test_without_a_last_day_it_holds_until_another_is_set():
    old, new = Rule("strict", MONDAY), Rule("off", MONDAY + timedelta(days=30))
    assert on(old).level(MONDAY + timedelta(days=900)) == "strict"
    assert on(new, old).level(MONDAY + timedelta(days=29)) == "strict"
    assert on(new, old).level(MONDAY + timedelta(days=30)) == "off"


@pytest.mark.parametrize(
    ("level", "amount", "used"),
    [("off", 4, 4), ("basic", 4, 3), ("basic", 2, 1), ("strict", 4, 2), ("strict", 3, 1),
     ("strict", 1, 1), ("strict", 0, 0), ("strict", 20, 10)],
)  # fmt: skip
def test_a_level_leaves_a_share_and_one_at_least(level, amount, used):
    assert on(Rule(level, MONDAY)).room(amount, MONDAY) == used


def test_limits_name_only_the_days_on_which_there_are_fewer():
    held = on(Rule("strict", MONDAY, MONDAY))
    days = [MONDAY, MONDAY + timedelta(days=1)]
    assert held.limits(2, days) == {MONDAY: 1}
    assert held.limits(1, days) == {}


@given(st.sampled_from(LEVELS), st.integers(0, 99), st.integers(1, 100), st.integers(1, 100))
def test_there_is_never_more_room_than_usual_nor_none_where_there_was_some(level, amount, a, b):
    held = Protocol(shares={"basic": a, "strict": b}, rules=(Rule(level, MONDAY),))
    used = held.room(amount, MONDAY)
    assert used <= amount
    assert (used > 0) == (amount > 0)
