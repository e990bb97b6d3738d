"""Whether a person wants to be told things: asked once, ended by a word in any spelling."""

import pytest

from handlers.offices import House
from storage import optins
from storage.db import Database
from storage.tables import OPTIN_EVENTS, OPTINS
from talk import Citizen, rows
from talk import house as make_house

ASKED = "Boleh kami kirim info layanan"


@pytest.fixture(scope="module")
def house() -> House:
    return make_house(LOKET_BROADCASTS__PER_MONTH="2")


@pytest.fixture
def sent(citizen) -> Citizen:
    """Somebody who has just sent their first request."""
    return citizen.starts("domisili").continues(until="review").chooses("Ya, kirim")


def state(citizen: Citizen) -> str:
    row = citizen.database.read(lambda tx: optins.get(tx, 1))
    return row.state if row is not None else ""


# --- asked once, at the right moment ---------------------------------------------------


def test_after_the_first_request_people_are_asked_in_a_message_of_its_own(sent):
    assert "Nomor: PU-" in sent.heard[-2].text
    assert sent.last.startswith(ASKED)
    assert "Paling banyak 2 kali sebulan." in sent.last


def test_a_tap_is_a_yes_with_its_source_and_time(sent, database):
    tapped = sent.now
    sent.chooses("Boleh")
    assert "Bosan?" in sent.last
    (row,) = rows(database, OPTINS)
    assert (row.state, row.source, row.at) == ("in", "chat:telegram", tapped)


@pytest.mark.parametrize("answer", ["1", "boleh", "ya", "Iya boleh", "monggo"])
def test_a_word_is_a_yes_too(sent, answer):
    sent.says(answer)
    assert state(sent) == "in"


@pytest.mark.parametrize("answer", ["2", "tidak usah", "gak", "jangan", "stop", "nanti"])
def test_a_no_is_taken_as_it_is(sent, answer):
    sent.says(answer)
    assert state(sent) == "no"
    assert "info layanan tidak kami kirim" in sent.last


def test_nobody_is_asked_twice(sent):
    sent.chooses("Tidak usah")
    sent.submits("kia")
    assert ASKED not in sent.last


def test_who_asks_for_something_else_gets_that(sent):
    sent.says("KTP saya hilang")
    assert state(sent) == ""
    assert sent.state.flow == "suggest"


def test_a_chat_page_does_not_ring_so_nobody_is_asked_there(meet):
    visitor = meet(channel="web").submits("domisili")
    assert "Nomor: PU-" in visitor.last


def test_an_office_that_tells_nothing_does_not_ask(sqlite):
    citizen = Citizen(sqlite, make_house()).submits("domisili")
    assert "Nomor: PU-" in citizen.last


# --- ended by a word -----------------------------------------------------------------------

STOPS = [
    "STOP", "stop", "Stop!", "stop.", "stoop", "STOPP", "stop dong", "stop ya pak", "tolong stop",
    "berhenti", "BERHENTI", "Berhenti.", "berenti", "brhenti", "berhentii", "berhenti ya",
    "mohon berhenti", "berhenti saja", "setop", "hentikan", "unsubscribe", "UNSUB", "quit",
    "stop info", "berhenti info", "jgn kirim lagi", "jangan kirim pesan lagi", "jangan ganggu",
    "gak mau info lagi", "tdk usah kirim info", "stop broadcast", "hapus dari daftar",
    "aja ngirim maning", "mandeg", "/stop",
]  # fmt: skip


@pytest.mark.parametrize("word", STOPS)
def test_stop_is_understood_however_it_is_spelled(sqlite, house, word):
    citizen = Citizen(sqlite, house).opens("pu").says("mulai info")
    assert state(citizen) == "in"
    citizen.says(word)
    assert state(citizen) == "out"
    assert "tidak kami kirim lagi" in citizen.last


@pytest.mark.parametrize(
    "word", ["mulai", "mulai info", "MULAI", "mulai lagi", "langganan", "mau info lagi"]
)
def test_a_word_brings_them_back(sqlite, house, word):
    citizen = Citizen(sqlite, house).opens("pu").says("stop").says(word)
    assert state(citizen) == "in"
    assert any("Info layanan kami kirim" in each.text for each in citizen.heard)


@pytest.mark.parametrize("word", ["batal", "gak jadi", "batalkan", "cancel"])
def test_cancelling_a_request_is_no_goodbye(sqlite, house, word):
    citizen = Citizen(sqlite, house).opens("pu").says("mulai info")
    citizen.starts("domisili").continues(until="nik").says(word)
    assert citizen.state.flow == "cancel"
    assert state(citizen) == "in"


@pytest.mark.parametrize("word", ["stop", "berhenti", "STOP!"])
def test_in_the_middle_of_a_request_the_news_stops_and_the_request_is_asked_about(
    sqlite, house, word
):
    citizen = Citizen(sqlite, house).opens("pu").says("mulai info")
    citizen.starts("domisili").continues(until="nik").says(word)
    assert state(citizen) == "out"
    assert citizen.state.flow == "cancel"
    assert "tidak kami kirim lagi" in citizen.heard[-2].text
    citizen.chooses("Tidak, lanjut")
    assert citizen.was_asked("nik")


def test_who_never_agreed_means_the_request_alone(sqlite, house):
    citizen = Citizen(sqlite, house).starts("domisili").continues(until="nik").says("berhenti")
    assert state(citizen) == ""
    assert citizen.state.flow == "cancel"
    assert not any("info layanan" in each.text for each in citizen.heard)


def test_stop_the_news_goes_on_with_the_request(sqlite, house):
    citizen = Citizen(sqlite, house).starts("domisili").continues(until="nik").says("stop info")
    assert state(citizen) == "out"
    assert citizen.was_asked("nik")


def test_begin_means_the_menu_to_all_others(sqlite, house):
    citizen = Citizen(sqlite, house).opens("pu").says("mulai")
    assert state(citizen) == ""
    assert citizen.state.flow == "welcome"


def test_begin_answers_the_question_that_offers_it(sqlite, house):
    citizen = Citizen(sqlite, house).opens("pu").says("stop")
    citizen.starts("domisili").continues(until="ready").says("mulai")
    assert citizen.was_asked("consent")
    assert state(citizen) == "out"


def test_everything_that_was_said_stays_in_the_history(sqlite: Database, house):
    Citizen(sqlite, house).opens("pu").says("mulai info").says("stop").says("mulai")
    assert [row.state for row in rows(sqlite, OPTIN_EVENTS)] == ["in", "out", "in"]
