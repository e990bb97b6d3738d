"""A ticket's states: the one table is sound."""

import pytest

from flows.lifecycle import CLOSED, MOVES, OPEN, STATUSES, possible

START = "submitted"


def reachable(start):
    """Every state that moves can lead to."""
    seen, new = set(), {start}
    while new:
        seen |= new
        new = {m.after for m in MOVES.values() if seen & set(m.before)} - seen
    return seen


def test_every_state_can_be_reached_from_the_first():
    assert reachable(START) == set(STATUSES)


def test_a_state_is_either_open_or_closed():
    assert set(OPEN).isdisjoint(CLOSED)
    assert len(set(STATUSES)) == len(STATUSES)


@pytest.mark.parametrize("status", OPEN)
def test_every_open_state_can_be_closed(status):
    assert reachable(status) & set(CLOSED)


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_state_is_final_except_for_reopening(status):
    moves = [move.name for move in MOVES.values() if status in move.before]
    assert moves in ([], ["reopen"])


@pytest.mark.parametrize("status", ["collected", "withdrawn"])
def test_what_is_collected_or_withdrawn_stays_so(status):
    assert not any(status in move.before for move in MOVES.values())


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_move_goes_between_known_states_and_changes_something(move):
    assert {*move.before, move.after} <= set(STATUSES)
    assert move.after not in move.before
    assert move.before
    assert move.by


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_every_move_has_its_words(house, move):
    assert not move.tells or move.tells in house.words
    assert all(f"state_{status}" in house.words for status in (*move.before, move.after))


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_bad_news_carries_its_reason(move):
    assert (move.note == "must") == (move.after == "rejected")


def test_nobody_but_staff_can_finish_or_reject():
    for by in ("citizen", "clock"):
        names = {move.name for status in STATUSES for move in possible(status, by)}
        assert not names & {"take", "send_back", "finish", "hand_over", "reject", "reopen"}


def test_a_citizen_can_correct_only_what_was_sent_back():
    assert [m.name for m in possible("needs_correction", "citizen")] == ["resubmit", "withdraw"]
    assert [m.name for m in possible("ready", "citizen")] == []


def test_the_clock_closes_only_what_waits_for_the_citizen():
    assert {s for s in STATUSES if possible(s, "clock")} == {"needs_correction", "ready"}


def test_possible_moves_are_those_of_the_table():
    for status in STATUSES:
        for by in ("staff", "citizen", "clock"):
            wanted = [m for m in MOVES.values() if status in m.before and by in m.by]
            assert list(possible(status, by)) == wanted
