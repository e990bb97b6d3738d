"""Where people come, on a map too, and who is served first."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from coming import at, booked, finished, moves, times
from flows.outings import Outing
from handlers.calendar_file import calendar_file
from storage.tables import APPOINTMENTS
from talk import rows

HALL = Outing(
    date(2026, 11, 28), ((time(8), time(10)),), "Balai RW 4 Grendeng", location=(-7.4, 109.25)
)


def planned(citizen, **changes):
    house = citizen.house
    pu = replace(house.office("pu"), **changes)
    citizen.house = replace(house, offices={**house.offices, "pu": pu})
    return citizen


# --- another place ----------------------------------------------------------------------


@pytest.fixture
def told(citizen):
    """A result is ready while a hall in the village is planned for Saturday."""
    return finished(planned(citizen, outings=(HALL,)))


def test_who_can_come_to_two_places_is_asked_where_first(told):
    assert "Mau diambil di mana?" in told.last
    assert times(told) == ["Kantor kecamatan", "Balai RW 4 Grendeng"]
    told.says("2")
    assert times(told) == ["Sab 28/11 08.00", "Sab 28/11 08.15", "Sab 28/11 08.30", "Hari lain"]
    told.says("1")
    (row,) = rows(told.database, APPOINTMENTS)
    assert (row.place, row.seat) == ("Balai RW 4 Grendeng", 1)
    assert "Tempat: Balai RW 4 Grendeng" in told.last


def test_the_office_is_offered_as_ever_to_who_chooses_it(told):
    told.chooses("Kantor kecamatan")
    assert times(told)[-1] == "Hari lain"
    told.says("1")
    (row,) = rows(told.database, APPOINTMENTS)
    assert row.place == ""


def test_a_time_of_another_place_is_meant_there_even_below_old_news(told):
    told.says("balai rw 4 grendeng").says("menu").chooses("Sab 28/11 08.15")
    (row,) = rows(told.database, APPOINTMENTS)
    assert row.place == "Balai RW 4 Grendeng"


def test_a_place_has_the_seats_of_its_own_counters(told, meet):
    told.says("2").says("1")
    other = finished(planned(meet("2"), outings=(HALL,)))
    other.says("2")
    assert "Sab 28/11 08.00" not in times(other)


def test_a_place_for_other_services_is_not_offered(citizen):
    finished(planned(citizen, outings=(replace(HALL, services=("kia",)),)))
    assert "Mau diambil kapan?" in citizen.last


def test_an_appointment_elsewhere_is_moved_to_the_office(told):
    told.says("2").says("1").says("ganti jam").chooses("Kantor kecamatan").says("1")
    places = [(row.state, row.place) for row in rows(told.database, APPOINTMENTS)]
    assert places == [("moved", "Balai RW 4 Grendeng"), ("booked", "")]


def test_it_is_remembered_with_its_place_and_missed_after_it_closes(told):
    told.says("2").says("1")
    assert at(told, 27, "16.00")["visit.day"] == "done"
    assert "Tempat: Balai RW 4 Grendeng" in told.last
    assert at(told, 28, "10.59") == {"visit.hours": "dropped"}
    assert at(told, 28, "11.00") == {"visit.missed": "done"}


def test_the_place_is_shown_on_a_map_where_a_channel_can(told):
    told.says("2").says("1")
    place, confirmation = told.heard[-2:]
    assert (place.text, place.location) == ("Balai RW 4 Grendeng", "-7.4,109.25")
    assert "Lihat peta" not in [choice.label for choice in confirmation.choices]
    (row,) = rows(told.database, APPOINTMENTS)
    file = told.database.read(lambda tx: calendar_file(tx, told.house, row.token, told.now))
    assert "GEO:-7.4;109.25" in file


def test_elsewhere_a_link_leads_to_the_map(meet):
    told = finished(planned(meet(channel="web"), location=(-7.41, 109.24))).says("1")
    urls = {choice.label: choice.url for choice in told.heard[-1].choices if choice.url}
    assert urls["Lihat peta"].endswith("query=-7.41,109.24")
    assert not any(message.location for message in told.heard)


def test_an_office_without_a_location_shows_no_map(citizen):
    finished(citizen).says("1")
    assert "Lihat peta" not in [choice.label for choice in citizen.heard[-1].choices]


# --- served first -----------------------------------------------------------------------


@pytest.fixture
def keeping(citizen):
    """An office that keeps one of its two counters for those who asked to be first."""
    booking = replace(citizen.house.office("pu").booking, kept=1)
    return finished(planned(citizen, booking=booking))


def test_who_comes_is_asked_kindly_with_one_tap(keeping):
    assert "Apakah Bapak/Ibu perlu didahulukan?" in keeping.last
    assert "Tidak perlu surat apa pun" in keeping.last
    assert times(keeping) == ["Ya, tolong", "Tidak perlu"]


def test_who_says_yes_takes_a_kept_seat(keeping):
    keeping.chooses("Ya, tolong").says("3")
    (row,) = rows(keeping.database, APPOINTMENTS)
    assert (row.seat, bool(row.priority)) == (2, True)


def test_who_says_no_takes_another_and_a_full_start_is_not_offered(keeping, meet):
    keeping.says("tidak").chooses("Hari lain").says("rabu").says("jam 8")
    (row,) = rows(keeping.database, APPOINTMENTS)
    assert (row.seat, bool(row.priority)) == (1, False)
    other = meet("2")
    other.house = keeping.house
    finished(other).says("tidak").taps("appointment/slot:202611250800")
    assert "baru saja penuh" in other.last
    other.says("janji").says("ya, tolong").taps("appointment/slot:202611250800")
    assert [state for state, _ in booked(other)] == ["booked", "booked"]


def test_shortly_before_the_kept_seats_are_for_everybody(keeping, meet):
    keeping.says("tidak").says("3")
    other = meet("2", now=keeping.now + timedelta(minutes=30))
    other.house = keeping.house
    finished(other).says("tidak").taps("appointment/slot:202611240800")
    assert [state for state, _ in booked(other)] == ["booked", "booked"]


def test_who_moves_is_not_asked_again(keeping):
    keeping.chooses("Ya, tolong").says("3").says("ganti jam")
    assert "Mau diambil kapan?" in keeping.last
    keeping.says("1")
    assert [bool(row.priority) for row in rows(keeping.database, APPOINTMENTS)] == [True, True]


def test_offices_that_keep_no_seats_ask_nobody(citizen):
    finished(citizen)
    assert "didahulukan" not in citizen.last
    moves(citizen, "hand_over")
