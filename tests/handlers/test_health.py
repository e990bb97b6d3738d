"""The health protocol: fewer seats, those affected are told, and nobody's health is kept."""

import logging
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from flows.health import Rule
from flows.model import Said
from handlers import health, inbound
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.inbound import Inbound, set_aside
from handlers.staff import Officer
from handlers.tickets import Actor, move
from storage.tables import APPOINTMENTS, INBOX, METADATA, PROTOCOLS
from talk import MONDAY, house, rows, ticks

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
WIB = ZoneInfo("Asia/Jakarta")
EIGHT = "202611240800"
UNWELL = "saya demam 39 derajat dan batuk darah"
"""What nobody may find anywhere afterwards."""


class Chief:
    """Somebody who may set the protocol."""

    def __init__(self, database, office="pu", **environment):
        self.database, self.house, self.now = database, house(**environment), MONDAY
        self.officer = Officer(office, "kasi", "Pak Kasi", "kasi", "token", MONDAY)

    def sight(self, tx):
        return Sight.of(tx, self.house, self.officer, self.now)

    def sets(self, level, first=TODAY, last=None, expected=99):
        rule = Rule(level, first, last)
        return self.database.write(lambda tx: health.set_level(tx, self.sight(tx), rule, expected))

    def sees(self):
        return self.database.read(lambda tx: health.show(tx, self.sight(tx)))


@pytest.fixture
def chief(database):
    return Chief(database)


def ready(citizen, slot=""):
    citizen.submits()
    for name in ("take", "finish"):
        citizen.database.write(
            lambda tx, name=name: move(
                tx, citizen.house, "pu", citizen.ticket, name,
                Actor("staff", "sari", "Bu Sari"), citizen.now,
            )
        )  # fmt: skip
    citizen.hears()
    return citizen.taps(f"appointment/slot:{slot}") if slot else citizen


def states(database):
    return sorted(row.state for row in rows(database, APPOINTMENTS))


def heard(citizen, words):
    return sum(words in message.text for message in citizen.heard)


# --- room -------------------------------------------------------------------------------


def test_from_then_on_fewer_come_at_the_same_time(meet, chief):
    chief.sets("strict", TOMORROW, TOMORROW)
    ready(meet("1"), EIGHT)
    late = ready(meet("2"), EIGHT)
    assert "baru saja penuh" in late.last
    assert states(chief.database) == ["booked"]
    late.taps("appointment/slot:202611250800")
    third = ready(meet("3"), "202611250800")
    assert "sudah dicatat" in third.last, "the day after is as usual"


def test_whoever_has_a_time_for_which_there_is_no_room_is_told_and_offered_others(meet, chief):
    first, second = ready(meet("1"), EIGHT), ready(meet("2"), EIGHT)
    chief.now = second.now
    assert chief.sets("strict") == 1
    ticks(second, minutes=1)
    assert states(chief.database) == ["booked", "displaced"]
    assert heard(first.hears(), "tempat dibatasi") == 0
    assert heard(second, "tempat dibatasi supaya semua tetap sehat") == 1
    assert any("24/11" in choice.label for choice in second.heard[-1].choices)


def test_nobody_is_moved_before_it_was_said_how_many_it_would_be(meet, chief):
    for number in ("1", "2"):
        ready(meet(number), EIGHT)
    with pytest.raises(Rejected, match="more_affected"):
        chief.sets("strict", expected=0)
    assert rows(chief.database, PROTOCOLS) == []
    assert states(chief.database) == ["booked", "booked"]


def test_a_level_for_some_days_touches_no_other_day(meet, chief):
    for number in ("1", "2"):
        ready(meet(number), EIGHT)
    assert chief.sets("strict", TODAY, TODAY) == 0
    assert chief.sets("strict", TOMORROW + timedelta(days=1)) == 0
    assert chief.sets("off", TOMORROW, TOMORROW) == 0
    assert states(chief.database) == ["booked", "booked"]


def test_of_several_for_a_day_the_newest_counts_and_all_are_shown(chief):
    chief.sets("strict")
    chief.sets("off", TOMORROW, TOMORROW)
    view = chief.sees()
    assert [(each.level, each.counters) for each in view.days[:3]] == [
        ("strict", 1), ("off", 2), ("strict", 1),
    ]  # fmt: skip
    assert [rule.level for rule, _ in view.rules] == ["off", "strict"]
    assert view.level == "strict"


@pytest.mark.parametrize(
    ("level", "first", "last", "why"),
    [("none", TODAY, None, "level_unknown"),
     ("basic", TOMORROW, TODAY, "days_wrong"),
     ("basic", TODAY - timedelta(days=3), TODAY - timedelta(days=1), "days_wrong")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(chief, level, first, last, why):
    with pytest.raises(Rejected, match=why):
        chief.sets(level, first, last)


def test_another_office_has_its_own_level(database, chief):
    chief.sets("strict")
    assert Chief(database, "ma").sees().level == "off"


def test_config_says_what_usually_holds(database):
    usual = Chief(database, LOKET_OFFICES__PU__PROTOCOL="basic")
    assert usual.sees().level == "basic"
    usual.sets("off", TODAY, TODAY)
    assert [each.level for each in usual.sees().days[:2]] == ["off", "basic"]


# --- the waiting room -------------------------------------------------------------------


def test_when_the_room_is_full_people_are_asked_to_wait_outside(meet, database):
    seated = house(LOKET_OFFICES__PU__WAITING_ROOM="4")
    chief = Chief(database, LOKET_OFFICES__PU__WAITING_ROOM="4")
    chief.sets("strict")
    people = [meet(str(number)) for number in range(3)]
    for person in people:
        person.house = seated
        person.opens("pu").says("hadir")
    told = ["Ruang tunggu penuh, silakan tunggu di luar" in person.last for person in people]
    assert told == [False, False, True], "half of four seats"


# --- what people read -------------------------------------------------------------------


def at(citizen, day, hour):
    wanted = datetime(2026, 11, day, hour, tzinfo=WIB)
    ticks(citizen, seconds=(wanted - citizen.now).total_seconds())
    return citizen


def test_the_messages_about_an_appointment_say_what_is_asked(citizen, chief):
    chief.sets("strict")
    ready(citizen, EIGHT)
    assert "Tunggu di luar sampai dipanggil" in citizen.last
    assert "Cek sebelum datang" in citizen.last
    at(citizen, 23, 16)
    assert "Besok waktunya" in citizen.last
    assert "Mohon pakai masker" in citizen.last
    assert "Cek sebelum datang" in citizen.last


def test_without_a_protocol_they_say_nothing_of_it(citizen):
    ready(citizen, EIGHT)
    at(citizen, 23, 16)
    assert heard(citizen, "masker") == 0
    assert "Cek sebelum datang" not in "\n".join(message.plain() for message in citizen.heard)


# --- before a visit ---------------------------------------------------------------------


@pytest.fixture
def asked(citizen, chief):
    """Somebody with an appointment thinks about how they are."""
    chief.sets("strict")
    ready(citizen, EIGHT).chooses("Cek sebelum datang")
    assert citizen.was_asked("plan")
    return citizen


def test_nobody_is_asked_for_an_answer_about_their_health(asked):
    assert "Cukup dijawab dalam hati, tidak perlu ditulis" in asked.last


@pytest.mark.parametrize(
    ("chosen", "said"),
    [("Tetap datang", "kami tunggu"), ("Lewat chat saja", "Boleh lewat chat"),
     ("Diwakilkan", "Boleh diwakilkan")],
)  # fmt: skip
def test_every_way_is_open_and_none_is_refused(asked, chosen, said):
    asked.chooses(chosen)
    assert said in asked.last
    assert states(asked.database) == ["booked"]
    assert asked.state is None


def test_another_day_is_offered_at_once(asked):
    asked.chooses("Ganti hari")
    assert "Mau diambil kapan?" in asked.last
    asked.chooses("Hari lain").says("rabu").says("jam 9")
    assert "Rabu, 25 November, pukul 09.00" in asked.last


def everything(database):
    """Every value of every row of every table, as text."""
    return "\n".join(
        str(value)
        for table in METADATA.sorted_tables
        for row in database.read(lambda tx, table=table: list(tx.execute(sa.select(table))))
        for value in row
    )


def test_what_somebody_writes_about_their_health_is_kept_nowhere(asked, caplog):
    caplog.set_level(logging.DEBUG)
    says(asked, UNWELL)
    assert "belum paham" in asked.last
    says(asked, "batuk darah", raw='{"text": "batuk darah"}')
    for words in (UNWELL, "39 derajat", "batuk darah"):
        assert words not in everything(asked.database)
        assert words not in caplog.text
        assert heard(asked, words) == 0
    says(asked, "Ganti hari")
    assert asked.was_asked("slot")
    kept = [row.raw for row in rows(asked.database, INBOX) if row.external_id.startswith("unwell")]
    assert kept == ["", "", ""]


def test_the_control_what_is_written_elsewhere_is_found_by_the_same_search(citizen):
    citizen.opens("pu")
    says(citizen, UNWELL)
    assert UNWELL in everything(citizen.database)


def test_neither_a_photo_s_caption_nor_a_failed_update_keeps_it(asked):
    asked.announces(UNWELL)
    failed = Inbound("telegram", "x-1", asked.address, Said(UNWELL), raw=UNWELL)
    asked.database.write(lambda tx: set_aside(tx, asked.house, failed, "Bug", asked.now))
    assert UNWELL not in everything(asked.database)


def test_that_an_update_came_is_still_known(asked):
    before = len(rows(asked.database, INBOX))
    says(asked, UNWELL)
    again = Inbound(asked.channel, "unwell-0", asked.address, Said(UNWELL), raw=UNWELL)
    assert not asked.database.write(lambda tx: inbound.receive(tx, asked.house, again, asked.now))
    assert len(rows(asked.database, INBOX)) == before + 1


def says(citizen, text, raw=""):
    """Write something, with a raw update as a platform would bring it."""
    number = sum(row.external_id.startswith("unwell") for row in rows(citizen.database, INBOX))
    update = Inbound(
        citizen.channel, f"unwell-{number}", citizen.address, Said(text), raw=raw or text
    )
    citizen.database.write(lambda tx: inbound.receive(tx, citizen.house, update, citizen.now))
    citizen.hears()
