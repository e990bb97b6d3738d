"""Waiting at the office, as a chat: a number, the place in the line, and being called."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from handlers import calls
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.staff import Officer
from handlers.tickets import Actor, move
from storage import outbox
from storage.db import Database
from storage.tables import APPOINTMENTS, ARRIVALS, OUTBOX
from talk import MONDAY, house, rows, ticks


class Booth:
    """An officer at a counter."""

    def __init__(self, database, login="sari", seat=1, office="pu"):
        self.database, self.house = database, house()
        self.officer = Officer(office, login, login.title(), "officer", "token", MONDAY)
        self.now = MONDAY - timedelta(minutes=10)
        if seat:
            self.does(calls.sit, seat)

    def does(self, work, *values):
        return self.database.write(lambda tx: work(tx, self.sight(tx), *values))

    def sight(self, tx):
        return Sight.of(tx, self.house, self.officer, self.now)

    def sees(self, drawn=""):
        return self.database.read(lambda tx: calls.show(tx, self.sight(tx), drawn))

    @property
    def here(self):
        here = self.sees().here
        return here.name if here else ""

    def waits(self, **duration):
        self.now += timedelta(**duration)
        return self

    def calls(self):
        """Press the button, a few seconds after whatever was done before."""
        self.now = max(self.now, MONDAY + timedelta(minutes=5)) + timedelta(seconds=10)
        here = self.sees().here
        self.does(calls.call_next, here.id if here else 0)
        return self.here

    def draws(self, amount=1, first=False, service=""):
        return [
            self.does(calls.draw, service, first, f"form-{id(self)}-{n}-{self.now}-{first}")
            for n in range(amount)
        ]


@pytest.fixture
def booth(database):
    return Booth(database)


def ready(citizen, slot=""):
    """Somebody whose result is ready, perhaps with an appointment."""
    citizen.submits()
    sari = Actor("staff", "sari", "Bu Sari")
    for name in ("take", "finish"):
        citizen.database.write(
            lambda tx, name=name: move(
                tx, citizen.house, "pu", citizen.ticket, name, sari, citizen.now
            )
        )
    citizen.hears()
    return citizen.taps(f"appointment/slot:{slot}") if slot else citizen


def numbers(citizen):
    return [f"{row.series}-{row.number:03}" for row in rows(citizen.database, ARRIVALS)]


def heard(citizen, words):
    return sum(words in message.text for message in citizen.heard)


# --- a number -----------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["saya sudah di kantor", "hadir", "Sudah sampai", "antri"])
def test_who_says_that_they_are_here_gets_a_number(citizen, said):
    citizen.opens("pu").says(said)
    assert numbers(citizen) == ["B-001"]
    assert "Nomor antrean: B-001" in citizen.last
    assert "Berikutnya giliran Bapak/Ibu" in citizen.last


def test_the_poster_s_link_says_the_same(citizen):
    citizen.opens("pu-checkin")
    assert numbers(citizen) == ["B-001"]
    assert citizen.state is None


def test_who_is_known_at_no_office_is_asked_at_which_they_are(citizen):
    citizen.says("saya sudah di kantor")
    assert citizen.was_asked("office")
    citizen.says("Purwokerto Utara")
    assert citizen.was_asked("here")
    citizen.chooses("Ya, ambil nomor")
    assert numbers(citizen) == ["B-001"]


def test_who_is_not_there_yet_gets_none(citizen):
    citizen.says("hadir").says("Medan Area").chooses("Belum, nanti")
    assert numbers(citizen) == []


def test_saying_it_again_changes_nothing(citizen):
    citizen.opens("pu").says("hadir").says("hadir").opens("pu-checkin")
    assert numbers(citizen) == ["B-001"]
    assert heard(citizen, "Nomor antrean: B-001") == 3


def test_an_unfinished_request_goes_on_after_it(citizen):
    citizen.starts("ktp_ganti").says("1")
    asked = citizen.state.asked
    citizen.says("saya sudah di kantor")
    assert "B-001" in citizen.last
    assert citizen.state.asked == asked


def test_an_appointment_has_a_series_of_its_own_and_waits_for_its_time(citizen, booth):
    ready(citizen, "202611231000")
    booth.now = citizen.now
    booth.draws(3)
    citizen.says("hadir")
    assert numbers(citizen)[-1] == "A-001"
    assert booth.calls() == "B-001"
    booth.now = citizen.now = MONDAY + timedelta(hours=1, minutes=51)
    assert booth.calls() == "A-001"


def test_who_comes_long_after_their_appointment_draws_a_plain_number(citizen):
    ready(citizen, "202611231000")
    citizen.now = MONDAY + timedelta(hours=2, minutes=31)
    citizen.says("hadir")
    assert numbers(citizen) == ["B-001"]
    assert [row.state for row in rows(citizen.database, APPOINTMENTS)] == ["booked"]


def test_before_and_after_hours_no_number_is_drawn(citizen):
    citizen.opens("pu")
    citizen.now = MONDAY - timedelta(hours=2)
    citizen.says("hadir")
    assert "Sekarang kantor tutup" in citizen.last
    assert "Senin, 23 November, pukul 07.15" in citizen.last
    citizen.now = MONDAY + timedelta(hours=8)
    citizen.says("hadir")
    assert "Selasa, 24 November, pukul 07.15" in citizen.last
    citizen.now = MONDAY - timedelta(days=1)
    citizen.says("hadir")
    assert numbers(citizen) == []
    citizen.now = MONDAY - timedelta(hours=1, minutes=30)
    citizen.says("hadir")
    assert numbers(citizen) == ["B-001"]


def test_numbers_begin_anew_each_day(citizen, meet, booth):
    citizen.opens("pu").says("hadir")
    citizen.now += timedelta(days=1)
    citizen.says("antrean")
    assert "B-001 hanya berlaku Senin 23/11" in citizen.last
    citizen.says("hadir")
    assert "Nomor antrean: B-001" in citizen.last
    assert len(numbers(citizen)) == 2


# --- the place in the line ------------------------------------------------------------------


def test_the_place_is_told_with_people_and_minutes(citizen, booth):
    booth.draws(6)
    citizen.opens("pu").says("hadir")
    assert "6 orang lagi sebelum Bapak/Ibu, kira-kira 90 menit" in citizen.last
    assert "menunggu di luar" in citizen.last


def test_measured_visits_take_the_place_of_the_set_length(citizen, booth):
    booth.draws(12)
    for _ in range(6):
        booth.calls()
        booth.waits(minutes=4)
    citizen.now = booth.now
    citizen.opens("pu").says("hadir")
    assert "6 orang lagi sebelum Bapak/Ibu, kira-kira 30 menit" in citizen.last


@pytest.mark.parametrize("said", ["antrean", "antrian", "berapa orang lagi", "masih lama ga"])
def test_it_is_told_again_at_any_time(citizen, booth, said):
    booth.draws(5)
    citizen.opens("pu").says("hadir")
    booth.calls()
    citizen.says(said)
    assert "4 orang lagi sebelum Bapak/Ibu" in citizen.last


def test_without_a_number_the_question_is_answered_with_how_to_get_one(citizen):
    citizen.opens("pu").says("antrean")
    assert "Belum ada nomor antrean" in citizen.last
    citizen.chooses("Saya sudah di kantor")
    assert numbers(citizen) == ["B-001"]


def test_who_gives_up_is_not_called_and_can_come_back(citizen, booth):
    citizen.opens("pu").says("hadir").chooses("Batal antre")
    assert "sudah dilepas" in citizen.last
    assert booth.calls() == ""
    citizen.says("antrean")
    assert "Belum ada nomor antrean" in citizen.last
    citizen.says("hadir")
    assert "B-002" in citizen.last


# --- said by itself -------------------------------------------------------------------------


def test_those_outside_are_told_once_when_three_are_left_and_when_called(citizen, booth):
    booth.draws(6)
    citizen.opens("pu").says("hadir")
    for _ in range(3):
        booth.calls()
        citizen.hears()
    assert heard(citizen, "tinggal 3 orang lagi") == 1
    for _ in range(3):
        booth.calls()
        citizen.hears()
    assert heard(citizen, "orang lagi. Silakan mendekat") == 1
    assert heard(citizen, "silakan ke Loket") == 0
    assert booth.calls() == "B-007"
    assert citizen.hears().last == "🔔 Nomor B-007, silakan ke Loket 1."
    citizen.says("antrean")
    assert "silakan ke Loket 1" in citizen.last


def test_who_is_near_from_the_start_is_not_told_so_twice(citizen, booth):
    booth.draws(2)
    citizen.opens("pu").says("hadir")
    booth.calls()
    assert heard(citizen.hears(), "Silakan mendekat") == 0


def test_the_call_goes_out_before_anything_that_waits(citizen, booth):
    citizen.opens("pu").says("hadir")
    booth.calls()
    sent = rows(citizen.database, OUTBOX)[-1]
    assert (sent.priority, sent.due_at) == (outbox.REPLY, booth.now)


def test_on_whatsapp_a_template_can_say_the_same(meet, booth):
    citizen = meet("+6281234567890", channel="whatsapp")
    citizen.opens("pu").says("hadir")
    booth.calls()
    message = citizen.hears().heard[-1]
    assert message.template == "queue_called"
    assert message.values == {
        "visit": "B-001", "office": "Kecamatan Purwokerto Utara", "counter": "1",
    }  # fmt: skip


def test_who_was_called_in_vain_keeps_the_number_when_they_come_back(citizen, booth):
    citizen.opens("pu").says("hadir")
    booth.calls()
    booth.does(calls.finish, booth.sees().here.id, "skipped")
    citizen.says("antrean")
    assert "belum bertemu" in citizen.last
    booth.draws(1)
    citizen.now = booth.now + timedelta(minutes=1)
    citizen.says("hadir")
    assert "B-001" in citizen.last
    assert "1 orang lagi" in citizen.last
    assert [booth.calls(), booth.calls()] == ["B-002", "B-001"]
    assert heard(citizen.hears(), "silakan ke Loket 1") == 2


def test_whom_staff_check_in_is_told_in_the_chat(citizen, booth):
    ready(citizen)
    assert booth.does(calls.check_in, citizen.ticket.lower().replace("-", " "), False) == "B-001"
    assert "Nomor antrean: B-001" in citizen.hears().last
    citizen.says("hadir")
    assert numbers(citizen) == ["B-001"]


# --- the end of the day ---------------------------------------------------------------------


def test_at_closing_time_open_numbers_end_and_who_waits_is_told(citizen, booth):
    booth.draws(2)
    citizen.opens("pu").says("hadir")
    booth.calls()
    assert ticks(citizen, hours=8)["counter.close"] == "done"
    assert "belum sempat dipanggil" in citizen.last
    assert "Selasa, 24 November" in citizen.last
    assert {row.state for row in rows(citizen.database, ARRIVALS)} == {"closed"}
    assert booth.sees().seat == 0
    citizen.says("antrean")
    assert "sudah tidak berlaku" in citizen.last


def test_an_office_that_still_calls_is_not_cut_off(citizen, booth):
    booth.draws(2)
    citizen.opens("pu").says("hadir")
    booth.now = MONDAY + timedelta(hours=7, minutes=25)  # closes at 15.30, that is at 7 h 30
    booth.calls()
    wait = booth.now + timedelta(minutes=10) - citizen.now
    assert ticks(citizen, seconds=wait.total_seconds())["counter.close"] == "later"
    assert booth.calls() == "B-002"
    assert ticks(citizen, minutes=40)["counter.close"] == "done"


def test_a_program_that_was_down_at_closing_time_wakes_nobody_at_night(citizen, booth):
    citizen.opens("pu").says("hadir")
    ticks(citizen, hours=14)
    assert heard(citizen, "belum sempat dipanggil") == 0
    assert [row.state for row in rows(citizen.database, ARRIVALS)] == ["closed"]


# --- behind the counter ---------------------------------------------------------------------


def test_two_counters_that_press_at_the_same_instant_never_get_the_same_person(database, url):
    first = Booth(database)
    first.draws(8)
    opened = [Database(url) for _ in range(4)]
    booths = [Booth(each, f"officer{n}", n + 1) for n, each in enumerate(opened)]
    for _ in range(2):
        begin = threading.Barrier(4)

        def press(booth, begin=begin):
            begin.wait()
            return booth.calls()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(press, booths))
    called = [row for row in rows(database, ARRIVALS) if row.state in ("called", "done")]
    assert len(called) == 8
    assert sorted(row.counter for row in called) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert all(row.calls == 1 for row in called)
    for each in opened:
        with closing(each):
            pass


def test_a_button_pressed_twice_acts_once(booth):
    booth.draws(3)
    booth.does(calls.call_next, 0)
    with pytest.raises(Rejected, match="counter_changed"):
        booth.does(calls.call_next, 0)
    here = booth.sees().here
    booth.does(calls.call_next, here.id)
    with pytest.raises(Rejected, match="counter_changed"):
        booth.does(calls.call_next, here.id)
    assert booth.here == "B-002"


def test_priority_goes_ahead_twice_in_a_row_at_most(booth):
    booth.draws(3)
    booth.draws(4, first=True)
    assert [booth.calls() for _ in range(7)] == [
        "P-001", "P-002", "B-001", "P-003", "P-004", "B-002", "B-003",
    ]  # fmt: skip


def test_why_somebody_goes_first_is_written_nowhere(booth):
    booth.draws(1, first=True)
    row = rows(booth.database, ARRIVALS)[0]._mapping
    assert not {"reason", "priority", "elderly", "pregnant", "disabled"} & row.keys()


def test_somebody_who_waits_can_be_let_ahead_with_their_number(booth):
    booth.draws(3)
    last = booth.sees().waiting[-1]
    booth.does(calls.let_ahead, last.id)
    assert booth.calls() == "B-003"


def test_waiting_and_serving_are_measured(booth):
    booth.draws(2)
    booth.calls()
    booth.waits(minutes=6).calls()
    view = booth.sees()
    assert view.each == 6
    assert view.waited == 15


def test_an_officer_without_a_counter_calls_nobody(database):
    booth = Booth(database, seat=0)
    booth.draws(1)
    with pytest.raises(Rejected, match="counter_none"):
        booth.does(calls.call_next, 0)


def test_nobody_leaves_a_counter_at_which_somebody_is(booth):
    booth.draws(1)
    booth.calls()
    for work, values in ((calls.leave, ()), (calls.sit, (2,))):
        with pytest.raises(Rejected, match="counter_busy"):
            booth.does(work, *values)
    booth.does(calls.finish, booth.sees().here.id, "done")
    booth.does(calls.leave)
    assert booth.sees().seat == 0


@pytest.mark.parametrize(
    ("typed", "why"),
    [("", "pass_unknown"), ("PU-2611-00042-9", "pass_unknown"), ("B-001", "pass_unknown")],
)
def test_a_number_that_is_none_is_refused_in_words(booth, typed, why):
    with pytest.raises(Rejected, match=why):
        booth.does(calls.check_in, typed, False)


def test_another_office_s_people_are_neither_seen_nor_called(citizen, database):
    ready(citizen)
    citizen.says("hadir")
    other = Booth(database, "budi", office="ma")
    assert other.sees().waiting == []
    assert other.calls() == ""
    mine = rows(database, ARRIVALS)[0].id
    for work in (calls.recall, calls.let_ahead):
        with pytest.raises(Rejected, match="counter_changed"):
            other.does(work, mine)
    with pytest.raises(Rejected, match="pass_unknown"):
        other.does(calls.check_in, citizen.ticket, False)
