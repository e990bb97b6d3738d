"""Working days, opening hours, and the promises made in them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.calendar import Calendar, Hours, Season, Sla

WIB = ZoneInfo("Asia/Jakarta")
TABLE = dict.fromkeys(("mon", "tue", "wed", "thu"), "07.15-15.30")
TABLE["fri"] = "07.15-11.30, 13.00-15.15"
HOURS = Hours.read(TABLE)
OFFICE = Calendar(HOURS, WIB)


def wib(month: int, day: int, clock: str = "09.00", year: int = 2026) -> datetime:
    hour, minute = map(int, clock.split("."))
    return datetime(year, month, day, hour, minute, tzinfo=WIB)


def days(year: int, text: str) -> set[date]:
    """'1 5, 3 21 22' → 1 May, 3 … of the year, each month written first."""
    found = set()
    for part in text.split(","):
        month, *numbers = map(int, part.split())
        found |= {date(year, month, number) for number in numbers}
    return found


def test_the_holidays_of_2026_are_those_of_the_joint_decree():
    national = "1 1 16, 2 17, 3 19 21 22, 4 3 5, 5 1 14 27 31, 6 1 16, 8 17 25, 12 25"
    shared = "2 16, 3 18 20 23 24, 5 15 28, 12 24"
    check_year(2026, national, shared, 17, 8)


def test_the_holidays_of_2027_are_those_of_the_joint_decree():
    national = "1 1 5, 2 6, 3 8 10 11 26 28, 5 1 6 17 20, 6 1 6, 8 15 17, 12 25 26"
    shared = "2 5, 3 9 12 15 25, 5 18 19, 12 24"
    check_year(2027, national, shared, 18, 8)


def check_year(year: int, national: str, shared: str, count: int, shared_count: int) -> None:
    assert (len(days(year, national)), len(days(year, shared))) == (count, shared_count)
    every_day = {date(year, 1, 1) + timedelta(n) for n in range(365)}
    assert {day for day in every_day if OFFICE.holiday(day)} == days(year, f"{national}, {shared}")
    public = Calendar(HOURS, WIB, holidays=("public",))
    assert {day for day in every_day if public.holiday(day)} == days(year, national)


def test_a_holiday_has_its_name_and_an_ordinary_day_none():
    assert "Natal" in (OFFICE.holiday(date(2026, 12, 25)) or "")
    assert OFFICE.holiday(date(2026, 11, 24)) is None


def test_an_office_may_keep_days_of_its_own_or_no_holidays():
    election = date(2026, 11, 25)
    assert not Calendar(HOURS, WIB, closed=frozenset({election})).is_working(election)
    assert Calendar(HOURS, WIB, holidays=()).is_working(date(2026, 12, 24))
    assert not OFFICE.is_working(date(2026, 12, 24))


def test_weekends_are_no_working_days():
    assert [OFFICE.is_working(date(2026, 11, 23) + timedelta(n)) for n in range(7)] == (
        [True] * 5 + [False] * 2
    )
    assert OFFICE.next_working(date(2026, 11, 27)) == date(2026, 11, 30)
    assert OFFICE.next_working(date(2026, 12, 23)) == date(2026, 12, 28)


def test_working_days_are_counted_after_the_first_day_up_to_the_last():
    monday = date(2026, 11, 23)
    assert OFFICE.working_days_between(monday, monday) == 0
    assert OFFICE.working_days_between(monday, date(2026, 11, 24)) == 1
    assert OFFICE.working_days_between(monday, date(2026, 11, 30)) == 5
    assert OFFICE.working_days_between(date(2026, 12, 23), date(2026, 12, 28)) == 1
    assert OFFICE.working_days_between(monday, date(2026, 11, 1)) == 0


def test_the_office_opens_on_the_minute_and_closes_on_the_minute():
    assert not OFFICE.is_open(wib(11, 23, "07.14"))
    assert OFFICE.is_open(wib(11, 23, "07.15"))
    assert OFFICE.is_open(wib(11, 23, "15.29"))
    assert not OFFICE.is_open(wib(11, 23, "15.30"))
    assert not OFFICE.is_open(wib(11, 27, "12.00"))
    assert not OFFICE.is_open(wib(11, 22))
    assert not OFFICE.is_open(wib(12, 24))
    assert OFFICE.is_open(wib(11, 23, "08.00").astimezone(UTC))


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (wib(11, 23, "10.00"), wib(11, 23, "10.00")),
        (wib(11, 23, "05.00"), wib(11, 23, "07.15")),
        (wib(11, 23, "15.30"), wib(11, 24, "07.15")),
        (wib(11, 27, "11.30"), wib(11, 27, "13.00")),
        (wib(11, 27, "16.00"), wib(11, 30, "07.15")),
        (wib(12, 23, "16.00"), wib(12, 28, "07.15")),
    ],
)
def test_a_closed_office_tells_when_it_opens(now, opening):
    assert OFFICE.next_open(now) == opening
    assert OFFICE.next_open(now).tzinfo is UTC


@pytest.mark.parametrize(
    ("submitted", "sla", "due"),
    [
        (wib(11, 23, "09.00"), "1 hari kerja", wib(11, 24, "09.00")),
        (wib(11, 23, "09.00"), "2 hari", wib(11, 25, "09.00")),
        (wib(11, 22, "20.00"), "1 hari kerja", wib(11, 24, "07.15")),
        (wib(11, 23, "15.30"), "1 hari kerja", wib(11, 25, "07.15")),
        (wib(11, 26, "12.00"), "1 hari kerja", wib(11, 27, "13.00")),
        (wib(11, 26, "15.20"), "1 hari kerja", wib(11, 27, "15.15")),
        (wib(11, 27, "09.00"), "1 hari kerja", wib(11, 30, "09.00")),
        (wib(12, 23, "09.00"), "1 hari kerja", wib(12, 28, "09.00")),
        (wib(12, 31, "10.00"), "1 hari kerja", wib(1, 4, "10.00", 2027)),
        (wib(11, 23, "09.00"), "30 menit", wib(11, 23, "09.30")),
        (wib(11, 23, "15.00"), "30 menit", wib(11, 23, "15.30")),
        (wib(11, 23, "15.10"), "30 menit", wib(11, 24, "07.25")),
        (wib(11, 27, "11.00"), "2 jam", wib(11, 27, "14.30")),
        (wib(11, 27, "15.00"), "2 jam", wib(11, 30, "09.00")),
        (wib(11, 23, "09.00"), "1 hari kerja 30 menit", wib(11, 24, "09.30")),
        (wib(11, 23, "09.00"), "14 hari kerja", wib(12, 11, "09.00")),
    ],
)
def test_a_promise_is_kept_in_opening_hours(submitted, sla, due):
    promised = OFFICE.promise(submitted, Sla.read(sla))
    assert promised.astimezone(WIB).replace(tzinfo=None) == due.replace(tzinfo=None)
    assert promised.tzinfo is UTC


def test_ramadan_has_its_own_hours():
    ramadan = Hours.read(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08.00-14.00"))
    season = Season(date(2027, 2, 8), date(2027, 3, 9), ramadan)
    office = Calendar(HOURS, WIB, seasons=(season,))
    assert not office.is_open(wib(2, 10, "07.30", 2027))
    assert office.is_open(wib(2, 5 - 1, "07.30", 2027))
    assert office.promise(wib(2, 10, "13.50", 2027), Sla(minutes=20)) == wib(2, 11, "08.10", 2027)


def test_a_season_may_open_a_day_that_is_closed_otherwise():
    """Service on Saturdays for a month; the other days of the week stay as they are."""
    weekend = Hours.read({**TABLE, "sat": "09.00-12.00"})
    office = Calendar(HOURS, WIB, seasons=(Season(date(2026, 12, 1), date(2026, 12, 31), weekend),))
    assert not office.is_working(date(2026, 11, 28))
    assert office.spans(date(2026, 12, 5)) == weekend.spans[5]
    assert office.spans(date(2026, 12, 4)) == HOURS.spans[4]
    assert office.promise(wib(12, 4, "15.00"), Sla(minutes=60)) == wib(12, 5, "09.45")
    assert not office.is_working(date(2026, 12, 26 - 1)), "a holiday stays one"


def test_a_season_holds_from_its_first_day_to_its_last():
    ramadan = Hours.read({"mon": "08.00-14.00"})
    season = Season(date(2027, 2, 8), date(2027, 3, 8), ramadan, "Ramadan")
    office = Calendar(HOURS, WIB, seasons=(season,))
    assert [office.season(date(2027, 2, day)) for day in (7, 8)] == [None, season]
    assert [office.season(date(2027, 3, day)) for day in (8, 9)] == [season, None]
    assert office.week(date(2027, 2, 8)) == ramadan
    assert office.week(date(2027, 3, 9)) == HOURS


@given(st.data())
def test_seasons_that_share_a_day_are_refused(data):
    begins = data.draw(
        st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 1)), min_size=2, max_size=4)
    )
    seasons = tuple(
        Season(first, first + timedelta(data.draw(st.integers(0, 60))), HOURS) for first in begins
    )
    every_day = [
        season.first + timedelta(n)
        for season in seasons
        for n in range((season.last - season.first).days + 1)
    ]
    if len(set(every_day)) == len(every_day):
        assert Calendar(HOURS, WIB, seasons=seasons).seasons == seasons
    else:
        with pytest.raises(ValueError, match="overlap"):
            Calendar(HOURS, WIB, seasons=seasons)


def test_a_naive_instant_is_a_mistake():
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.promise(datetime(2026, 11, 23, 9), Sla(days=1))


def test_an_office_that_never_opens_again_is_a_mistake():
    closed = frozenset(date(2026, 11, 1) + timedelta(n) for n in range(900))
    with pytest.raises(ValueError, match="closed for a year"):
        Calendar(HOURS, WIB, closed=closed).next_open(wib(11, 23))


def test_everything_wrong_in_the_hours_is_told_at_once():
    with pytest.raises(ValueError) as wrong:
        Hours.read(
            {"mon": "7-15", "tue": "15.00-08.00", "wed": "08.00-12.00, 11.00-15.00"}
            | {"thu": "08.00-25.00", "monday": "08.00-15.00"}
        )
    assert str(wrong.value).split("; ") == [
        "monday: no such day, only mon, tue, wed, thu, fri, sat, sun",
        "mon: '7-15' is not like '07.15-15.30'",
        "tue: '15.00-08.00' ends before it begins",
        "wed: '11.00-15.00' begins before the span ahead of it ends",
        "thu: '08.00-25.00' is not like '07.15-15.30'",
    ]


def test_an_office_must_open_at_some_time():
    with pytest.raises(ValueError, match="never open"):
        Hours.read({})


def test_hours_may_be_written_with_colons_and_long_dashes():
    assert Hours.read({"mon": "07:15 – 15:30"}) == Hours.read({"mon": "07.15-15.30"})


@pytest.mark.parametrize(
    ("text", "sla"),
    [
        ("2 hari kerja", Sla(days=2)),
        ("1 hari", Sla(days=1)),
        ("30 menit", Sla(minutes=30)),
        ("2 jam", Sla(minutes=120)),
        ("1 jam 30 menit", Sla(minutes=90)),
        ("1 Hari Kerja dan 2 jam", Sla(days=1, minutes=120)),
    ],
)
def test_a_service_time_is_read(text, sla):
    assert Sla.read(text) == sla


@pytest.mark.parametrize(
    "text", ["", "segera", "2", "0 hari", "1,5 jam", "-2 hari", "2 hari libur"]
)
def test_a_service_time_must_say_how_long(text):
    with pytest.raises(ValueError):
        Sla.read(text)


def test_a_service_cannot_take_less_than_no_time():
    with pytest.raises(ValueError):
        Sla(days=-1)


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))
SLAS = st.builds(Sla, st.integers(0, 20), st.integers(0, 2000))


def within_hours(instant: datetime) -> bool:
    local = instant.astimezone(WIB)
    return any(opens <= local.time() <= closes for opens, closes in OFFICE.spans(local.date()))


@given(INSTANTS, SLAS)
def test_no_promise_falls_outside_opening_hours_or_before_the_request(submitted, sla):
    due = OFFICE.promise(submitted, sla)
    assert due >= submitted
    assert within_hours(due)


@given(INSTANTS, INSTANTS, SLAS)
def test_who_comes_first_is_promised_first(a, b, sla):
    early, late = sorted((a, b))
    assert OFFICE.promise(early, sla) <= OFFICE.promise(late, sla)


@given(INSTANTS, st.integers(0, 30))
def test_promised_days_are_the_working_days_between(submitted, count):
    start = OFFICE.next_open(submitted).astimezone(WIB).date()
    due = OFFICE.add_working_days(submitted, count).astimezone(WIB).date()
    assert OFFICE.working_days_between(start, due) == count


@given(INSTANTS, st.integers(0, 1000), st.integers(0, 1000))
def test_minutes_add_up(instant, a, b):
    together = OFFICE.add_minutes(instant, a + b)
    assert OFFICE.next_open(OFFICE.add_minutes(OFFICE.add_minutes(instant, a), b)) == (
        OFFICE.next_open(together)
    )


@given(INSTANTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(instant):
    opening = OFFICE.next_open(instant)
    assert OFFICE.is_open(opening)
    assert opening == instant or not OFFICE.is_open(instant)
    assert opening == instant or not OFFICE.is_open(opening - timedelta(microseconds=1))


@given(st.dates(date(2026, 1, 1), date(2027, 12, 1)))
def test_the_next_working_day_is_one_working_day_away(day):
    following = OFFICE.next_working(day)
    assert OFFICE.is_working(following)
    assert OFFICE.working_days_between(day, following) == 1


@given(st.text(max_size=30))
def test_any_text_is_a_service_time_or_a_mistake(text):
    try:
        assert Sla.read(text) != Sla()
    except ValueError as mistake:
        assert text == "" or repr(text) in str(mistake)  # noqa: PT017


RUNNING = st.integers(0, 4000)


@given(INSTANTS, RUNNING)
def test_so_many_minutes_later_so_many_minutes_have_passed(instant, minutes):
    start = OFFICE.next_open(instant)
    assert OFFICE.minutes_between(start, OFFICE.add_minutes(start, minutes)) == minutes
    assert OFFICE.minutes_between(instant, OFFICE.add_minutes(instant, minutes)) == minutes


@given(INSTANTS, INSTANTS)
def test_minutes_between_are_never_fewer_than_none_and_never_more_than_by_the_clock(a, b):
    passed = OFFICE.minutes_between(a, b)
    assert 0 <= passed <= max(0, (b - a) // timedelta(minutes=1))
    assert passed == 0 or OFFICE.minutes_between(b, a) == 0


@given(INSTANTS, INSTANTS, INSTANTS)
def test_minutes_of_two_stretches_are_those_of_both_together(a, b, c):
    first, middle, last = sorted(each.replace(second=0, microsecond=0) for each in (a, b, c))
    whole = OFFICE.minutes_between(first, last)
    assert OFFICE.minutes_between(first, middle) + OFFICE.minutes_between(middle, last) == whole


def test_an_hour_earlier_the_same_day_is_no_time_at_all():
    assert OFFICE.minutes_between(wib(11, 23, "10.00"), wib(11, 23, "09.00")) == 0


CLOSURES = st.frozensets(st.dates(date(2026, 1, 1), date(2028, 2, 1)), max_size=40)
PAUSES = st.timedeltas(timedelta(), timedelta(days=60))


@given(INSTANTS, SLAS, CLOSURES, st.integers(0, 400))
def test_no_promise_falls_on_a_closed_day_whatever_days_an_office_closes(
    submitted, sla, closed, first
):
    """Also when a season with hours of its own begins somewhere on the way."""
    begins = date(2026, 1, 1) + timedelta(first)
    short = Hours.read(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08.00-14.00"))
    season = Season(begins, begins + timedelta(29), short)
    saturdays = Hours.read({**TABLE, "sat": "09.00-12.00"})
    after = Season(begins + timedelta(60), begins + timedelta(90), saturdays)
    office = Calendar(HOURS, WIB, closed=closed, seasons=(season, after))
    due = office.promise(submitted, sla).astimezone(WIB)
    assert due.date() not in closed
    assert due.weekday() < 5 or office.season(due.date()) == after
    assert office.holiday(due.date()) is None
    assert any(opens <= due.time() <= closes for opens, closes in office.spans(due.date()))


@given(INSTANTS, PAUSES, SLAS, st.integers(0, 400))
def test_a_pause_never_shortens_a_promise(submitted, pause, sla, first):
    """Documents were asked for again and came after a while: the time begins anew.

    Within one week of hours.  When a season changes them on the way, the clock time of a promise
    in days may move within the opening hours of its day, but never to an earlier day.
    """
    promised = OFFICE.promise(submitted, sla)
    again = OFFICE.promise(submitted + pause, sla)
    assert again >= promised
    assert OFFICE.minutes_between(submitted + pause, again) >= sla.minutes
    begins = date(2026, 1, 1) + timedelta(first)
    short = Hours.read(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08.00-14.00"))
    office = Calendar(HOURS, WIB, seasons=(Season(begins, begins + timedelta(29), short),))
    fasting = office.promise(submitted + pause, Sla(days=sla.days))
    assert fasting.astimezone(WIB).date() >= (
        office.promise(submitted, Sla(days=sla.days)).astimezone(WIB).date()
    )


@given(INSTANTS, SLAS)
def test_the_warning_comes_before_the_promise_and_in_opening_hours(submitted, sla):
    due = OFFICE.promise(submitted, sla)
    minutes = OFFICE.minutes_between(submitted, due)
    warn = OFFICE.add_minutes(submitted, int(minutes * 0.8))
    assert submitted <= warn
    assert warn <= max(due, OFFICE.next_open(submitted))
    assert within_hours(warn)
