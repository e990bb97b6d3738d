"""An office's staff chat: which alerts come there, and when without a sound."""

from dataclasses import replace

from handlers.message import Message
from handlers.staff_chat import GroupCall, tell_id
from storage.tables import OUTBOX
from talk import MONDAY, STAFF_CHAT, rows


def heard(citizen, address=STAFF_CHAT):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == address]
    return [Message.of(row.payload) for row in sent]


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


def test_alerts_wait_behind_what_citizens_wait_for(citizen):
    citizen.submits()
    priorities = {row.address: row.priority for row in rows(citizen.database, OUTBOX)}
    assert priorities["1"] < priorities[STAFF_CHAT]


def test_a_question_to_the_office_is_announced_without_its_words(citizen):
    citizen.opens("pu").says("petugas").says("NIK saya 3302271708900003 kok salah?")
    (alert,) = heard(citizen)
    assert "Ada warga yang bertanya" in alert.text
    assert "3302271708900003" not in alert.payload()


def test_at_night_an_alert_comes_without_a_sound(citizen):
    citizen.submits()
    citizen.waits(hours=13).submits()
    assert [m.silent for m in heard(citizen)] == [False, True]


def test_a_group_is_told_its_id_once(database, house):
    call = GroupCall("telegram", "9", "-555")
    told = [database.write(lambda tx: tell_id(tx, house, call, MONDAY)) for _ in "ab"]
    assert told == [True, False]
    (row,) = rows(database, OUTBOX)
    assert "-555" in Message.of(row.payload).text
    assert row.address == "-555"
