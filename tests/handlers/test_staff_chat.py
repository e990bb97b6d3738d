"""Taps on alerts: whoever is in an office's staff chat may take a ticket, once."""

from dataclasses import replace

import pytest

from handlers.message import Message
from handlers.staff_chat import GroupCall, StaffTap, receive, tell_id
from storage import tickets
from storage.tables import OUTBOX
from talk import MONDAY, STAFF_CHAT, rows


def tap(number, address=STAFF_CHAT, external_id="t1", officer="Bu Sari", **more):
    token = more.pop("token", f"staff:take:{number}")
    return StaffTap("telegram", external_id, address, token, f"cb-{external_id}", "42", officer)


def take(citizen, tapped):
    return citizen.database.write(lambda tx: receive(tx, citizen.house, tapped, citizen.now))


def heard(citizen, address=STAFF_CHAT):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == address]
    return [Message.of(row.payload) for row in sent]


def notice(citizen, address=STAFF_CHAT):
    """The newest answer to a tap."""
    return next(m for m in reversed(heard(citizen, address)) if m.acknowledge)


def ticket(citizen):
    return citizen.database.read(lambda tx: tickets.look(tx, citizen.ticket))


@pytest.fixture
def submitted(citizen):
    return citizen.submits()


def test_the_button_of_an_alert_takes_its_ticket(submitted):
    (button,) = heard(submitted)[0].choices
    assert take(submitted, tap("", token=button.token))
    assert (ticket(submitted).status, ticket(submitted).officer) == ("in_review", "telegram:42")


def test_who_taps_is_answered_and_the_group_told(submitted):
    take(submitted, tap(submitted.ticket))
    assert notice(submitted).acknowledge == "cb-t1"
    assert f"{submitted.ticket} dicatat untuk Bu Sari" in notice(submitted).text
    assert f"{submitted.ticket} sudah diambil oleh Bu Sari." in [m.text for m in heard(submitted)]


def test_the_same_tap_twice_has_one_effect(submitted):
    assert take(submitted, tap(submitted.ticket))
    count = len(heard(submitted))
    assert not take(submitted, tap(submitted.ticket))
    assert len(heard(submitted)) == count


def test_the_second_officer_hears_that_it_is_gone(submitted):
    take(submitted, tap(submitted.ticket))
    take(submitted, tap(submitted.ticket, external_id="t2", officer="Pak Budi"))
    assert notice(submitted).text == submitted.house.words.say("answer_gone")
    assert ticket(submitted).officer == "telegram:42"


@pytest.mark.parametrize("address", ["1", "-999", ""])
def test_outside_of_the_staff_chat_nobody_takes_anything(submitted, address):
    """A forwarded alert keeps its button."""
    take(submitted, tap(submitted.ticket, address))
    assert ticket(submitted).status == "submitted"
    assert notice(submitted, address).text == submitted.house.words.say("answer_not_staff")


@pytest.mark.parametrize("token", ["staff:take:PU-2611-00042-5", "staff:take:", "staff:x:1", "x"])
def test_a_button_that_leads_nowhere_is_answered_kindly(submitted, token):
    take(submitted, tap("", token=token))
    assert notice(submitted).text == submitted.house.words.say("answer_gone")
    assert ticket(submitted).status == "submitted"


def test_two_offices_may_share_one_staff_chat(meet):
    medan = meet("7").submits(office="ma")
    take(medan, tap(medan.ticket))
    assert ticket(medan).status == "in_review"
    assert "dicatat untuk Bu Sari" in notice(medan).text


def test_an_office_s_own_staff_chat_cannot_take_another_s_ticket(meet, house):
    medan = replace(house.offices["ma"], staff_chat="-2002")
    two = replace(house, offices={**house.offices, "ma": medan})
    citizen = meet("7")
    citizen.house = two
    citizen.submits(office="pu")
    take(citizen, tap(citizen.ticket, "-2002"))
    assert ticket(citizen).status == "submitted"
    assert notice(citizen, "-2002").text == two.words.say("answer_gone")


def test_alerts_go_to_the_office_s_own_chat(meet, house):
    medan = replace(house.offices["ma"], staff_chat="-2002")
    citizen = meet("7")
    citizen.house = replace(house, offices={**house.offices, "ma": medan})
    citizen.submits(office="ma")
    assert len(heard(citizen, "-2002")) == 1
    assert heard(citizen) == []


def test_without_a_staff_chat_nothing_is_sent_to_nobody(meet, house):
    silent = {name: replace(office, staff_chat="") for name, office in house.offices.items()}
    citizen = meet()
    citizen.house = replace(house, offices=silent)
    assert citizen.submits().ticket
    assert {row.address for row in rows(citizen.database, OUTBOX)} == {"1"}


def test_alerts_wait_behind_what_citizens_wait_for(submitted):
    priorities = {row.address: row.priority for row in rows(submitted.database, OUTBOX)}
    assert priorities["1"] < priorities[STAFF_CHAT]


def test_a_question_to_the_office_is_announced_without_its_words(citizen):
    citizen.opens("pu").says("petugas").says("NIK saya 3302271708900003 kok salah?")
    (alert,) = heard(citizen)
    assert "Ada warga yang bertanya" in alert.text
    assert "3302271708900003" not in alert.text


def test_a_group_is_told_its_id_once(database, house):
    call = GroupCall("telegram", "9", "-555")
    told = [database.write(lambda tx: tell_id(tx, house, call, MONDAY)) for _ in "ab"]
    assert told == [True, False]
    (row,) = rows(database, OUTBOX)
    assert "-555" in Message.of(row.payload).text
    assert row.address == "-555"
