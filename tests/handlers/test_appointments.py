"""Coming to collect: times offered, booked, moved and given up in chat; remembered, and missed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from coming import at, booked, finished, moves, times
from flows.slots import Booking
from handlers import arrivals
from handlers.calendar_file import LINE, calendar_file
from handlers.message import Message
from storage import counter
from storage.tables import APPOINTMENTS, OUTBOX, PEOPLE, TICKET_EVENTS
from talk import STAFF_CHAT, rows, ticks


@pytest.fixture
def told(citizen):
    return finished(citizen)


def heard(citizen, words):
    return sum(words in message.text for message in citizen.heard)


# --- offered and booked -----------------------------------------------------------------


def test_the_news_offers_three_good_times_and_another_day(told):
    assert "sudah jadi" in told.last
    assert "Mau diambil kapan?" in told.last
    assert times(told) == ["Sen 23/11 09.15", "Sen 23/11 13.00", "Sel 24/11 08.00", "Hari lain"]
    assert all(len(label) <= 18 for label in times(told))


@pytest.mark.parametrize("answer", ["3", "Sel 24/11 08.00", "selasa", "yang ketiga"])
def test_a_time_is_booked_by_its_number_and_by_its_words(told, answer):
    told.says(answer)
    assert booked(told) == [("booked", "24/11 08.00")]


def test_the_confirmation_says_when_where_and_what_to_bring(told):
    told.chooses("Sel 24/11 08.00")
    assert "Selasa, 24 November, pukul 08.00 WIB" in told.last
    assert "Kecamatan Purwokerto Utara" in told.last
    assert "Kartu Keluarga" in told.last
    assert told.ticket in told.last
    assert "Ganti jam" in told.last
    assert told.state is None


def test_a_second_tap_on_the_same_time_changes_nothing(told):
    told.chooses("Sel 24/11 08.00")
    first = told.last
    told.taps("appointment/slot:202611240800")
    assert told.last == first
    assert len(booked(told)) == 1


def test_a_number_means_what_was_shown_however_long_ago(told):
    told.waits(hours=4).says("3")
    assert booked(told) == [("booked", "24/11 08.00")]


def test_a_time_that_has_passed_is_answered_with_new_ones(told):
    told.waits(hours=4).says("1")
    assert booked(told) == []
    assert "baru saja penuh atau sudah lewat" in told.last
    assert "Sen 23/11 09.15" not in times(told)
    told.says("1")
    assert [state for state, _ in booked(told)] == ["booked"]


def test_a_time_that_others_took_meanwhile_is_answered_with_new_ones(told, meet):
    for number in (2, 3):
        other = finished(meet(str(number)))
        other.taps("appointment/slot:202611240800")
        assert "sudah dicatat" in other.last
    told.chooses("Sel 24/11 08.00")
    assert "Maaf, jam itu baru saja penuh" in told.last
    assert len(booked(told)) == 2
    assert "Sel 24/11 08.00" not in times(told)
    assert "Sel 24/11 09.00" in times(told)


@pytest.mark.parametrize(
    "slot",
    ["202611240500", "202611221000", "202611240805", "203011240800", "x", "", "202611"],
)
def test_no_button_books_what_was_never_offered(told, slot):
    told.taps(f"appointment/slot:{slot}")
    assert booked(told) == []
    assert len(times(told)) == 4


def test_of_many_who_tap_the_last_time_at_once_as_many_come_as_there_are_counters(meet):
    people = [finished(meet(str(number))) for number in range(6)]
    begin = threading.Barrier(len(people))

    def tap(person):
        begin.wait()
        person.taps("appointment/slot:202611240800")

    with ThreadPoolExecutor(len(people)) as threads:
        list(threads.map(tap, people))
    assert [state for state, _ in booked(people[0])] == ["booked", "booked"]
    told = [person.last for person in people]
    assert sum("sudah dicatat" in text for text in told) == 2
    assert sum("Maaf, jam itu baru saja penuh" in text for text in told) == 4


def test_another_day_is_chosen_in_two_steps(told):
    told.chooses("Hari lain")
    assert times(told)[:3] == ["Senin 23/11", "Selasa 24/11", "Rabu 25/11"]
    assert len(times(told)) == 10
    told.says("jumat")
    assert times(told) == ["07.15", "08.00", "09.00", "10.00", "11.00", "12.00", "13.00", "14.00",
                           "15.00", "Hari lain"]  # fmt: skip
    told.says("jam 10")
    assert booked(told) == [("booked", "27/11 10.00")]


@pytest.mark.parametrize("answer", ["4", "4.", "hari lain", "4 Hari lain", "HARI LAIN ya"])
def test_another_day_is_asked_for_by_its_number_and_by_its_words(told, answer):
    told.says(answer)
    assert told.was_asked("day")


def test_a_figure_that_may_be_an_hour_or_a_number_is_asked_again(told):
    told.chooses("Hari lain").says("rabu").says("8")
    assert booked(told) == []
    assert told.was_asked("time")
    told.says("jam 8")
    assert booked(told) == [("booked", "25/11 08.00")]


def test_who_hears_the_news_by_text_message_only_can_ask_for_times(meet):
    """The other ways of a ladder show no buttons; the word for them stands in the text."""
    whatsapp = finished(meet("+6281234567890", "whatsapp"))
    assert 'tulis "janji"' in whatsapp.last
    text = meet("+6281234567890", "sms", now=whatsapp.now).says("janji").says("3")
    assert booked(text) == [("booked", "24/11 08.00")]


def test_who_finds_no_time_on_a_day_goes_back_to_the_days(told):
    told.chooses("Hari lain").says("besok").chooses("Hari lain")
    assert "Selasa 24/11" in times(told)
    told.says("kamis").chooses("13.00")
    assert booked(told) == [("booked", "26/11 13.00")]


def test_one_step_back_leads_to_the_question_before(told):
    told.chooses("Hari lain").chooses("Rabu 25/11").says("kembali")
    assert "Rabu 25/11" in times(told)


def test_what_cannot_be_read_is_asked_again_with_the_same_times(told):
    before = times(told)
    told.says("hmm gimana ya")
    assert times(told) == before


# --- opened by a word -------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["janji", "atur jadwal", "Atur jam ambil", "mau ambil", "ganti jam"]
)
def test_a_word_opens_the_times_at_any_moment(told, words):
    told.says("menu").says(words)
    assert "Mau diambil kapan?" in told.last
    told.says("1")
    assert [state for state, _ in booked(told)] == ["booked"]


@pytest.mark.parametrize("words", ["janji", "ganti jam", "batal janji"])
def test_without_anything_to_collect_the_word_says_so(citizen, words):
    citizen.opens("pu").says(words)
    assert "Belum ada yang bisa diambil" in citizen.last
    assert citizen.state is None


def test_who_has_several_results_is_asked_which_one(told):
    first = told.ticket
    finished(told, "domisili")
    told.says("janji")
    assert "Yang mana" in told.last
    told.says("1").says("1")
    assert first in told.last
    told.says("janji").says("2")
    assert "sudah ada" not in told.last
    told.says("1")
    assert len(booked(told)) == 2


def test_two_results_of_one_kind_are_told_apart_by_name(told):
    finished(told, name="Slamet Riyadi")
    told.says("janji")
    assert times(told) == ["Yuni Astuti", "Slamet Riyadi"]


def test_a_draft_is_not_disturbed_by_news_and_its_button_still_books(meet):
    citizen = meet().submits()
    number = citizen.ticket
    citizen.starts("domisili").continues(until="nik")
    moves(citizen, "take", "finish", number=number)
    assert citizen.was_asked("nik")
    citizen.chooses("Sel 24/11 08.00")
    assert booked(citizen) == [("booked", "24/11 08.00")]
    citizen.says("lanjut")
    assert citizen.was_asked("nik")


def test_the_button_below_old_news_books_as_long_as_there_is_room(told):
    told.says("menu").waits(hours=2).chooses("Sel 24/11 08.00")
    assert booked(told) == [("booked", "24/11 08.00")]


def test_a_person_without_news_of_times_on_whatsapp_cannot_book_by_chance(meet):
    citizen = meet("+6281234567890", "whatsapp").submits()
    citizen.waits(hours=30)
    moves(citizen, "take", "finish")
    citizen.says("1")
    assert booked(citizen) == []


# --- moved and given up -----------------------------------------------------------------


@pytest.fixture
def agreed(told):
    """An appointment on Tuesday at eight."""
    return told.chooses("Sel 24/11 08.00")


def test_an_appointment_is_moved(agreed):
    agreed.says("ganti jam").chooses("Sen 23/11 13.00")
    assert booked(agreed) == [("moved", "24/11 08.00"), ("booked", "23/11 13.00")]
    assert "Senin, 23 November, pukul 13.00" in agreed.last


def test_who_asks_again_hears_what_stands_first(agreed):
    agreed.says("janji")
    assert "Selasa, 24 November, pukul 08.00" in agreed.last
    agreed.chooses("Tetap saja")
    assert "tetap Selasa" in agreed.last
    assert booked(agreed) == [("booked", "24/11 08.00")]
    agreed.says("janji").says("ya")
    assert "Mau diambil kapan?" in agreed.last


def test_a_move_that_fails_leaves_the_old_time(agreed, meet):
    agreed.says("ganti jam")
    wanted = times(agreed)[1]
    for number in (2, 3):
        finished(meet(str(number))).taps("appointment/slot:202611231300")
    assert wanted == "Sen 23/11 13.00"
    agreed.chooses(wanted)
    assert "baru saja penuh" in agreed.last
    assert booked(agreed)[0] == ("booked", "24/11 08.00")


def test_an_appointment_is_given_up(agreed):
    agreed.says("batal janji")
    assert "sudah dibatalkan" in agreed.last
    assert booked(agreed) == [("cancelled", "24/11 08.00")]
    agreed.says("batal janji")
    assert "Belum ada janji" in agreed.last
    agreed.chooses("Atur jam ambil").says("1")
    assert booked(agreed)[-1][0] == "booked"


def test_another_chat_of_the_same_person_moves_it_too(agreed, meet):
    agreed.says("sambungkan").chooses("Belum, minta kode")
    code = agreed.last.split("Kodenya: ")[1][:9]
    other = meet("7", "telegram", now=agreed.now).opens("pu").says(f"sambungkan {code}")
    other.says("ganti jam").says("1")
    assert [state for state, _ in booked(other)] == ["moved", "booked"]


def test_the_status_says_when(agreed):
    assert "Janji ambil: Selasa, 24 November, pukul 08.00 WIB" in agreed.says("status").last
    moves(agreed, "hand_over")
    assert "Janji ambil" not in agreed.says("status").last


def test_the_history_of_the_ticket_tells_each_step(agreed):
    agreed.says("ganti jam").says("1").says("batal janji")
    done = [event.move for event in rows(agreed.database, TICKET_EVENTS)]
    assert done[-3:] == ["book", "rebook", "unbook"]


# --- remembered -------------------------------------------------------------------------


def test_an_appointment_is_remembered_the_day_before_and_two_hours_before(told):
    told.chooses("Hari lain").says("rabu").says("jam 10")
    assert at(told, 24, "15.59") == {}
    assert at(told, 24, "16.00") == {"visit.day": "done"}
    assert "Besok waktunya ambil hasil Ganti KTP.\nRabu, 25 November, pukul 10.00" in told.last
    assert at(told, 25, "07.59") == {}
    assert at(told, 25, "08.00") == {"visit.hours": "done"}
    assert "Hari ini waktunya" in told.last


def test_nobody_is_woken_for_an_early_appointment(told):
    told.chooses("Hari lain").says("rabu").says("07.15")
    at(told, 24, "16.00")
    assert at(told, 25, "05.15") == {"visit.hours": "later"}
    assert at(told, 25, "07.00") == {"visit.hours": "done"}


def test_after_a_standstill_nobody_hears_of_tomorrow_today(told):
    told.chooses("Hari lain").says("rabu").says("jam 10")
    assert at(told, 25, "07.30") == {"visit.day": "dropped"}
    assert at(told, 25, "10.01") == {"visit.hours": "dropped"}


def test_the_buttons_of_a_reminder_move_it_and_give_it_up(told):
    told.chooses("Hari lain").says("rabu").says("jam 10")
    at(told, 24, "16.00")
    told.chooses("Ganti jam")
    assert "Mau diambil kapan?" in told.last
    told.chooses("Batal janji")
    assert booked(told) == [("cancelled", "25/11 10.00")]


def test_what_was_moved_or_collected_is_not_remembered(told):
    told.chooses("Hari lain").says("rabu").says("jam 10")
    told.says("ganti jam").chooses("Hari lain").says("kamis").says("jam 9")
    assert at(told, 24, "16.00") == {"visit.day": "dropped"}
    moves(told, "hand_over")
    assert booked(told)[-1] == ("done", "26/11 09.00")
    assert set(at(told, 26, "18.00").values()) == {"dropped"}
    assert heard(told, "Besok waktunya") == 0


def test_who_wants_no_reminders_of_appointments_gets_none(told):
    told.chooses("Hari lain").says("rabu").says("jam 10")
    at(told, 24, "16.00")
    told.says("jangan ingatkan")
    assert at(told, 25, "08.00") == {"visit.hours": "dropped"}


def test_who_has_an_appointment_is_not_asked_to_collect(told):
    told.chooses("Hari lain").chooses("Senin 30/11").says("jam 10")
    found = ticks(told, days=3, hours=2)
    assert found["ready.1"] == "dropped"


# --- missed -----------------------------------------------------------------------------


def test_who_did_not_come_is_offered_new_times_twice_and_then_staff_hear(agreed):
    at(agreed, 24, "07.00")
    assert at(agreed, 24, "16.29") == {}
    assert at(agreed, 24, "16.30") == {"visit.missed": "done"}
    assert booked(agreed) == [("missed", "24/11 08.00")]
    assert "Tidak apa-apa" in agreed.last
    agreed.says("1")
    assert booked(agreed)[-1] == ("booked", "25/11 07.15")
    assert at(agreed, 25, "16.30")["visit.missed"] == "done"
    agreed.says("1")
    assert at(agreed, 26, "16.30")["visit.missed"] == "done"
    assert [state for state, _ in booked(agreed)] == ["missed", "missed", "missed"]
    assert heard(agreed, "Tidak apa-apa") == 2
    alerts = [Message.of(row.payload).text for row in rows(agreed.database, OUTBOX)
              if row.address == STAFF_CHAT]  # fmt: skip
    assert [text for text in alerts if "tidak datang" in text] == [
        f"📅 {agreed.ticket} · sudah beberapa kali tidak datang. Mohon ditelepon."
    ]


def test_who_came_is_not_missed(agreed):
    at(agreed, 24, "08.05")
    moves(agreed, "hand_over")
    assert at(agreed, 24, "17.00") == {"visit.missed": "dropped"}
    assert heard(agreed, "Tidak apa-apa") == 0


def test_who_was_served_at_a_counter_that_day_is_not_missed(agreed):
    """Also when the desk had no time to write it down, or the card is still to be made."""
    at(agreed, 24, "08.05")
    office = agreed.house.office("pu")

    def served(tx):
        (row,) = tx.execute(sa.select(PEOPLE)).all()
        comer = arrivals.Comer(person_id=row.id)
        number = arrivals.come(tx, office, comer, agreed.now)
        assert counter.call(tx, number.id, "waiting", 1, "sari", agreed.now)
        assert counter.end(tx, number.id, "called", "done", agreed.now)

    agreed.database.write(served)
    assert at(agreed, 24, "16.30") == {"visit.missed": "done"}
    assert booked(agreed) == [("done", "24/11 08.00")]
    assert heard(agreed, "Tidak apa-apa") == 0


def test_on_whatsapp_a_missed_appointment_has_its_template(meet):
    citizen = finished(meet("+6281234567890", "whatsapp")).says("3")
    at(citizen, 24, "16.30")
    sent = [Message.of(row.payload) for row in rows(citizen.database, OUTBOX)]
    assert sent[-1].template == "remind_missed"
    assert sent[-1].kind == "reminder"


# --- an office's own ways ---------------------------------------------------------------


def test_an_office_without_counters_takes_people_as_they_come(meet, house):
    citizen = meet()
    office = replace(house.offices["pu"], booking=Booking(counters=0))
    citizen.house = replace(house, offices={**house.offices, "pu": office})
    finished(citizen)
    assert not citizen.heard[-1].choices
    assert "tanpa janji" in citizen.says("janji").last


def test_the_settings_of_the_office_hold(meet, house):
    citizen = meet()
    booking = Booking(minutes=60, counters=1, days=2, lead=timedelta(hours=6))
    office = replace(house.offices["pu"], booking=booking)
    citizen.house = replace(house, offices={**house.offices, "pu": office})
    finished(citizen)
    assert times(citizen)[0] == "Sen 23/11 14.15"
    assert len(times(citizen.chooses("Hari lain"))) == 2


# --- a calendar file --------------------------------------------------------------------


def file(citizen, token, now=None):
    return citizen.database.read(
        lambda tx: calendar_file(tx, citizen.house, token, now or citizen.now)
    )


def test_a_confirmed_appointment_is_a_calendar_file(agreed):
    (row,) = rows(agreed.database, APPOINTMENTS)
    text = file(agreed, row.token)
    assert all(len(line.encode()) <= LINE for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART:20261124T010000Z" in lines
    assert "DTEND:20261124T011500Z" in lines
    assert "SUMMARY:Ambil hasil Ganti KTP" in lines
    assert "STATUS:CONFIRMED" in lines
    assert any(line.startswith("LOCATION:Kecamatan Purwokerto Utara\\, ") for line in lines)


def test_after_a_change_the_old_file_says_that_it_is_off(agreed):
    (row,) = rows(agreed.database, APPOINTMENTS)
    agreed.says("batal janji")
    assert "STATUS:CANCELLED" in file(agreed, row.token)


def test_a_guessed_name_finds_no_file(agreed):
    (row,) = rows(agreed.database, APPOINTMENTS)
    assert len(row.token) >= 20
    assert file(agreed, row.token[:-1]) is None
    assert file(agreed, "") is None


def test_the_file_is_linked_where_people_can_reach_it(meet, house):
    citizen = meet()
    citizen.house = replace(house, visits_url="https://loket.example.go.id/appointments/")
    finished(citizen).says("1")
    (row,) = rows(citizen.database, APPOINTMENTS)
    url = f"https://loket.example.go.id/appointments/{row.token}.ics"
    assert url in [choice.url for choice in citizen.heard[-1].choices]


# --- cheap ------------------------------------------------------------------------------


def test_talk_about_anything_else_reads_no_appointments(citizen):
    citizen.database.write(lambda tx: tx.cursor.execute("DROP TABLE appointments"))
    citizen.opens("pu").says("menu").starts("domisili").continues()
    assert "sudah kami terima" in citizen.last
