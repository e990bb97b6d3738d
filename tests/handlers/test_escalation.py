"""Promised times in danger: each person in their own chat, bundled, and in the end the head."""

from dataclasses import replace
from datetime import UTC
from itertools import pairwise

import pytest

from flows.model import Tapped
from handlers.housekeeping import arm_digests
from handlers.message import Message
from handlers.offices import Section
from staff_at_work import Member
from storage import staff as accounts
from storage.tables import DUE, OUTBOX, TICKETS
from talk import STAFF_CHAT, rows, ticks


@pytest.fixture
def staff(citizen):
    """By login: an officer, a section head and the head, each with a chat of their own."""
    people = [
        ("sari", "Bu Sari", "officer", "42", "11110001"),
        ("eko", "Pak Eko", "kasi", "43", "11110002"),
        ("camat", "Pak Camat", "head", "44", "11110003"),
    ]
    return {
        login: Member(citizen, login, name, address=address, role=role).hired().links(code)
        for login, name, role, address, code in people
    }


def comes(citizen, kind, number=""):
    """Go to when that is due, and do it and what it armed."""
    subject = number or citizen.ticket
    at = next(
        r.due_at for r in rows(citizen.database, DUE) if (r.kind, r.subject) == (kind, subject)
    )
    citizen.now = max(citizen.now, at)
    return ticks(citizen)


def alarms(member, address=""):
    return [m.text for m in member.hears(address) if "Janji waktu" in m.text]


@pytest.fixture
def taken(citizen, staff):
    citizen.submits()
    staff["sari"].moves("take", citizen.ticket)
    return citizen


def test_the_officer_of_a_request_is_warned_in_their_own_chat_alone(taken, staff):
    comes(taken, "sla.warn")
    assert [taken.ticket in text for text in alarms(staff["sari"])] == [True]
    assert "Segera habis" in alarms(staff["sari"])[0]
    assert alarms(staff["eko"]) == alarms(staff["camat"]) == alarms(staff["sari"], STAFF_CHAT) == []


def test_a_request_that_nobody_took_is_called_out_in_the_staff_chat(citizen, staff):
    citizen.submits()
    comes(citizen, "sla.warn")
    assert len(alarms(staff["sari"], STAFF_CHAT)) == 1
    assert alarms(staff["sari"]) == []


def test_a_missed_promise_goes_to_the_section_head_and_the_next_day_to_the_head(taken, staff):
    comes(taken, "sla.late")
    assert "Terlambat" in alarms(staff["eko"])[-1]
    assert alarms(staff["camat"]) == []
    assert "pada waktunya" in taken.last
    comes(taken, "sla.head")
    assert "Terlambat sejak kemarin" in alarms(staff["camat"])[-1]
    assert alarms(staff["sari"], STAFF_CHAT) == []


@pytest.mark.parametrize(("leads", "alarmed"), [("pelayanan", "eko"), ("sosial", "rina")])
def test_a_missed_promise_goes_to_who_leads_the_section_of_its_service(
    taken, staff, leads, alarmed
):
    """And to no other head of section; which service is whose says config.toml."""
    others = {"pelayanan": "sosial", "sosial": "pelayanan"}
    rina = Member(taken, "rina", "Bu Rina", address="45", role="kasi").hired().links("11110004")
    staff["rina"] = rina
    with_sections(taken, {"pelayanan": ("ktp_ganti",), "sosial": ("sktm",)})
    for login, section in (("eko", leads), ("rina", others[leads])):
        taken.database.write(
            lambda tx, who=login, what=section: accounts.change_section(tx, who, "", what)
        )
    comes(taken, "sla.late")
    assert [login for login in ("eko", "rina") if alarms(staff[login])] == [alarmed]


def test_a_service_of_no_section_alarms_every_head_of_section(taken, staff):
    rina = Member(taken, "rina", "Bu Rina", address="45", role="kasi").hired().links("11110004")
    with_sections(taken, {"sosial": ("sktm",)})
    taken.database.write(lambda tx: accounts.change_section(tx, "rina", "", "sosial"))
    comes(taken, "sla.late")
    assert alarms(staff["eko"])
    assert alarms(rina)


def with_sections(citizen, services):
    """The office has these sections."""
    sections = tuple(Section(name, name.title(), has) for name, has in services.items())
    office = replace(citizen.house.offices["pu"], sections=sections)
    citizen.house = replace(citizen.house, offices={**citizen.house.offices, "pu": office})


def test_where_there_is_no_section_head_the_head_hears_of_it(taken, staff):
    staff["eko"].is_disabled()
    comes(taken, "sla.late")
    assert len(alarms(staff["camat"])) == 1


def test_who_has_no_chat_is_reached_through_the_staff_chat(taken, staff):
    staff["eko"].unlinks()
    comes(taken, "sla.late")
    assert len(alarms(staff["eko"], STAFF_CHAT)) == 1
    assert alarms(staff["camat"]) == []


def test_nobody_is_alarmed_twice_within_an_hour(citizen, staff, meet):
    for address in range(10, 14):
        person = meet(str(address), now=citizen.now).submits()
        staff["sari"].moves("take", person.ticket)
        citizen.now = person.now = person.now.replace(second=0)
        citizen.waits(minutes=7)
    number = person.ticket
    for _ in range(12):
        ticks(citizen, minutes=5)
    comes(citizen, "sla.warn", number)
    for _ in range(24):
        ticks(citizen, minutes=5)
    sent = [
        row.created_at
        for row in rows(citizen.database, OUTBOX)
        if row.address == "42" and "Janji waktu" in Message.of(row.payload).text
    ]
    assert 1 <= len(sent) <= 3
    assert all((b - a).total_seconds() >= 3600 for a, b in pairwise(sent))


def test_a_second_missed_date_is_told_again_and_goes_to_the_head(taken, staff):
    comes(taken, "sla.late")
    first = rows(taken.database, TICKETS)[0].next_promise_at
    comes(taken, "sla.head")
    before = len(alarms(staff["camat"])), len(taken.heard)
    taken.waits(hours=2)
    comes(taken, "sla.again")
    ticks(taken, hours=1)
    second = rows(taken.database, TICKETS)[0].next_promise_at
    assert second > first
    assert (len(alarms(staff["camat"])), len(taken.heard)) == (before[0] + 1, before[1] + 1)
    assert "pada waktunya" in taken.last
    again = next(r for r in rows(taken.database, DUE) if r.kind == "sla.again")
    assert (again.state, again.due_at) == ("waiting", second)


def test_a_request_that_was_finished_in_time_alarms_nobody(taken, staff):
    staff["sari"].moves("finish", taken.ticket)
    assert comes(taken, "sla.late")["sla.late"] == "dropped"
    assert not any(map(alarms, staff.values()))


# --- mornings ---------------------------------------------------------------------------


def morning(citizen):
    citizen.database.write(lambda tx: arm_digests(tx, citizen.house, citizen.now))
    zone = citizen.house.offices["pu"].calendar.zone
    tomorrow = citizen.now.astimezone(zone).replace(day=24, hour=7, minute=30)
    citizen.now = tomorrow.astimezone(UTC)
    ticks(citizen)


def test_each_officer_s_morning_begins_with_their_own_requests(taken, staff):
    morning(taken)
    (own,) = [text for text in staff["sari"].heard if "Selamat pagi" in text]
    assert "Selamat pagi, Bu Sari" in own
    assert taken.ticket in own
    assert not any("Selamat pagi" in text for text in staff["eko"].heard)
    assert any("Selamat pagi, Kecamatan" in m.text for m in staff["sari"].hears(STAFF_CHAT))


# --- on WhatsApp ------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [True, False])
def test_whatsapp_alerts_come_by_template_where_the_office_wants_them(meet, house, wanted):
    offices = {**house.offices, "pu": replace(house.offices["pu"], staff_whatsapp=wanted)}
    citizen = meet()
    citizen.house = replace(house, offices=offices)
    rina = Member(citizen, "rina", "Bu Rina", address="+6281277770001", channel="whatsapp")
    rina.hired().links()
    citizen.submits()
    rina.moves("take", citizen.ticket)
    comes(citizen, "sla.warn")
    if not wanted:
        assert alarms(rina) == []
        assert len(alarms(rina, STAFF_CHAT)) == 1
        return
    (message,) = [m for m in rina.hears() if "Janji waktu" in m.text]
    assert message.template == "staff_alert"
    assert "\n" not in message.values["text"]
    assert citizen.ticket in message.values["text"]
    assert message.kind == "alert"


def test_a_whatsapp_that_would_ring_at_night_is_left_alone(meet, house):
    offices = {**house.offices, "pu": replace(house.offices["pu"], staff_whatsapp=True)}
    citizen = meet()
    citizen.house = replace(house, offices=offices)
    rina = Member(citizen, "rina", "Bu Rina", address="+6281277770001", channel="whatsapp")
    rina.hired().links()
    citizen.submits()
    rina.moves("take", citizen.ticket)
    rina.moves("send_back", citizen.ticket, documents=["police"])
    count = len(rina.hears())
    citizen.waits(hours=12).sends()
    assert len(rina.hears()) == count


def test_a_button_in_whatsapp_is_answered_by_a_message(meet, house):
    offices = {**house.offices, "pu": replace(house.offices["pu"], staff_whatsapp=True)}
    citizen = meet()
    citizen.house = replace(house, offices=offices)
    rina = Member(citizen, "rina", "Bu Rina", address="+6281277770001", channel="whatsapp")
    rina.hired().links()
    citizen.submits()
    rina.moves("take", citizen.ticket)
    rina.moves("send_back", citizen.ticket, documents=["police"])
    citizen.sends()
    ready = next(c for m in rina.hears() for c in m.choices if c.label == "Sudah jadi")
    rina.does(Tapped(f"{ready.token}:yes"))
    assert "Warga dikabari" in rina.heard[-1]
    assert "sudah jadi" in citizen.last
