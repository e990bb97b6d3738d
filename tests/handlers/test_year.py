"""A year of due work: nights, Fridays, Eid, New Year, standstills, a clock that is set back.

People begin, send, are asked again and do not come, in both offices, all year round; the clock
jumps to whatever is due next.  Once the offices are as configured; once they rest for Friday
prayers, and one of them lies two hours further east.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, pairwise
from pathlib import Path
from shutil import copy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

import talk
from flows.calendar import Hours, Season
from handlers.due_work import perform
from handlers.housekeeping import arm_digests
from handlers.message import Message
from handlers.offices import House, Office
from handlers.tickets import WORKING, Actor, move
from handlers.words import say_time
from storage import due
from storage.db import Database, Tx
from storage.tables import APPOINTMENTS, DUE, OUTBOX, TICKET_EVENTS, TICKETS
from talk import MONDAY, STAFF_CHAT, Citizen, rows

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
SARI = Actor("staff", "sari", "Bu Sari")
YEAR = timedelta(days=365)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY = timedelta(days=12, hours=5)
"""Somebody new comes so often, at all hours of the day."""


def wib(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=WIB).astimezone(UTC)


DOWN = (
    (wib(2026, 12, 14, 6), DAY),
    (wib(2027, 2, 1, 17), 7 * DAY),
    (wib(2027, 3, 8, 9), 7 * DAY),  # over Eid and its joint leave
    (wib(2027, 8, 16, 22), DAY),
)
"""When the process stood still, and for how long."""
RAMADAN = (date(2027, 2, 8), date(2027, 3, 9))
SET_BACK = (wib(2026, 12, 2, 8), wib(2027, 1, 1, 0), wib(2027, 4, 5, 7), wib(2027, 6, 9, 7))
"""When the clock was found to be an hour fast."""


def as_configured() -> House:
    return talk.house()


def in_the_east_on_fridays() -> House:
    house = talk.house()
    table = dict.fromkeys(("mon", "tue", "wed", "thu"), "07.15-15.30")
    prayers = Hours.read({**table, "fri": "07.15-11.30, 13.00-15.15"})
    east = replace(house.offices["ma"].calendar, zone=WIT, hours=prayers)
    fasting = Hours.read({**dict.fromkeys(("mon", "tue", "wed", "thu"), "07.30-14.45"),
                          "fri": "07.30-11.00"})  # fmt: skip
    ramadan = Season(*RAMADAN, fasting, "Ramadan")
    saturdays = Season(
        date(2027, 7, 1), date(2027, 7, 31), Hours.read({**table, "sat": "09.00-12.00"})
    )
    west = replace(house.offices["pu"].calendar, hours=prayers, seasons=(ramadan, saturdays))
    offices = {
        "pu": replace(house.offices["pu"], calendar=west),
        "ma": replace(house.offices["ma"], calendar=east),
    }
    return replace(house, offices=offices)


@dataclass
class Year:
    """The walk, and what it left behind."""

    database: Database
    house: House
    now: datetime = MONDAY
    people: int = 0
    ticked: list[datetime] = field(default_factory=list)
    waited_for: list[Citizen] = field(default_factory=list)

    def walk(self) -> "Year":
        """From one thing to the next until a year is over and all is settled."""
        down, back = list(DOWN), list(SET_BACK)
        offices = cycle(("pu", "ma"))
        comes = self.now
        ends = MONDAY + YEAR + 30 * DAY
        while self.now < ends:
            if comes <= self.now:
                self._come(next(offices))
                comes = comes + EVERY if comes < MONDAY + YEAR else ends
            self.tick()
            if back and self.now >= back[0]:
                back.pop(0)
                self.now -= HOUR
                continue
            self.now = max(self.now + timedelta(minutes=1), min(comes, self._next()))
            if down and self.now >= down[0][0]:
                began, lasted = down.pop(0)
                self.now = max(self.now, began + lasted)
        return self

    def tick(self) -> None:
        """As bot/ticks.py does it."""
        now = self.now
        self.ticked.append(now)
        self.database.write(lambda tx: arm_digests(tx, self.house, now))
        while ready := self.database.read(lambda tx: due.ready(tx, now, 200)):
            for row in ready:
                self.database.write(lambda tx, row=row: perform(tx, self.house, row, now))
                if row.kind == "visit.missed":
                    self._promise_to_come()

    def _next(self) -> datetime:
        waiting = sa.select(sa.func.min(DUE.c.due_at)).where(DUE.c.state == "waiting")
        return self.database.read(lambda tx: tx.execute(waiting).scalar_one())

    def _come(self, office: str) -> None:
        """A draft is left; of three requests one waits for photos, one at the door, one for us."""
        self._person().starts("ktp_ganti", office).continues(until="nik")
        self._person().submits(office=office)
        asked = self._person().submits(office=office)
        self._moves(office, asked, "take")
        self._moves(office, asked, "send_back", note="Kabur.", documents=["kk_photo"])
        done = self._person().submits(office=office)
        self._moves(office, done, "take")
        self._moves(office, done, "finish")
        agreed = self._person().submits(office=office)
        self._moves(office, agreed, "take")
        self._moves(office, agreed, "finish")
        self.waited_for.append(agreed.says("1"))
        back = self._person().submits(office=office)
        self._moves(office, back, "take")
        self._moves(office, back, "send_back", note="Kabur.", documents=["kk_photo"])
        back.sends()

    def _promise_to_come(self) -> None:
        """Whoever is asked when they can come says so, and does not come."""
        for citizen in self.waited_for:
            citizen.now = self.now
            before = len(citizen.heard)
            if any("Tadi belum sempat" in each.text for each in citizen.hears().heard[before:]):
                citizen.says("1")

    def _person(self) -> Citizen:
        self.people += 1
        return Citizen(self.database, self.house, str(self.people), now=self.now)

    def _moves(self, office: str, citizen: Citizen, name: str, **more: Any) -> None:
        def work(tx: Tx) -> None:
            move(tx, self.house, office, citizen.ticket, name, SARI, citizen.now, **more)

        self.database.write(work)
        citizen.hears()

    # --- what it left ----------------------------------------------------------------

    def local(self, row: Any, at: datetime | None = None) -> datetime:
        """When a message was promised, by the clock of its office."""
        return (at or row.created_at).astimezone(self.office(row).calendar.zone)

    def office(self, row: Any) -> Office:
        return self.house.offices[row.office_id]

    def messages(self, *templates: str) -> Iterator[tuple[Any, Message]]:
        """Messages to citizens that a template exists for, in the order of their promise."""
        for row in rows(self.database, OUTBOX):
            message = Message.of(row.payload)
            if message.template in templates:
                yield row, message

    def alerts(self, words: str) -> list[Any]:
        sent = rows(self.database, OUTBOX)
        return [row for row in sent if row.address == STAFF_CHAT and words in row.payload]


VISITS = ("remind_visit_day", "remind_visit_hours", "remind_missed")
REMINDERS = ("remind_draft", "remind_correction", "remind_expiry", "remind_ready")
BY_ITSELF = (*REMINDERS, *VISITS, "promise_late", "moved_expired")
"""All that citizens are told without anybody doing anything."""


@pytest.fixture(scope="module", params=[as_configured, in_the_east_on_fridays],
                ids=lambda make: make.__name__)  # fmt: skip
def year(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Year]:
    path = copy(sqlite_template, tmp_path_factory.mktemp("year") / "loket.db")
    database = Database(f"sqlite:///{path}")
    yield Year(database, request.param()).walk()
    database.close()


def test_nobody_is_written_to_at_night(year: Year) -> None:
    told = [year.local(row).time() for row, _ in year.messages(*BY_ITSELF)]
    assert len(told) > 300
    assert min(told) >= time(7)
    assert max(told) < time(20)


def test_nobody_is_reminded_of_the_same_thing_twice(year: Year) -> None:
    told: Counter[tuple[str, str]] = Counter()
    for row, message in year.messages(*BY_ITSELF):
        about = message.values.get("number", row.address) + message.values.get("promise", "")
        told[message.template, about] += 1
        most = {"remind_draft": 2, "remind_correction": 2, "remind_ready": 3, "remind_missed": 2}
        most |= dict.fromkeys(("remind_visit_day", "remind_visit_hours"), 3)
        assert told[message.template, about] <= most.get(message.template, 1)
    done = Counter(
        row.kind.partition(".")[0] for row in rows(year.database, DUE) if row.state == "done"
    )
    for kind in ("draft", "correction", "ready"):
        reminders = sum(n for (name, _), n in told.items() if name == f"remind_{kind}")
        assert reminders == done[kind] > 0


def test_two_reminders_of_one_thing_are_half_a_day_apart(year: Year) -> None:
    when: dict[str, list[datetime]] = {}
    for row, message in year.messages(*REMINDERS):
        when.setdefault(message.values.get("number", row.address), []).append(row.created_at)
    for times in when.values():
        assert all(later - sooner >= 12 * HOUR for sooner, later in pairwise(times))


def test_a_request_is_reminded_of_then_warned_about_then_closed(year: Year) -> None:
    order = {"remind_correction": 0, "remind_expiry": 1, "moved_expired": 2}
    said: dict[str, list[tuple[str, datetime]]] = {}
    for row, message in year.messages(*order):
        number = message.values["number"]
        said.setdefault(number, []).append((message.template, row.created_at))
    assert len(said) >= 28
    for steps in said.values():
        names = [name for name, _ in steps]
        assert names == sorted(names, key=lambda name: order[name])
        assert set(names) == set(order)
        assert steps[-1][1] - steps[-2][1] >= 22 * HOUR, (
            "nobody is closed on the day of the warning"
        )


def test_promises_fall_into_opening_hours(year: Year) -> None:
    checked = 0
    for ticket in rows(year.database, TICKETS):
        calendar = year.office(ticket).calendar
        for promise in filter(None, (ticket.promise_at, ticket.next_promise_at)):
            local = promise.astimezone(calendar.zone)
            spans = calendar.spans(local.date())
            assert any(opens <= local.time() <= closes for opens, closes in spans), local
            checked += 1
    assert checked > 150


def late_news(year: Year) -> list[tuple[Any, Message]]:
    return list(year.messages("promise_late"))


def test_each_missed_date_is_told_once_and_never_before_it_is_over(year: Year) -> None:
    tickets = {ticket.number: ticket for ticket in rows(year.database, TICKETS)}
    told = [(row, tickets[m.values["number"]]) for row, m in year.messages("promise_late")]
    late = [each for each in tickets.values() if each.status in WORKING]
    assert {ticket.number for _, ticket in told} == {t.number for t in late}
    assert all(row.created_at >= ticket.promise_at for row, ticket in told)
    named = Counter((m.values["number"], m.values["promise"]) for _, m in late_news(year))
    assert set(named.values()) == {1}, "each date is named once"
    often = Counter(ticket.number for _, ticket in told)
    assert max(often.values()) < YEAR / timedelta(days=12), "an apology every morning helps nobody"


def test_overviews_come_on_working_mornings_once_each(year: Year) -> None:
    for name, office in year.house.offices.items():
        mornings = [year.local(row) for row in year.alerts("Selamat pagi") if row.office_id == name]
        days = Counter(at.date() for at in mornings)
        assert set(days.values()) == {1}
        assert all(office.calendar.is_working(day) for day in days)
        assert all(time(7, 30) <= at.time() < time(11, 30) for at in mornings)
        assert set(_due_days(office)) - set(days) <= _standing_still(office), "one was left out"


def _due_days(office: Office) -> Iterator[date]:
    for number in range(15, 365):  # by then every office has had a request
        day = MONDAY.date() + timedelta(number)
        if office.calendar.is_working(day):
            yield day


def _standing_still(office: Office) -> set[date]:
    zone = office.calendar.zone
    return {
        (began + DAY * day).astimezone(zone).date()
        for began, lasted in DOWN
        for day in range(lasted // DAY + 1)
    }


def test_nobody_is_alarmed_while_an_office_rests_nor_twice_an_hour(year: Year) -> None:
    for name, office in year.house.offices.items():
        alarms = [row.created_at for row in year.alerts("Janji waktu") if row.office_id == name]
        assert alarms
        assert all(map(office.calendar.is_open, alarms))
        assert all(later - sooner >= HOUR for sooner, later in pairwise(alarms))


def test_nobody_is_called_to_a_closed_office(year: Year) -> None:
    days = [(year.office(row), year.local(row).date()) for row, _ in year.messages("remind_ready")]
    assert len(days) > 60
    assert all(office.calendar.is_working(day) for office, day in days)


def test_appointments_lie_in_the_hours_that_hold_on_their_day(year: Year) -> None:
    fasting = 0
    for row in rows(year.database, APPOINTMENTS):
        office = year.office(row)
        local = row.start_at.astimezone(office.calendar.zone)
        ends = (local + timedelta(minutes=office.booking.minutes)).time()
        spans = office.calendar.spans(local.date())
        assert any(opens <= local.time() and ends <= closes for opens, closes in spans), local
        fasting += bool(office.calendar.season(local.date()))
    assert fasting or not any(each.calendar.seasons for each in year.house.offices.values())


def test_who_never_comes_is_remembered_each_time_and_asked_twice_then_staff_hear(
    year: Year,
) -> None:
    visits: dict[int, list[Any]] = {}
    for row in rows(year.database, APPOINTMENTS):
        visits.setdefault(row.ticket_id, []).append(row)
    assert len(visits) >= 28
    assert {len(each) for each in visits.values()} == {3}
    assert {row.state for each in visits.values() for row in each} == {"missed"}
    asked = Counter(message.values["number"] for _, message in year.messages("remind_missed"))
    assert set(asked.values()) == {2}
    assert len(asked) == len(visits) == len(year.alerts("beberapa kali tidak datang"))


def test_nobody_is_told_of_tomorrow_on_another_day(year: Year) -> None:
    starts = {say_time(row.start_at, year.office(row).calendar.zone): row.start_at
              for row in rows(year.database, APPOINTMENTS)}  # fmt: skip
    days = {"remind_visit_day": 1, "remind_visit_hours": 0}
    told = list(year.messages(*days))
    assert len(told) > 60
    for row, message in told:
        start = year.local(row, starts[message.values["time"]])
        assert (start.date() - year.local(row).date()).days == days[message.template]


def test_what_was_pointless_says_why_and_nothing_failed(year: Year) -> None:
    left = rows(year.database, DUE)
    assert {row.state for row in left} == {"done", "dropped", "waiting"}
    assert {row.kind for row in left if row.state == "waiting"} == {"digest", "sla.again"}
    reasons = Counter(row.note for row in left if row.state == "dropped")
    assert set(reasons) <= {
        "no draft", "no longer waits", "kept", "overtaken", "all kept", "too late",
        "has an appointment",
    }  # fmt: skip
    assert min(reasons[each] for each in ("overtaken", "kept", "no longer waits")) > 0


def test_the_year_had_its_troubles(year: Year) -> None:
    steps = [later - sooner for sooner, later in pairwise(year.ticked)]
    assert sum(step < timedelta() for step in steps) == len(SET_BACK)
    assert sum(step > 6.9 * DAY for step in steps) == 2
    holidays = {day for office in year.house.offices.values() for day in _closed(office)}
    assert {date(2027, 1, 1), date(2027, 3, 9), date(2027, 3, 10), date(2027, 3, 12)} <= holidays
    moves = Counter(event.move for event in rows(year.database, TICKET_EVENTS))
    assert moves["expire"] >= 28
    assert moves["resubmit"] >= 28


def _closed(office: Office) -> Iterator[date]:
    for number in range(365):
        day = MONDAY.date() + timedelta(number)
        if day.weekday() < 5 and not office.calendar.is_working(day):
            yield day
