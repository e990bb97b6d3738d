"""The order of calls and what is said of the wait, on made-up and on simulated days."""

import random
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.counter import (
    AHEAD,
    FIRST,
    LANES,
    PLAIN,
    Waiting,
    first,
    line,
    minutes,
    pace,
    streak,
    turn_of,
    wait,
)

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
EIGHT = timedelta(minutes=8)


def at(minute):
    return NINE + timedelta(minutes=minute)


def people(text):
    """'B0 P3 A5': one of each lane, with the minute after nine from which they count."""
    return [
        Waiting(number, each[0], at(int(each[1:]))) for number, each in enumerate(text.split(), 1)
    ]


def order(text, ahead=0, now=60, every=1):
    """The people of `text` in the order of their calls, as they were written."""
    written = text.split()
    called = line(people(text), ahead, at(now), timedelta(minutes=every))
    return " ".join(written[each.id - 1] for each in called)


# --- who is next ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "called"),
    [
        ("", ""),
        ("B3 B1 B2", "B1 B2 B3"),
        ("B0 B1 P5", "P5 B0 B1"),
        ("B0 B1 B2 P5 P6 P7 P8 P9", "P5 P6 B0 P7 P8 B1 P9 B2"),
        ("B0 A10 P5", "P5 A10 B0"),
        ("B0 A5 A6 P7 P8", "A5 A6 B0 P7 P8"),
        ("P1 P2 P3 P4", "P1 P2 P3 P4"),
    ],
)
def test_who_may_go_first_does_so_twice_in_a_row_at_most(waiting, called):
    assert order(waiting) == called


def test_those_who_went_ahead_just_now_count():
    assert order("B0 P1 P2", ahead=2) == "B0 P1 P2"
    assert order("B0 P1 P2", ahead=1) == "P1 B0 P2"


def test_an_appointment_is_called_when_its_time_is_near_and_not_before():
    assert order("B0 B1 B2 A62", now=60, every=1) == "B0 B1 A62 B2"


def test_nobody_waits_for_an_early_appointment_while_a_counter_is_free():
    assert order("A90") == "A90"
    assert order("A90 B0") == "B0 A90"


def test_an_appointment_counts_from_shortly_before_and_becomes_a_plain_number_when_late():
    start = at(60)
    assert turn_of(start, at(20)) == ("A", at(50))
    assert turn_of(start, at(55)) == ("A", at(55))
    assert turn_of(start, at(90)) == ("A", at(90))
    assert turn_of(start, at(91)) == ("B", at(91))
    assert turn_of(None, at(5)) == ("B", at(5))


def test_a_row_of_calls_ends_at_the_last_plain_number():
    assert [streak(lanes) for lanes in ("", "B", "PB", "AP", "BPP")] == [0, 0, 1, 2, 0]


crowds = st.lists(st.tuples(st.sampled_from(LANES), st.integers(0, 120)), max_size=40).map(
    lambda found: [Waiting(n, lane, at(minute)) for n, (lane, minute) in enumerate(found)]
)


@given(crowds, st.integers(0, 5))
def test_everybody_is_called_once_and_each_lane_in_its_order(crowd, ahead):
    called = line(crowd, ahead, at(120), timedelta(minutes=1))
    assert sorted(each.id for each in called) == [each.id for each in crowd]
    for lane in LANES:
        turns = [each.turn_at for each in called if each.lane == lane]
        assert turns == sorted(turns)


@given(crowds)
def test_no_plain_number_that_waits_sees_more_than_two_go_ahead_in_a_row(crowd):
    called = line(crowd, 0, at(120), timedelta(minutes=1))
    last_plain = max((at for at, each in enumerate(called) if each.lane == PLAIN), default=-1)
    row = 0
    for each in called[: last_plain + 1]:
        row = 0 if each.lane == PLAIN else row + 1
        assert row <= AHEAD


@given(crowds, st.integers(0, 3))
def test_the_line_begins_with_whom_the_counter_would_call(crowd, ahead):
    heads = [
        min(here, key=lambda each: (each.turn_at, each.id))
        for lane in LANES
        if (here := [each for each in crowd if each.lane == lane])
    ]
    called = line(crowd, ahead, at(60), timedelta(minutes=1), most=1)
    assert called == [each for each in [first(heads, ahead, at(60))] if each]


# --- how long it takes ------------------------------------------------------------------


def test_what_usually_counts_until_somebody_was_served():
    assert pace([], EIGHT) == EIGHT


def test_one_forgotten_button_does_not_spoil_the_estimate():
    usual = [timedelta(minutes=each) for each in (6, 7, 8, 8, 9, 10)]
    forgotten = [*usual, timedelta(hours=3)]
    assert pace(forgotten, EIGHT) < 1.5 * pace(usual, EIGHT)


@pytest.mark.parametrize(
    ("before", "serving", "counters", "expected"),
    [
        (0, [], 1, 0),
        (0, [0], 2, 0),
        (0, [2], 1, 6),
        (0, [30], 1, 2),  # longer than most: not done at once
        (1, [2], 1, 14),
        (2, [], 2, 8),
        (3, [0, 4], 2, 16),
        (1, [0], 0, 16),
    ],
)
def test_the_wait_is_that_of_the_counter_which_is_free_first(before, serving, counters, expected):
    since = [timedelta(minutes=each) for each in serving]
    assert wait(before, since, counters, EIGHT) == timedelta(minutes=expected)


@pytest.mark.parametrize(("span", "told"), [(0, 0), (1.9, 0), (2, 5), (5, 5), (5.1, 10), (61, 65)])
def test_minutes_are_told_in_fives_and_rather_too_many(span, told):
    assert minutes(timedelta(minutes=span)) == told


# --- a simulated day --------------------------------------------------------------------


def simulated(seed, counters=2, mean=8.0, every=4.2, hours=7):
    """A day of people who come when they like; (told, waited) in minutes for each who waited."""
    chance = random.Random(seed)
    crowd, minute = [], 0.0
    while (minute := minute + chance.expovariate(1 / every)) < hours * 60:
        crowd.append(minute)
    shape = 0.6
    length = [chance.lognormvariate(0, shape) * mean / 1.197 for _ in crowd]  # e^(0.6²/2)
    priority = [chance.random() < 0.15 for _ in crowd]
    events = [(minute, 0, who) for who, minute in enumerate(crowd)]
    busy, served, waiting, told, called, lanes = {}, [], {}, {}, {}, []
    while events:
        now, kind, who = heappop(events)
        if kind:
            served.insert(0, timedelta(minutes=now - busy.pop(who)))
        else:
            waiting[who] = Waiting(who, FIRST if priority[who] else PLAIN, at(now))
            takes = pace(served[:40], timedelta(minutes=15))
            ahead = streak(lanes[:AHEAD])
            lined = line(waiting.values(), ahead, at(now), takes / counters)
            before = next(place for place, each in enumerate(lined) if each.id == who)
            since = [timedelta(minutes=now - began) for began in busy.values()]
            told[who] = minutes(wait(before, since, counters, takes))
        while waiting and len(busy) < counters:
            chosen = line(waiting.values(), streak(lanes[:AHEAD]), at(now), EIGHT, most=1)[0]
            lanes.insert(0, waiting.pop(chosen.id).lane)
            called[chosen.id] = now
            busy[chosen.id] = now
            heappush(events, (now + length[chosen.id], 1, chosen.id))
    return [(told[who], called[who] - crowd[who]) for who in sorted(called)]


def test_what_is_told_on_arrival_is_near_what_is_waited_over_forty_simulated_days():
    """Two counters at 95 % load, services that differ much: the hard case."""
    found = [pair for seed in range(40) for pair in simulated(seed)]
    errors = [told - waited for told, waited in found]
    waits = fmean(waited for _, waited in found)
    assert len(found) > 3000
    assert 10 < waits < 60
    assert abs(fmean(errors)) < 4, "told on average neither much too long nor too short"
    assert fmean(map(abs, errors)) < 8
    assert fmean(waited <= told + 10 for told, waited in found) > 0.85


def test_a_wait_is_not_told_as_the_median_would_say():
    """The control: sums of lopsided times are longer than their median says."""
    chance = random.Random(1)
    taken = [timedelta(minutes=chance.lognormvariate(2, 0.8)) for _ in range(400)]
    mean = fmean(each.total_seconds() for each in taken)
    middle = sorted(taken)[200].total_seconds()
    assert middle < 0.8 * mean
    assert 0.85 * mean < pace(taken, EIGHT).total_seconds() < mean
