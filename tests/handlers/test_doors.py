"""One person in several chats: joined by a phone or a code, written to once, never guessed."""

import re

import pytest

from handlers.doors import MOST_TRIES
from handlers.message import Message
from handlers.tickets import Actor, move
from storage import outbox
from storage.tables import CONSENTS, CONVERSATIONS, LINK_CODES, OUTBOX, PEOPLE
from talk import Citizen, rows

PHONE = "+6281234567890"
SARI = Actor("staff", "sari", "Bu Sari")


@pytest.fixture
def meet(database, house):
    """Somebody in a chat of that channel."""

    def person(channel, address, now=None):
        citizen = Citizen(database, house, address, channel)
        return (
            citizen if now is None else citizen.waits(seconds=(now - citizen.now).total_seconds())
        )

    return person


def moves(citizen, name, **more):
    number = citizen.ticket
    citizen.database.write(
        lambda tx: move(tx, citizen.house, "pu", number, name, SARI, citizen.now, **more)
    )


def people(citizen):
    return {row.person_id for row in rows(citizen.database, CONVERSATIONS)}


def a_code(citizen):
    citizen.says("sambungkan").chooses("Belum, minta kode")
    return re.search(r"Kodenya: (\d{4} \d{4})", citizen.last)[1]


def sent_to(citizen, channel):
    found = [row for row in rows(citizen.database, OUTBOX) if row.channel == channel]
    return [Message.of(row.payload).text for row in found]


# --- joined by a phone ------------------------------------------------------------------


def test_a_phone_that_the_platform_knows_is_one_person_everywhere(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    text = meet("sms", PHONE).says("status")
    assert whatsapp.ticket in text.last
    assert len(people(whatsapp)) == 1


def test_a_phone_shared_in_telegram_shows_what_was_asked_for_on_whatsapp(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    telegram = meet("telegram", "7").opens("pu").shares_phone(PHONE)
    assert "tercatat" in telegram.last
    assert whatsapp.ticket in telegram.says("status").last
    assert len(people(whatsapp)) == 1


def test_a_phone_shared_before_anybody_writes_from_it_waits_for_its_chat(meet):
    telegram = meet("telegram", "7").submits()
    telegram.shares_phone(PHONE)
    assert telegram.ticket in meet("whatsapp", PHONE).says("status").last


def test_a_no_in_one_chat_is_no_yes_because_the_other_said_yes_before(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    telegram = meet("telegram", "7", whatsapp.now).starts("ktp_ganti").continues("consent")
    telegram.chooses("Tidak setuju").shares_phone(PHONE)
    assert len(people(whatsapp)) == 1
    assert telegram.starts("ktp_ganti").continues("consent").was_asked("consent")


def test_a_yes_after_a_no_holds_in_both_chats(meet):
    refused = meet("whatsapp", PHONE).starts("ktp_ganti").continues("consent")
    refused.chooses("Tidak setuju")
    agreed = meet("telegram", "7", refused.now).submits()
    agreed.shares_phone(PHONE)
    assert refused.waits(minutes=5).submits().ticket
    assert [row.given for row in rows(agreed.database, CONSENTS)] == [False, True]


def test_a_phone_that_was_asked_for_is_the_answer_too(meet):
    citizen = meet("telegram", "7").starts("dispensasi_nikah")
    steps = citizen.house.catalog("pu").services["dispensasi_nikah"].steps
    (wanted,) = (step.id for step in steps if step.check == "phone")
    citizen.continues(until=wanted).shares_phone(PHONE)
    assert not citizen.was_asked(wanted)


def test_somebody_else_s_phone_stays_somebody_else_s(meet):
    first = meet("whatsapp", PHONE).submits()
    other = meet("whatsapp", "+6281299999999").says("status")
    assert first.ticket not in other.last
    assert len(people(first)) == 2


# --- joined by a code -------------------------------------------------------------------


def test_a_code_from_one_chat_joins_the_other(meet):
    web = meet("web", "a").submits()
    code = a_code(web)
    telegram = meet("telegram", "7", web.now).opens("pu").says(f"sambungkan {code}")
    assert any("tersambung" in message.text for message in telegram.heard)
    assert web.ticket in telegram.last
    assert len(people(web)) == 1
    web.hears()
    assert "disambungkan dengan chat lain" in web.last
    assert len(rows(web.database, PEOPLE)) == 1


def test_a_code_may_be_typed_when_it_is_asked_for(meet):
    web = meet("web", "a").submits()
    code = a_code(web)
    telegram = meet("telegram", "7", web.now).opens("pu").says("hubungkan").chooses("Sudah ada")
    telegram.says("1234")
    assert "semua angkanya" in telegram.last
    telegram.says(code.replace(" ", ""))
    assert web.ticket in telegram.last


def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(meet):
    web = meet("web", "a").submits()
    code = a_code(web)
    late = meet("telegram", "7", web.now).opens("pu").waits(minutes=16).says(f"kode {code}")
    assert "tidak cocok" in late.last
    code = a_code(web)
    meet("telegram", "8", web.now).opens("pu").says(f"kode {code}")
    again = meet("telegram", "9", web.now).opens("pu").says(f"kode {code}")
    assert "tidak cocok" in again.last


def test_a_newer_code_makes_the_older_one_void(meet):
    web = meet("web", "a").opens("pu")
    old, new = a_code(web), a_code(web)
    other = meet("telegram", "7", web.now).opens("pu").says(f"sambungkan {old}")
    assert "tidak cocok" in other.last
    assert "tersambung" in "".join(m.text for m in other.says(f"sambungkan {new}").heard)


def test_a_code_written_where_it_was_made_joins_nothing(meet):
    web = meet("web", "a").opens("pu")
    assert "dibuat di chat ini" in web.says(f"sambungkan {a_code(web)}").last


def test_guessing_ends_after_a_few_tries_even_with_the_right_code(meet):
    web = meet("web", "a").submits()
    code = a_code(web)
    guesser = meet("telegram", "7", web.now).opens("pu")
    for number in range(MOST_TRIES):
        guesser.says(f"sambungkan 0000 000{number}")
    guesser.says(f"sambungkan {code}")
    assert "Sudah beberapa kali" in guesser.last
    assert web.ticket not in guesser.says("status").last


def test_codes_are_kept_as_hashes_only(meet):
    web = meet("web", "a").opens("pu")
    code = a_code(web).replace(" ", "")
    (row,) = rows(web.database, LINK_CODES)
    assert code not in row.id
    assert len(row.id) == 64


# --- which door -------------------------------------------------------------------------


def test_news_goes_once_to_the_chat_used_last(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    telegram = meet("telegram", "7", whatsapp.now).opens("pu").shares_phone(PHONE)
    moves(whatsapp, "take")
    moves(whatsapp, "finish")
    assert "sudah jadi" in telegram.hears().last
    whatsapp.hears()
    assert "sudah jadi" not in whatsapp.last
    whatsapp.now = telegram.now
    whatsapp.says("status")
    moves(whatsapp, "hand_over")
    assert "diambil" in whatsapp.hears().last


def test_a_chat_page_does_not_ring_so_news_goes_where_it_does(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    code = a_code(whatsapp)
    web = meet("web", "a", whatsapp.now).opens("pu").says(f"sambungkan {code}")
    moves(whatsapp, "take")
    moves(whatsapp, "finish")
    assert "sudah jadi" in whatsapp.hears().last
    assert "sudah jadi" not in web.hears().last


def test_who_left_one_door_is_told_at_another(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    telegram = meet("telegram", "7", whatsapp.now).opens("pu").shares_phone(PHONE)
    telegram.leaves()
    moves(whatsapp, "take")
    moves(whatsapp, "finish")
    assert "sudah jadi" in whatsapp.hears().last


def test_a_document_is_asked_for_again_where_the_person_is_now(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    telegram = meet("telegram", "7", whatsapp.now).opens("pu").shares_phone(PHONE)
    moves(whatsapp, "take")
    moves(whatsapp, "send_back", note="Kabur.", documents=["kk_photo"])
    telegram.hears().sends()
    assert "Sudah kami terima" in telegram.last


# --- shared phones ----------------------------------------------------------------------


def test_two_people_of_one_phone_are_told_apart_by_name(meet):
    phone = meet("whatsapp", PHONE)
    phone.submits(name="Slamet Riyadi")
    phone.submits("sktm", name="Yuni Astuti")
    status = phone.says("status").last
    assert "atas nama Slamet Riyadi" in status
    assert "atas nama Yuni Astuti" in status


def test_a_promised_message_names_why_it_is_sent(meet):
    whatsapp = meet("whatsapp", PHONE).submits()
    moves(whatsapp, "take")
    moves(whatsapp, "finish", note="Diambil di Loket 2.")
    row = whatsapp.database.read(lambda tx: outbox.sent_to(tx, "whatsapp", PHONE))[-1]
    message = Message.of(row.payload)
    assert (message.kind, message.template) == ("news", "moved_ready")
    assert message.values["number"] == whatsapp.ticket
    assert message.values["note"] == "Diambil di Loket 2."
