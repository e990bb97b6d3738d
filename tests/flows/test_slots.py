"""Times to come: within opening hours, on working days, and never more than there is room for."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from flows import slots
from flows.calendar import Calendar, Hours, Season
from flows.slots import Booking

WIB = ZoneInfo("Asia/Jakarta")
TABLE = dict.fromkeys(("mon", "tue", "wed", "thu"), "07.15-15.30")
TABLE["fri"] = "07.15-11.30, 13.00-15.15"
RAMADAN = Hours.read(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08.00-14.00"))
OFFICE = Calendar(
    Hours.read(TABLE),
    WIB,
    closed=frozenset({date(2026, 11, 26)}),
    seasons=(Season(date(2027, 2, 8), date(2027, 3, 8), RAMADAN),),
)
BOOKING = Booking()
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=WIB).astimezone(UTC)


def shown(starts: list[datetime]) -> list[str]:
    return [f"{start.astimezone(WIB):%d/%m %H.%M}" for start in starts]


def free(now: datetime = MONDAY, booking: Booking = BOOKING, nine: int = 0) -> list[datetime]:
    """What has room; so many come on Monday at nine."""
    taken = {MONDAY + timedelta(hours=1): range(1, nine + 1)}
    return slots.free(OFFICE, booking, taken, now)


# --- whatever is booked, whenever somebody asks -----------------------------------------

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))
bookings = st.builds(
    Booking,
    minutes=st.integers(5, 240),
    counters=st.integers(0, 4),
    days=st.integers(1, 10),
    lead=st.builds(timedelta, minutes=st.integers(0, 1440)),
)


@given(moments, bookings)
def test_every_time_lies_within_opening_hours_of_a_working_day_and_not_too_soon(now, booking):
    found = slots.free(OFFICE, booking, {}, now)
    for start in found:
        local = start.astimezone(WIB)
        ends = (local + timedelta(minutes=booking.minutes)).time()
        assert OFFICE.is_working(local.date())
        assert any(
            opens <= local.time() and ends <= shut for opens, shut in OFFICE.spans(local.date())
        )
        assert start >= now + booking.lead
    assert found == sorted(set(found))
    assert len(slots.days(OFFICE, found)) <= booking.days


@given(moments, bookings, st.data())
def test_what_is_full_is_not_offered_and_what_has_room_is(now, booking, data):
    every = slots.free(OFFICE, booking, {}, now)
    some = st.lists(st.sampled_from(every), max_size=200) if every else st.just([])
    counted = Counter(data.draw(some))
    taken = {start: range(1, amount + 1) for start, amount in counted.items()}
    offered = slots.free(OFFICE, booking, taken, now)
    assert offered == [start for start in every if counted[start] < booking.counters]


@given(moments, st.data())
def test_the_good_times_are_three_that_are_free_and_differ(now, data):
    every = slots.free(OFFICE, BOOKING, {}, now)
    room = sorted(data.draw(st.sets(st.sampled_from(every), max_size=12)))
    good = slots.good(OFFICE, room)
    assert len(good) == min(3, len(room))
    assert good == sorted(set(good))
    assert set(good) <= set(room)
    assert good[:1] == room[:1], "the soonest is among them"
    if len(slots.days(OFFICE, room)) > 2:
        assert len(slots.days(OFFICE, good)) > 1


@given(moments, st.data())
def test_the_hours_of_a_day_are_few_and_each_has_room(now, data):
    room = slots.free(OFFICE, BOOKING, {}, now)
    day = data.draw(st.sampled_from(slots.days(OFFICE, room)))
    hours = slots.hours(OFFICE, room, day)
    assert 0 < len(hours) <= slots.MOST_HOURS
    assert set(hours) <= set(room)
    assert {start.astimezone(WIB).date() for start in hours} == {day}


keeping = st.builds(
    Booking,
    minutes=st.sampled_from((15, 60)),
    counters=st.integers(1, 4),
    kept=st.integers(0, 4),
    days=st.integers(2, 3),
    release=st.builds(timedelta, hours=st.integers(0, 48)),
)


@given(moments, keeping, st.booleans(), st.data())
def test_a_seat_is_tried_where_there_is_room_and_only_there(now, booking, first, data):
    every = slots.free(OFFICE, booking, {}, now, first=True)
    start = data.draw(st.sampled_from(every))
    here = data.draw(st.sets(st.integers(1, booking.counters)))
    seats = booking.seats(start, now, first, booking.counters)
    assert set(seats) <= set(range(1, booking.counters + 1))
    assert len(seats) == len(set(seats))
    offered = slots.free(OFFICE, booking, {start: here}, now, first=first)
    assert (start in offered) == bool(set(seats) - here)


@given(moments, keeping)
def test_who_asked_to_be_first_finds_room_wherever_anybody_does(now, booking):
    """And all seats are for everybody shortly before."""
    anybody = slots.free(OFFICE, booking, {}, now)
    assert set(anybody) <= set(slots.free(OFFICE, booking, {}, now, first=True))
    for start in anybody:
        seats = booking.seats(start, now, False, booking.counters)
        if start - now <= booking.release:
            assert len(seats) == booking.counters
        else:
            assert len(seats) == max(0, booking.counters - booking.kept)


@given(moments, st.data())
def test_nobody_comes_in_closed_hours_be_it_for_a_minute(now, data):
    every = slots.free(OFFICE, BOOKING, {}, now)
    begins = data.draw(st.sampled_from(every)) + timedelta(minutes=data.draw(st.integers(-20, 20)))
    ends = begins + timedelta(minutes=data.draw(st.integers(1, 600)))
    offered = slots.free(OFFICE, BOOKING, {}, now, shut=((begins, ends),))
    visit = timedelta(minutes=BOOKING.minutes)
    assert offered == [start for start in every if start >= ends or start + visit <= begins]


def test_on_days_with_fewer_counters_fewer_come():
    tuesday = MONDAY + timedelta(days=1)
    fewer = {tuesday.date(): 1}
    taken = {tuesday: {1}, MONDAY + timedelta(hours=1): {1}}
    offered = slots.free(OFFICE, BOOKING, taken, MONDAY, limits=fewer)
    assert tuesday not in offered
    assert MONDAY + timedelta(hours=1) in offered


def test_seats_are_kept_until_a_day_before():
    booking = Booking(counters=3, kept=1)
    tomorrow = MONDAY + timedelta(hours=25)
    assert booking.seats(tomorrow, MONDAY, False, 3) == [1, 2]
    assert booking.seats(tomorrow, MONDAY, True, 3) == [3, 1, 2]
    assert booking.seats(tomorrow, MONDAY + timedelta(hours=1), False, 3) == [1, 2, 3]


# --- one office in one week -------------------------------------------------------------


def test_the_next_good_times_are_soon_later_that_day_and_tomorrow():
    assert shown(slots.good(OFFICE, free())) == ["23/11 09.00", "23/11 13.00", "24/11 08.00"]


def test_in_the_evening_the_next_good_times_are_tomorrow_and_after():
    evening = MONDAY.astimezone(WIB).replace(hour=19)
    assert shown(slots.good(OFFICE, free(evening))) == ["24/11 07.15", "24/11 13.00", "25/11 08.00"]


def test_a_full_hour_makes_room_for_the_next_quarter():
    assert shown(free(nine=2))[0] == "23/11 09.15"
    assert shown(free(nine=1))[0] == "23/11 09.00"


def test_nobody_comes_in_the_break_or_on_a_day_off():
    friday = shown(slots.hours(OFFICE, free(), date(2026, 11, 27)))
    clocks = "07.15 08.00 09.00 10.00 11.00 13.00 14.00 15.00".split()
    assert friday == [f"27/11 {clock}" for clock in clocks]
    assert date(2026, 11, 26) not in slots.days(OFFICE, free())


def test_the_hours_of_a_season_hold():
    fasting = datetime(2027, 2, 9, 6, 0, tzinfo=WIB)
    day = slots.hours(OFFICE, free(fasting), date(2027, 2, 10))
    assert shown(day)[0] == "10/02 08.00"
    assert shown(day)[-1] == "10/02 13.00"


def test_a_visit_ends_before_the_office_closes():
    assert shown(slots.free(OFFICE, Booking(minutes=60), {}, MONDAY))[5] == "23/11 14.15"
    assert list(slots.starts(OFFICE, 600, date(2026, 11, 24))) == []


def test_an_office_without_counters_offers_nothing():
    assert free(booking=Booking(counters=0)) == []
    assert slots.good(OFFICE, []) == []


def test_ten_working_days_reach_over_a_weekend_and_a_day_off():
    days = slots.days(OFFICE, free())
    assert len(days) == 10
    assert days[-1] == date(2026, 12, 7)
    assert all(opens < time(16) for day in days for opens, _ in OFFICE.spans(day))
