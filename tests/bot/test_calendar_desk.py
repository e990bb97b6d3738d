"""The calendar at the desk: who comes when, by day and by week, over HTTP and without scripts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk_office import DeskOffice, opened
from flows.calendar import Hours, Season
from flows.outings import Outing
from storage import appointments
from storage import tickets as rows
from storage.tables import AUDIT
from talk import MONDAY
from visitors import EIGHT, HALL, comes, plans


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("rina", "Bu Rina", role="kasi")
        office.hires("lain", "Pak Lain", "ma", role="kasi")
        yield office


@pytest.fixture
def planned(office: DeskOffice) -> Iterator[DeskOffice]:
    """The office with other settings, which are put back afterwards: pages know one house."""
    before = office.house.offices
    yield office
    object.__setattr__(office.house, "offices", before)


def text(html: str) -> str:
    bare = re.sub(r"<[^>]+>", " ", html.partition("<main")[2])
    return re.sub(r"\s+", " ", bare)


DAY = "/desk/calendar?day=2026-11-24"


# --- the day ----------------------------------------------------------------------------


def test_the_day_says_who_comes_when_for_what_and_what_is_free(office):
    number, _ = comes(office)
    page = text(office.signed_in().sees(DAY))
    assert "Selasa, 24 November 2026" in page
    assert f"08.00 Slamet Riyadi Ganti KTP {number} 1 " in page
    assert "08.15 2 08.30 2" in page
    assert "1 orang · 65 tempat kosong" in page


def test_without_a_day_it_is_today_and_the_links_lead_on(office):
    sari = office.signed_in()
    page = sari.sees("/desk/calendar")
    assert "Senin, 23 November 2026" in text(page)
    assert 'href="/desk/calendar?day=2026-11-22" rel="prev"' in page
    assert 'href="/desk/calendar?day=2026-11-24" rel="next"' in page
    assert 'href="/desk/calendar"' in sari.sees("/desk"), "the way there is on every page"


def test_who_asked_to_be_served_first_is_marked(office):
    comes(office, priority=True)
    assert "Slamet Riyadi Didahulukan" in text(office.signed_in().sees(DAY))


def test_a_full_start_says_so(office):
    comes(office)
    comes(office, name="Yuni Astuti")
    assert re.search(r"08\.00 Slamet Riyadi .* Yuni Astuti .* penuh 08\.15", text(
        office.signed_in().sees(DAY)))  # fmt: skip


def test_a_holiday_is_told_by_its_name_and_a_sunday_is_closed(office):
    sari = office.signed_in()
    assert "Kantor libur: Hari Raya Natal" in text(sari.sees("/desk/calendar?day=2026-12-25"))
    assert "Kantor tutup hari ini" in text(sari.sees("/desk/calendar?day=2026-11-29"))


def test_the_hours_of_a_season_and_another_place_have_their_own_rows(planned):
    week = Hours.read(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08.00-09.00"))
    calendar = replace(
        planned.house.offices["pu"].calendar,
        seasons=(Season(date(2026, 11, 24), date(2026, 11, 24), week, "Ramadan"),),
    )
    hall = Outing(date(2026, 11, 24), ((time(9), time(10)),), HALL)
    plans(planned, calendar=calendar, outings=(hall,))
    comes(planned, EIGHT + timedelta(hours=1), place=HALL)
    page = text(planned.signed_in().sees(DAY))
    assert "jam Ramadan" in page
    assert "Di kantor 08.00-09.00 Jam Yang datang Kosong 08.00 2 08.15 2 08.30 2 08.45 2 " in page
    assert f"{HALL} 09.00-10.00 Jam Yang datang Kosong 09.00 Slamet Riyadi" in page


def test_who_booked_before_the_hours_were_changed_is_still_shown(planned):
    comes(planned, EIGHT)
    short = Hours.read({"tue": "10.00-11.00"})
    plans(planned, calendar=replace(planned.house.offices["pu"].calendar, hours=short))
    assert "08.00 Slamet Riyadi" in text(planned.signed_in().sees(DAY))


@pytest.mark.parametrize(
    "query", ["2026-13-01", "x", "20261124", "0001-01-01", "9999-12-31", "2031-01-01"]
)
def test_a_day_that_is_none_or_too_far_is_not_found(office, query):
    for path in ("/desk/calendar", "/desk/calendar/week"):
        assert office.signed_in().http.get(f"{path}?day={query}").status_code == 404


def test_another_office_sees_nothing(office):
    number, _ = comes(office)
    lain = office.signed_in("lain")
    for path in (DAY, "/desk/calendar/week?day=2026-11-24"):
        page = lain.sees(path)
        assert "Slamet" not in page
        assert number not in page
    assert lain.posts("/desk/calendar/appointments/1/came").status_code == 404


# --- the week ---------------------------------------------------------------------------


def test_the_week_lists_who_comes_each_day(office):
    comes(office)
    comes(office, EIGHT + timedelta(days=2, hours=2), "Yuni Astuti", priority=True)
    page = text(office.signed_in().sees("/desk/calendar/week?day=2026-11-26"))
    assert "Senin 23/11 sampai Jumat 27/11" in page
    assert "Selasa 24/11 1 orang · 65 kosong 08.00 Slamet Riyadi Ganti KTP" in page
    assert "10.00 Yuni Astuti Didahulukan Ganti KTP" in page
    assert "2 orang datang minggu ini" in page


def test_a_saturday_is_in_the_week_when_somebody_can_come(planned):
    hall = Outing(date(2026, 11, 28), ((time(8), time(9)),), HALL)
    plans(planned, outings=(hall,))
    page = text(planned.signed_in().sees("/desk/calendar/week?day=2026-11-26"))
    assert "Sabtu 28/11 0 orang · 4 kosong" in page
    assert "Minggu" not in page


# --- closing ----------------------------------------------------------------------------

MORNING = {
    "day": "2026-11-24", "place": "", "begins": "07:15", "ends": "12:00",
    "reason": "closed_power", "own": "",
}  # fmt: skip


def test_closing_says_first_how_many_it_concerns_and_then_does_it(office):
    comes(office)
    rina = office.signed_in("rina")
    asked = rina.posts("/desk/calendar/close", **MORNING)
    assert "1 orang sudah punya janji" in text(asked.text)
    assert "Ditutup" not in text(asked.text)
    done = rina.posts("/desk/calendar/close", **MORNING, expected="1")
    assert done.status_code == 303
    page = text(rina.sees(DAY))
    assert "Ditutup 07.15-12.00. Listrik di kantor padam. Oleh Bu Rina" in page
    assert "08.00 tutup" in page
    assert "Slamet" not in page
    (entry,) = [row for row in _audit(office) if row.action == "calendar.closed"]
    assert (entry.actor, entry.detail) == ("rina", '{"people":1}')


def test_hours_with_nobody_in_them_close_at_once_and_open_again(office):
    rina = office.signed_in("rina")
    assert rina.posts("/desk/calendar/close", **MORNING).status_code == 303
    assert rina.posts("/desk/calendar/closures/1/lift", day="2026-11-24").status_code == 303
    assert "Ditutup" not in text(rina.sees(DAY))
    again = rina.posts("/desk/calendar/closures/1/lift", day="2026-11-24")
    assert again.status_code == 409
    assert "sudah dibuka lagi oleh rekan lain" in text(again.text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"begins": "12:00", "ends": "07:15"}, "Jamnya belum cocok"),
        ({"begins": "pagi"}, "Jamnya belum cocok"),
        ({"day": "2026-11-23", "begins": "07:15", "ends": "07:30"}, "Jam itu sudah lewat"),
        ({"reason": "own", "own": "  "}, "Pilih atau tulis dulu alasannya"),
        ({"reason": "hujan"}, "Pilih atau tulis dulu alasannya"),
        ({"place": "Pasar Wage"}, "Tempat itu tidak ada"),
    ],
)
def test_what_cannot_be_closed_is_said_and_what_was_typed_is_kept(office, change, said):
    answer = office.signed_in("rina").posts("/desk/calendar/close", **{**MORNING, **change})
    assert answer.status_code == 422
    assert said in text(answer.text)


def test_an_officer_sees_no_form_and_cannot_close(office):
    sari = office.signed_in("sari")
    assert "Tutup sebagian jam" not in sari.sees(DAY)
    assert sari.posts("/desk/calendar/close", **MORNING).status_code == 403
    assert sari.posts("/desk/calendar/closures/1/lift").status_code == 403


def test_a_closure_of_another_office_is_not_found(office):
    office.signed_in("rina").posts("/desk/calendar/close", **MORNING)
    lain = office.signed_in("lain")
    assert lain.posts("/desk/calendar/closures/1/lift").status_code == 404
    assert "Ditutup" not in text(lain.sees(DAY))


# --- who came ---------------------------------------------------------------------------


def test_only_what_the_desk_cannot_know_otherwise_is_noted_and_only_once(office):
    comes(office, purpose="before", ready=False)
    sari = office.signed_in()
    assert "/came" not in sari.sees(DAY), "tomorrow's visitors have not come"
    office.now = EIGHT + timedelta(minutes=5)
    sari = office.signed_in()
    assert "/came" in sari.sees(DAY)
    path = "/desk/calendar/appointments/1/came"
    assert sari.posts(path, day="2026-11-24").status_code == 303
    assert "Sudah datang" in text(sari.sees(DAY))
    assert sari.posts(path, day="2026-11-24").status_code == 409
    assert sari.posts("/desk/calendar/appointments/99/came").status_code == 404


def test_who_missed_every_time_is_to_be_called(office):
    number, _ = comes(office)
    office.database.write(lambda tx: appointments.settle(tx, 1, "missed", office.now))
    ticket = office.database.read(lambda tx: rows.look(tx, number))
    for day in (2, 3):

        def again(tx: Any, day: int = day) -> None:
            row = appointments.book(
                tx, office_id="pu", ticket_id=ticket.id, person_id=ticket.person_id,
                start_at=MONDAY + timedelta(days=day), seats=[1], token=f"t{day}", now=office.now,
            )  # fmt: skip
            assert row is not None
            appointments.settle(tx, row, "missed", office.now)

        office.database.write(again)
    page = text(office.signed_in().sees("/desk/calendar"))
    assert "Perlu ditelepon 1" in page
    assert "Slamet Riyadi Ganti KTP · 3 kali tidak datang" in page
    assert "Perlu ditelepon" not in text(office.signed_in("lain").sees("/desk/calendar"))


def _audit(office: DeskOffice) -> list[Any]:
    return office.database.read(lambda tx: list(tx.execute(AUDIT.select())))


def test_times_are_those_of_the_office(office):
    comes(office, datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert "08.00 Slamet Riyadi" in text(office.signed_in().sees(DAY))
