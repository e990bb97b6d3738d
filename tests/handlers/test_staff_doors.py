"""Chats of staff: linked by a code from the desk, used once, gone with the account."""

from datetime import timedelta

import pytest

from handlers import staff, staff_doors
from handlers.doors import MOST_TRIES
from handlers.staff import Officer
from storage import staff_doors as rows_of
from storage.tables import CONVERSATIONS, DOOR_CODES, STAFF_DOORS
from talk import MONDAY, Citizen, rows

CODE = "48291375"


def officer(login="sari"):
    return Officer("pu", login, "Bu Sari", "officer", "csrf", MONDAY)


@pytest.fixture
def hired(database):
    for login, name in (("sari", "Bu Sari"), ("budi", "Pak Budi")):
        database.write(
            lambda tx, login=login, name=name: staff.add(
                tx, "pu", login, name, "officer", "hash", MONDAY
            )
        )
    return database


@pytest.fixture
def chat(hired, house):
    return Citizen(hired, house, "42")


def offers(database, login="sari", code=CODE, now=MONDAY):
    database.write(lambda tx: staff_doors.offer_code(tx, officer(login), code, now))


def door(database, address="42", channel="telegram"):
    return database.read(lambda tx: rows_of.at(tx, channel, address))


def test_a_code_from_the_desk_links_the_chat_in_which_it_is_written(hired, chat):
    offers(hired)
    chat.says("sambungkan 4829 1375")
    assert "chat kerja Bu Sari" in chat.last
    assert door(hired).login == "sari"
    (row,) = rows(hired, CONVERSATIONS)
    assert row.staff_id == door(hired).staff_id


def test_the_code_is_kept_as_a_hash(hired):
    offers(hired)
    assert CODE not in str(rows(hired, DOOR_CODES))


def test_a_code_works_once(hired, chat, house):
    offers(hired)
    chat.says("sambungkan 48291375")
    other = Citizen(hired, house, "43").says("sambungkan 48291375")
    assert "tidak cocok" in other.last
    assert door(hired, "43") is None


def test_a_code_is_void_after_ten_minutes_and_when_a_newer_one_is_made(hired, chat):
    offers(hired)
    chat.waits(minutes=11).says("sambungkan 48291375")
    assert "tidak cocok" in chat.last
    offers(hired, code="11112222", now=chat.now)
    offers(hired, code="33334444", now=chat.now)
    chat.says("sambungkan 11112222")
    assert door(hired) is None
    chat.says("sambungkan 33334444")
    assert door(hired).login == "sari"


def test_who_guesses_has_to_wait(hired, chat):
    offers(hired)
    for number in range(MOST_TRIES):
        chat.says(f"sambungkan 0000 000{number}")
    chat.says("sambungkan 4829 1375")
    assert "satu jam lagi" in chat.last
    assert door(hired) is None


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_a_chat_whose_address_nobody_vouches_for_is_never_a_chat_of_staff(hired, house, channel):
    offers(hired)
    Citizen(hired, house, "+6281234567890", channel).says("sambungkan 4829 1375")
    assert rows(hired, STAFF_DOORS) == []


def test_a_new_phone_takes_the_place_of_the_old_one(hired, chat, house):
    offers(hired)
    chat.says("sambungkan 4829 1375")
    offers(hired, code="11112222", now=chat.now)
    Citizen(hired, house, "43", now=chat.now).says("sambungkan 1111 2222")
    assert door(hired) is None
    assert door(hired, "43").login == "sari"
    assert [row.staff_id for row in rows(hired, CONVERSATIONS)] == [
        None,
        door(hired, "43").staff_id,
    ]


def test_a_chat_passed_on_to_a_colleague_is_no_longer_the_first_one_s(hired, chat):
    offers(hired)
    chat.says("sambungkan 4829 1375")
    offers(hired, "budi", "11112222", chat.now)
    chat.says("sambungkan 1111 2222")
    assert door(hired).login == "budi"
    assert len(rows(hired, STAFF_DOORS)) == 1


def test_disabled_staff_have_no_chat_at_once(hired, chat):
    offers(hired)
    chat.says("sambungkan 4829 1375")
    hired.write(lambda tx: staff.disable(tx, "sari", chat.now))
    assert rows(hired, STAFF_DOORS) == []
    assert [row.staff_id for row in rows(hired, CONVERSATIONS)] == [None]


def test_a_code_of_somebody_disabled_links_nothing(hired, chat):
    offers(hired)
    hired.write(lambda tx: staff.disable(tx, "sari", chat.now + timedelta(seconds=1)))
    chat.says("sambungkan 4829 1375")
    assert rows(hired, STAFF_DOORS) == []


def test_an_officer_may_ask_for_their_own_ktp_in_a_linked_chat(hired, chat):
    offers(hired)
    chat.says("sambungkan 4829 1375")
    assert chat.submits().ticket


def test_unlinked_at_the_desk(hired, chat):
    offers(hired)
    chat.says("sambungkan 4829 1375")
    assert [each.channel for each in hired.read(lambda tx: staff_doors.mine(tx, officer()))] == [
        "telegram"
    ]
    hired.write(lambda tx: staff_doors.unlink(tx, officer(), "telegram", MONDAY))
    assert rows(hired, STAFF_DOORS) == []
