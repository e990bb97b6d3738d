"""Results that are good for some time only, reminders wanted again, and old due work forgotten."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from coming import finished, moves
from handlers.arming import good_until
from handlers.housekeeping import tidy
from storage import due
from storage.tables import DUE
from talk import MONDAY, rows, ticks

DAY = timedelta(days=1)


@pytest.fixture
def collected(citizen):
    """A letter of residence, good for six months, collected on 23 November."""
    return moves(finished(citizen, "domisili"), "hand_over")


def waiting(citizen):
    return {row.kind for row in rows(citizen.database, DUE) if row.state == "waiting"}


def test_two_weeks_before_it_is_good_no_more_its_owner_hears(collected):
    assert ticks(collected, days=166).get("valid") is None
    assert ticks(collected, days=1, hours=2)["valid"] == "done"
    assert "Surat Domisili berlaku sampai 23 Mei 2027." in collected.last
    assert collected.ticket in collected.last


def test_it_is_told_once(collected):
    ticks(collected, days=168)
    heard = len(collected.heard)
    assert ticks(collected, days=30).get("valid") is None
    assert len(collected.heard) == heard


def test_after_a_standstill_nobody_hears_of_what_is_over(collected):
    assert ticks(collected, days=200)["valid"] == "dropped"
    assert "berlaku sampai" not in collected.last


def test_nobody_hears_it_by_night(collected):
    assert ticks(collected, days=167, hours=13)["valid"] == "later"


def test_a_result_that_is_good_for_ever_is_never_mentioned(citizen):
    moves(finished(citizen), "hand_over")
    assert "valid" not in waiting(citizen)


def test_on_whatsapp_it_has_its_template(meet):
    citizen = moves(finished(meet("+6281234567890", "whatsapp"), "domisili"), "hand_over")
    ticks(citizen, days=167, hours=2)
    assert citizen.heard[-1].template == "remind_valid"


@pytest.mark.parametrize(
    ("valid", "since", "until"),
    [
        ("6 bulan", date(2026, 11, 23), date(2027, 5, 23)),
        ("6 bulan", date(2026, 8, 31), date(2027, 2, 28)),
        ("1 tahun", date(2028, 2, 29), date(2029, 2, 28)),
        ("14 hari", date(2026, 12, 25), date(2027, 1, 8)),
        ("13 bulan", date(2026, 12, 1), date(2028, 1, 1)),
    ],
)
def test_a_time_is_counted_as_calendars_do(house, valid, since, until):
    flow = replace(house.catalog("pu").services["domisili"], valid=valid)
    assert good_until(flow, since) == until


# --- reminders again ---------------------------------------------------------------------


def test_who_wants_no_reminders_is_told_how_to_have_them_again(collected):
    collected.says("jangan ingatkan")
    assert "ingatkan lagi" in collected.last
    assert ticks(collected, days=167, hours=2)["valid"] == "dropped"


@pytest.mark.parametrize("words", ["ingatkan lagi", "tolong ingatkan lagi", "Ingatkan saya lagi"])
def test_who_wants_them_again_gets_all_of_them(collected, words):
    collected.says("jangan ingatkan").says(words)
    assert "kami ingatkan lagi" in collected.last
    assert ticks(collected, days=167, hours=2)["valid"] == "done"


def test_wanting_no_more_is_not_mistaken_for_wanting_more(collected):
    collected.says("jangan ingatkan lagi")
    assert "tidak diingatkan lagi" in collected.last


# --- forgotten ---------------------------------------------------------------------------


def test_finished_due_work_is_forgotten_after_its_time_and_nothing_else_is(database):
    def fill(tx):
        for number, state in enumerate(("done", "dropped", "failed", "waiting")):
            due.arm(tx, "pu", "kind", str(number), MONDAY)
            row = due.find(tx, "kind", str(number))
            due.settle(tx, row, state, MONDAY)

    database.write(fill)
    year = 365 * DAY
    early, late = MONDAY + year, MONDAY + year + timedelta(seconds=1)
    assert database.write(lambda tx: tidy(tx, DAY, year, early))["forgotten"] == 0
    assert database.write(lambda tx: tidy(tx, DAY, year, late))["forgotten"] == 2
    assert [row.state for row in rows(database, DUE)] == ["failed", "waiting"]


def test_only_some_is_forgotten_at_a_time(database):
    def fill(tx):
        for number in range(5):
            due.arm(tx, "pu", "kind", str(number), MONDAY)
            due.settle(tx, due.find(tx, "kind", str(number)), "done", MONDAY)

    database.write(fill)
    forget = [database.write(lambda tx: due.forget(tx, MONDAY + DAY, 3)) for _ in range(3)]
    assert forget == [3, 2, 0]
