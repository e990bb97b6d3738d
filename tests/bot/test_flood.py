"""How often somebody may come."""

from hypothesis import given
from hypothesis import strategies as st

from bot.flood import Flood


def test_a_burst_passes_and_then_one_a_second() -> None:
    flood = Flood(1, burst=3)
    assert [flood.wait("a", 100) for _ in range(4)] == [0, 0, 0, 1]
    assert flood.wait("a", 100.5) == 0.5
    assert flood.wait("a", 101) == 0
    assert flood.wait("a", 101) == 1


def test_somebody_who_waited_has_the_whole_burst_again() -> None:
    flood = Flood(1, burst=3)
    for _ in range(3):
        flood.wait("a", 100)
    assert [flood.wait("a", 200) for _ in range(4)] == [0, 0, 0, 1]


def test_one_does_not_pay_for_another() -> None:
    flood = Flood(1, burst=1)
    assert flood.wait("a", 100) == 0
    assert flood.wait("b", 100) == 0


def test_a_clock_set_back_locks_nobody_out() -> None:
    flood = Flood(1, burst=2)
    flood.wait("a", 1_000_000)
    assert flood.wait("a", 100) == 0


def test_ten_thousand_strangers_are_forgotten_but_not_who_floods() -> None:
    flood = Flood(1, burst=5)
    for number in range(30_000):
        assert flood.wait(str(number), number / 1000) == 0
    assert len(flood._free_at) <= 10_000


@given(st.lists(st.floats(0, 30), min_size=1, max_size=80))
def test_never_more_than_the_burst_and_what_came_free(steps: list[float]) -> None:
    flood, now, passed = Flood(2, burst=4), 0.0, 0
    for step in steps:
        now += step / 20
        passed += flood.wait("a", now) == 0
    assert passed <= 4 + now / 2 + 1e-6
