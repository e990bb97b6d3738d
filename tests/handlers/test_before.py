"""Services whose citizen comes before: the time is chosen once the checklist is full."""

from datetime import timedelta

import pytest

from coming import SARI, at, booked, moves, times
from handlers.tickets import move
from storage import appointments
from storage.tables import TICKETS
from talk import rows, ticks


@pytest.fixture
def sent(citizen):
    """A first identity card is asked for by somebody of nineteen."""
    return citizen.submits("ktp_rekam", born="17-8-2007", until="slot")


def ticket(citizen):
    return rows(citizen.database, TICKETS)[-1]


def came(citizen):
    row = citizen.database.read(lambda tx: appointments.of_ticket(tx, ticket(citizen).id))
    citizen.database.write(lambda tx: appointments.settle(tx, row.id, "done", citizen.now))


def test_the_times_are_offered_as_soon_as_the_checklist_is_complete(sent):
    assert "Permohonan KTP pertama sudah kami terima" in sent.last
    assert "Mau datang kapan?" in sent.last
    assert len(times(sent)) == 4
    sent.says("3")
    assert booked(sent) == [("booked", "24/11 08.00")]
    assert "Janji datang sudah dicatat" in sent.last
    assert "Untuk: KTP pertama" in sent.last


def test_the_promise_runs_from_the_appointment(sent):
    sent.chooses("Hari lain").says("rabu").says("jam 10")
    promise = ticket(sent).promise_at
    assert f"{promise + timedelta(hours=7):%d/%m %H.%M}" == "26/11 10.15"


def test_while_nothing_is_agreed_no_promise_runs_and_nobody_is_late(sent):
    assert "Kabar paling lambat" not in sent.says("status").last
    found = ticks(sent, days=3)
    assert {found[kind] for kind in found if kind.startswith("sla")} == {"dropped"}
    assert "belum selesai pada waktunya" not in sent.last


def test_the_status_says_when_and_then_by_when(sent):
    sent.says("3")
    assert "Janji datang: Selasa, 24 November, pukul 08.00 WIB" in sent.says("status").last
    came(sent)
    sent.says("status")
    assert "Janji datang" not in sent.last
    assert "Kabar paling lambat Rabu, 25 November" in sent.last


def test_it_is_moved_and_given_up_like_any_other(sent):
    sent.says("3").says("ganti jam").says("1")
    assert [state for state, _ in booked(sent)] == ["moved", "booked"]
    sent.says("batal janji")
    assert "Permohonannya tetap kami simpan" in sent.last
    sent.says("janji").says("1")
    assert booked(sent)[-1][0] == "booked"


def test_it_is_remembered_in_words_that_fit(sent):
    sent.chooses("Hari lain").says("rabu").says("jam 10")
    assert at(sent, 24, "16.00")["visit.day"] == "done"
    assert "Besok waktunya datang untuk KTP pertama" in sent.last


def test_after_it_the_card_is_collected_at_another_time(sent):
    sent.says("3")
    moves(sent, "take", "finish")
    assert booked(sent) == [("done", "24/11 08.00")]
    assert "Mau diambil kapan?" in sent.last
    sent.says("1")
    assert [state for state, _ in booked(sent)] == ["done", "booked"]


def test_who_came_is_asked_no_more_while_the_card_is_made(sent):
    sent.says("3")
    came(sent)
    assert "Belum ada yang bisa diambil" in sent.says("janji").last


def test_who_did_not_come_is_offered_another_time(sent):
    sent.says("3")
    assert at(sent, 24, "17.00")["visit.missed"] == "done"
    assert "Tadi belum sempat datang untuk KTP pertama" in sent.last
    sent.says("1")
    assert booked(sent)[-1][0] == "booked"


def test_a_request_that_is_refused_frees_the_seat(sent):
    sent.says("3")
    sent.database.write(
        lambda tx: move(tx, sent.house, "pu", sent.ticket, "reject", SARI, sent.now, note="Dobel.")
    )
    assert booked(sent) == [("cancelled", "24/11 08.00")]


def test_other_services_ask_for_no_time_before(citizen):
    citizen.submits("domisili")
    assert "Kabar berikutnya paling lambat" in citizen.last
    assert times(citizen)[:1] != ["Sen 23/11 09.15"]


def test_who_is_sixteen_hears_that_the_card_comes_later(citizen):
    citizen.starts("ktp_rekam").continues("slot", born="17-8-2010", married="Belum pernah")
    assert any("dicetak setelah umur 17" in message.text for message in citizen.heard)
    assert "sudah kami terima" in citizen.last


def test_who_is_too_young_is_led_to_the_card_for_children(citizen):
    citizen.starts("ktp_rekam").continues(born="17-8-2015", married="Belum pernah")
    assert "mulai umur 16 tahun" in citizen.last
    assert rows(citizen.database, TICKETS) == []
