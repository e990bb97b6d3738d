"""When the office is open, as people are told: in force now, in Ramadan, at other places too."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from flows.calendar import Hours, Season
from flows.outings import Outing, ahead
from handlers.wording import opening

WIB = ZoneInfo("Asia/Jakarta")
FASTING = Season(
    date(2027, 2, 8),
    date(2027, 3, 9),
    Hours.read({"mon": "07.30-14.45", "tue": "07.30-14.45", "fri": "07.30-11.00"}),
    "Ramadan",
)
HALL = Outing(date(2026, 12, 5), ((time(8), time(11)),), "Balai RW 4 Grendeng")


def told(house, day: date, **changes: object) -> str:
    now = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    return opening(house, replace(house.office("pu"), **changes), now)


@pytest.fixture
def calendar(house):
    return replace(house.office("pu").calendar, seasons=(FASTING,))


def test_the_ordinary_week_is_told_before_a_season_and_after_it(house, calendar):
    ordinary = "Senin-Kamis 07.15-15.30, Jumat 07.15-15.15"
    assert told(house, date(2027, 2, 7), calendar=calendar) == ordinary
    assert told(house, date(2027, 3, 10), calendar=calendar) == ordinary


def test_the_hours_of_a_season_are_told_with_its_name_and_its_end(house, calendar):
    assert told(house, date(2027, 2, 8), calendar=calendar) == (
        "Senin-Selasa 07.30-14.45, Jumat 07.30-11.00 (Ramadan, sampai 9 Maret 2027)"
    )


def test_service_at_another_place_is_told_until_its_day_is_over(house):
    text = told(house, date(2026, 12, 5), outings=(HALL,))
    assert text.endswith(". Layanan keliling: Sabtu 5/12 08.00-11.00, Balai RW 4 Grendeng")
    assert "keliling" not in told(house, date(2026, 12, 6), outings=(HALL,))


def test_outings_come_in_the_order_of_their_days():
    later = replace(HALL, day=date(2026, 12, 9))
    assert ahead((later, HALL), date(2026, 12, 1)) == [HALL, later]
    assert ahead((later, HALL), date(2026, 12, 6)) == [later]


def test_an_outing_may_be_for_some_services_only():
    assert HALL.serves("kia")
    assert not replace(HALL, services=("kk",)).serves("kia")


def test_a_question_by_night_in_ramadan_hears_when_the_office_opens_then(meet, house, calendar):
    citizen = meet(now=datetime(2027, 2, 8, 14, 0, tzinfo=UTC))
    office = replace(house.office("pu"), calendar=calendar)
    citizen.house = replace(house, offices={**house.offices, "pu": office})
    citizen.opens("pu").says("petugas")
    assert "Ramadan, sampai 9 Maret" in citizen.last
    citizen.says("Boleh diwakilkan?")
    assert "Selasa, 9 Februari, pukul 07.30" in citizen.last
