"""Closing hours from the desk: who may, what is offered then, who is told, and undo."""

from datetime import UTC, date, datetime, time

import pytest

from coming import booked, finished, times
from handlers import closures
from handlers.closures import Wanted
from handlers.errors import Rejected
from handlers.staff import Officer
from storage.tables import CLOSURES
from talk import rows, ticks

MORNING = Wanted("", date(2026, 11, 24), time(7, 15), time(12))


def somebody(role="kasi", office="pu"):
    return Officer(office, "rina", "Bu Rina", role, "csrf", datetime(2026, 11, 23, tzinfo=UTC))


def closes(citizen, wanted=MORNING, reason="closed_power", by=None, **more):
    officer = by or somebody()
    return citizen.database.write(
        lambda tx: closures.close(tx, citizen.house, officer, wanted, reason, citizen.now, **more)
    )


def lifts(citizen, closure=1, by=None):
    return citizen.database.write(
        lambda tx: closures.lift(tx, citizen.house, by or somebody(), closure, citizen.now)
    )


@pytest.fixture
def agreed(citizen):
    """An appointment on Tuesday at eight."""
    return finished(citizen).chooses("Sel 24/11 08.00")


def test_a_closed_morning_displaces_who_was_to_come_and_tells_them(agreed):
    assert closes(agreed) == 1
    assert ticks(agreed)["displaced"] == "done"
    assert "Alasannya: Listrik di kantor padam." in agreed.last
    assert booked(agreed) == [("displaced", "24/11 08.00")]


def test_closed_hours_are_not_offered(agreed):
    closes(agreed)
    agreed.says("janji").chooses("Hari lain").says("selasa")
    assert times(agreed) == ["12.00", "13.00", "14.00", "15.00", "Hari lain"]
    agreed.taps("appointment/slot:202611241100")
    assert "baru saja penuh" in agreed.last


def test_a_visit_that_would_last_into_closed_hours_is_displaced_too(agreed):
    assert closes(agreed, Wanted("", MORNING.day, time(8, 10), time(9))) == 1


def test_a_visit_that_ends_as_the_closed_hours_begin_stays(agreed):
    assert closes(agreed, Wanted("", MORNING.day, time(8, 15), time(9))) == 0
    assert closes(agreed, Wanted("", MORNING.day, time(7, 15), time(8))) == 0
    assert booked(agreed) == [("booked", "24/11 08.00")]


def test_own_words_are_told_as_they_are(agreed):
    closes(agreed, reason="  Rapat dengan Bupati. ")
    ticks(agreed)
    assert "Alasannya: Rapat dengan Bupati." in agreed.last


@pytest.mark.parametrize("role", ["kasi", "head", "admin"])
def test_these_may_close(citizen, role):
    assert closes(citizen, by=somebody(role)) == 0


def refused(work):
    with pytest.raises(Rejected) as rejected:
        work()
    return rejected.value.code


def test_an_officer_may_not_close_nor_open_again(agreed):
    assert refused(lambda: closes(agreed, by=somebody("officer"))) == "forbidden"
    closes(agreed)
    assert refused(lambda: lifts(agreed, by=somebody("officer"))) == "forbidden"


def test_what_cannot_be_closed_is_said(agreed):
    def hours(begins, ends, day=MORNING.day, place=""):
        return lambda: closes(agreed, Wanted(place, day, begins, ends))

    assert refused(hours(time(9), time(9))) == "hours_wrong"
    assert refused(hours(time(7), time(8), date(2026, 11, 23))) == "hours_past"
    assert refused(hours(time(7), time(8), place="Pasar Wage")) == "place_unknown"
    assert refused(lambda: closes(agreed, reason=" ")) == "reason_missing"
    assert refused(lambda: closes(agreed, reason="x" * 201)) == "reason_long"
    assert rows(agreed.database, CLOSURES) == []


def test_more_people_than_the_officer_was_told_are_said_first(agreed):
    assert refused(lambda: closes(agreed, expected=0)) == "more_affected"
    assert closes(agreed, expected=1) == 1


def test_undone_before_anybody_heard_the_appointment_stands_as_it_was(agreed):
    closes(agreed)
    last = agreed.last
    assert lifts(agreed) == 1
    assert ticks(agreed)["displaced"] == "dropped"
    assert agreed.last == last
    assert booked(agreed)[-1] == ("booked", "24/11 08.00")
    assert ticks(agreed, hours=8)["visit.day"] == "done"


def test_undone_after_people_heard_they_hear_that_it_stands(agreed):
    closes(agreed)
    ticks(agreed)
    assert lifts(agreed) == 1
    assert "Kabar baik" in agreed.hears().last
    assert "Selasa, 24 November, pukul 08.00 WIB" in agreed.last
    assert booked(agreed)[-1] == ("booked", "24/11 08.00")


def test_undone_after_somebody_chose_another_time_that_one_stands(agreed):
    closes(agreed)
    ticks(agreed)
    agreed.says("1")
    kept = booked(agreed)
    assert lifts(agreed) == 0
    assert booked(agreed) == kept


def test_undone_hours_are_offered_again_and_undone_once(agreed):
    closes(agreed)
    lifts(agreed)
    assert refused(lambda: lifts(agreed)) == "lifted"
    agreed.says("janji").says("ya").chooses("Hari lain").says("selasa")
    assert "09.00" in times(agreed)


def test_another_office_can_neither_see_nor_undo_it(agreed):
    closes(agreed)
    assert refused(lambda: lifts(agreed, by=somebody("admin", "ma"))) == "unknown"
    assert closes(agreed, by=somebody("admin", "ma")) == 0
    assert refused(lambda: lifts(agreed, closure=999)) == "unknown"
