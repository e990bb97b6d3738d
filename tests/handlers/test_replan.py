"""Visits that cannot be received: seats freed, people told and offered new times."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from coming import WIB, booked, finished, moves, times
from handlers.due_work import perform
from handlers.replan import affected, make_room
from storage import due
from storage.tables import APPOINTMENTS, DUE, TICKET_EVENTS
from talk import rows, ticks

EIGHT = datetime(2026, 11, 24, 8, 0, tzinfo=WIB)
HOUR = timedelta(hours=1)


def people(meet, house, amount, slot="202611240800", counters=4):
    """So many who come on Tuesday at eight, booked one after the other."""
    pu = house.office("pu")
    roomy = replace(pu, booking=replace(pu.booking, counters=counters))
    house = replace(house, offices={**house.offices, "pu": roomy})
    found = []
    for number in range(amount):
        person = meet(str(number))
        person.house = house
        finished(person).waits(minutes=number)
        found.append(person.taps(f"appointment/slot:{slot}"))
    assert [state for state, _ in booked(found[0])] == ["booked"] * amount
    return found


def shrinks(person, most, reason="Hari itu petugas kurang.", since=EIGHT, until=EIGHT + HOUR):
    """The hour from eight has room for so many at each start; returns how many go."""
    return person.database.write(
        lambda tx: make_room(
            tx, person.house, "pu", since, until, lambda place, start: most, reason, "clock",
            person.now,
        )
    )  # fmt: skip


def states(person):
    return [state for state, _ in booked(person)]


def test_whoever_booked_last_goes_first_and_the_seat_is_free_at_once(meet, house):
    ani, _, cici = people(meet, house, 3)
    assert shrinks(cici, 2) == 1
    assert states(ani) == ["booked", "booked", "displaced"]
    assert "tidak jadi" not in cici.hears().last


def test_people_hear_an_apology_the_reason_and_new_times_of_the_same_talk(meet, house):
    *_, cici = people(meet, house, 3)
    shrinks(cici, 2)
    assert ticks(cici)["displaced"] == "done"
    assert "Mohon maaf" in cici.last
    assert "Janji Selasa, 24 November, pukul 08.00 WIB" in cici.last
    assert "Alasannya: Hari itu petugas kurang." in cici.last
    assert len(times(cici)) == 4
    cici.says("1")
    assert booked(cici)[-1][0] == "booked"
    assert "sudah dicatat" in cici.last


def test_whoever_stays_hears_nothing_and_keeps_the_time(meet, house):
    ani, budi, cici = people(meet, house, 3)
    before = ani.last, budi.last
    shrinks(cici, 2)
    ticks(cici)
    assert (ani.hears().last, budi.hears().last) == before
    assert states(ani)[:2] == ["booked", "booked"]


def test_whoever_stays_sits_where_the_next_one_looks(meet, house):
    """Otherwise somebody could book beside them beyond the room there is."""
    ani, _, cici = people(meet, house, 3)
    ani.says("batal janji")
    assert shrinks(cici, 2) == 0
    seats = {row.seat for row in rows(cici.database, APPOINTMENTS) if row.state == "booked"}
    assert seats == {1, 2}


def test_who_asked_to_be_served_first_goes_last(meet, house):
    ani, _, cici = people(meet, house, 3)
    last = rows(cici.database, APPOINTMENTS)[-1].id
    third = APPOINTMENTS.update().where(APPOINTMENTS.c.id == last).values(priority=True)
    cici.database.write(lambda tx: tx.execute(third))
    assert shrinks(cici, 1) == 2
    assert states(ani) == ["displaced", "displaced", "booked"]


def test_it_is_done_once_however_often_it_is_asked_for(meet, house):
    *_, cici = people(meet, house, 3)
    assert [shrinks(cici, 2), shrinks(cici, 2)] == [1, 0]
    ticks(cici)
    heard = len(cici.heard)
    assert shrinks(cici, 2) == 0
    assert ticks(cici, hours=1).get("displaced") is None
    assert len(cici.heard) == heard


def test_how_many_it_would_be_is_told_before(meet, house):
    *_, cici = people(meet, house, 3)

    def count(most):
        return cici.database.read(
            lambda tx: affected(tx, "pu", EIGHT, EIGHT + HOUR, lambda p, s: most, cici.now)
        )

    assert [count(most) for most in (3, 2, 0)] == [0, 1, 3]
    assert states(cici) == ["booked"] * 3


def test_other_hours_and_other_offices_are_left_alone(meet, house):
    *_, cici = people(meet, house, 2)
    assert shrinks(cici, 0, since=EIGHT + HOUR, until=EIGHT + 2 * HOUR) == 0
    assert shrinks(cici, 0, since=EIGHT - HOUR, until=EIGHT) == 0
    assert states(cici) == ["booked", "booked"]


def test_who_chose_another_time_meanwhile_is_not_told(meet, house):
    *_, cici = people(meet, house, 2)
    shrinks(cici, 1)
    cici.says("janji").says("1")
    assert ticks(cici)["displaced"] == "dropped"
    assert "tidak jadi" not in cici.last


def test_who_collected_meanwhile_is_not_told(meet, house):
    *_, cici = people(meet, house, 1)
    shrinks(cici, 0)
    moves(cici, "hand_over")
    assert ticks(cici)["displaced"] == "dropped"


def test_nobody_is_woken_unless_it_is_soon(meet, house):
    *_, cici = people(meet, house, 1, slot="202611241500")
    cici.now = datetime(2026, 11, 23, 21, 0, tzinfo=WIB)
    shrinks(cici, 0, since=EIGHT, until=EIGHT + 9 * HOUR)
    assert ticks(cici).get("displaced") is None
    assert ticks(cici, hours=10)["displaced"] == "done"


def test_who_was_to_come_in_the_early_morning_is_told_by_night(meet, house):
    *_, cici = people(meet, house, 1)
    cici.now = datetime(2026, 11, 23, 21, 0, tzinfo=WIB)
    shrinks(cici, 0)
    assert ticks(cici)["displaced"] == "done"


def test_the_history_says_why_and_by_whom(meet, house):
    *_, cici = people(meet, house, 1)
    shrinks(cici, 0)
    event = rows(cici.database, TICKET_EVENTS)[-1]
    assert (event.move, event.actor, event.note) == (
        "displace", "clock", "Hari itu petugas kurang.",
    )  # fmt: skip


@pytest.mark.parametrize("killed_after", [0, 1, 2])
def test_many_are_told_one_by_one_so_nobody_is_told_twice(meet, house, killed_after):
    """The seats go in one transaction; each person hears in one of their own."""
    crowd = people(meet, house, 3)
    shrinks(crowd[0], 0)
    database, now = crowd[0].database, crowd[0].now + HOUR
    ready = [r for r in database.read(lambda tx: due.ready(tx, now, 100)) if r.kind == "displaced"]
    assert len(ready) == 3
    for row in ready[:killed_after]:
        database.write(lambda tx, row=row: perform(tx, crowd[0].house, row, now))
    crowd[0].now = now
    ticks(crowd[0])
    for person in crowd:
        told = [m for m in person.hears().heard if "Mohon maaf, ada perubahan" in m.text]
        assert len(told) == 1
    left = {row.state for row in rows(database, DUE) if row.kind == "displaced"}
    assert left == {"done"}


def test_on_whatsapp_the_news_has_its_template(meet, house):
    citizen = finished(meet("+6281234567890", "whatsapp")).says("3")
    shrinks(citizen, 0)
    ticks(citizen)
    told = next(m for m in reversed(citizen.heard) if m.kind == "news")
    assert told.template == "visit_displaced"
    assert told.values["reason"] == "Hari itu petugas kurang."
