"""Derived answers on the days where they change."""

from datetime import date, timedelta

import pytest

from flows.facts import FACTS, age, facts
from flows.model import Context, Flow
from talk import MONDAY

TODAY = date(2026, 11, 23)


@pytest.fixture
def context(house):
    """A Monday in Purwokerto with the office's calendar."""
    return house.context("pu", False, False, MONDAY)


def found(name, context, **answers):
    flow = Flow("test", "Test", (), facts=(name,))
    return facts(flow, answers, context).get(name)


@pytest.mark.parametrize(
    ("born", "years"),
    [
        ("2021-11-24", 4),
        ("2021-11-23", 5),
        ("2021-11-22", 5),
        ("2009-11-24", 16),
        ("2009-11-23", 17),
        ("2026-11-23", 0),
        ("2024-02-29", 2),
    ],
)
def test_age_counts_completed_years(born, years):
    assert age(date.fromisoformat(born), TODAY) == years


def test_a_leap_days_child_is_a_year_older_on_the_first_of_march():
    born = date(2020, 2, 29)
    assert age(born, date(2025, 2, 28)) == 4
    assert age(born, date(2025, 3, 1)) == 5


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2026-11-23", "under_5"),
        ("2021-11-24", "under_5"),
        ("2021-11-23", "child"),
        ("2009-11-24", "child"),
        ("2009-11-23", "adult"),
        ("1960-01-01", "adult"),
    ],
)
def test_a_childs_card_has_a_photo_from_five_and_ends_at_seventeen(context, born, band):
    assert found("age_band", context, born=born) == band


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2010-11-24", "too_young"),
        ("2010-11-23", "early"),
        ("2009-11-24", "early"),
        ("2009-11-23", "adult"),
    ],
)
def test_a_first_card_is_recorded_from_sixteen_and_made_at_seventeen(context, born, band):
    assert found("recording_age", context, born=born) == band


@pytest.mark.parametrize(("born", "colour"), [("2019-08-17", "red"), ("2020-08-17", "blue")])
def test_the_background_of_the_photo_follows_the_birth_year(context, born, colour):
    assert found("photo_colour", context, born=born) == colour


@pytest.mark.parametrize(
    ("akad", "notice"),
    [
        ("2026-11-22", "past"),
        ("2026-11-23", "short"),
        ("2026-12-04", "short"),
        ("2026-12-07", "enough"),
        ("2027-06-01", "enough"),
    ],
)
def test_ten_working_days_need_no_dispensation(context, akad, notice):
    assert found("wedding_notice", context, akad=akad) == notice


def test_ten_working_days_are_counted_by_the_offices_calendar(context):
    days = [context.today + timedelta(n) for n in range(60)]
    found_days = [
        d for d in days if found("wedding_notice", context, akad=d.isoformat()) == "short"
    ]
    working = [d for d in found_days[1:] if context.calendar.is_working(d)]
    assert len(working) == 9


def test_without_a_calendar_nothing_is_said_of_working_days():
    assert found("wedding_notice", Context(TODAY), akad="2026-12-24") is None


@pytest.mark.parametrize(
    ("groom", "bride", "band"),
    [
        ("1998-08-17", "2000-04-21", "adult"),
        ("1998-08-17", "2007-12-20", "under_21"),
        ("1998-08-17", "2007-12-21", "under_19"),
        ("2007-12-21", "1998-08-17", "under_19"),
        ("2005-12-20", "2005-12-20", "adult"),
        ("2005-12-21", "1990-01-01", "under_21"),
    ],
)
def test_the_younger_of_a_couple_decides_on_the_day_of_the_wedding(context, groom, bride, band):
    answers = {"akad": "2026-12-20", "groom_born": groom, "bride_born": bride}
    assert found("couple_age", context, **answers) == band


def test_a_fact_waits_for_the_answers_it_needs(context):
    assert found("couple_age", context, akad="2026-12-20", groom_born="1998-08-17") is None


def test_a_flow_knows_no_fact_that_it_does_not_list(context):
    known = facts(Flow("test", "Test", ()), {"born": "2019-08-17"}, context)
    assert set(known) == {"born", "office", "area"}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_yields_only_the_values_it_declares(context, name):
    """Over a century of dates, every value is declared and every declared value occurs."""
    seen = set()
    for days in range(-36_500, 730, 7):
        day = (TODAY + timedelta(days)).isoformat()
        near = (TODAY + timedelta(days % 60 - 20)).isoformat()
        seen.add(found(name, context, born=day, akad=near, groom_born=day, bride_born=day))
    assert seen == set(FACTS[name].values)


def test_answers_win_over_given_values(context):
    known = facts(Flow("test", "Test", ()), {"office": "ma"}, context)
    assert known["office"] == "ma"
