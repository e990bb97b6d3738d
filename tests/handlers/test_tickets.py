"""Tickets: numbered without gaps, told to nobody else, moved by the table, corrected by photos."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.lifecycle import CLOSED, MOVES, STATUSES
from flows.model import Tapped
from flows.numbers import is_valid
from handlers.errors import Rejected
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.tickets import Actor, move
from storage import attachments, conversations, tickets
from storage.tables import CONVERSATIONS, OUTBOX, SEQUENCES, TICKET_EVENTS, TICKETS
from talk import MONDAY, STAFF_CHAT, rows

SARI = Actor("staff", "sari", "Bu Sari")
BUDI = Actor("staff", "budi", "Pak Budi")
CLOCK = Actor("clock", "clock")
WIB = ZoneInfo("Asia/Jakarta")


def moves(citizen, name, actor=SARI, number="", office="pu", **more):
    """Staff move the citizen's ticket; they hear of it."""
    number = number or citizen.ticket
    citizen.database.write(
        lambda tx: move(tx, citizen.house, office, number, name, actor, citizen.now, **more)
    )
    return citizen.hears()


def ticket(citizen, number=""):
    return citizen.database.read(lambda tx: tickets.look(tx, number or citizen.ticket))


def history(citizen):
    return [(e.move, e.actor, e.before, e.after) for e in rows(citizen.database, TICKET_EVENTS)]


def staff_heard(citizen):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == STAFF_CHAT]
    return [Message.of(row.payload) for row in sent]


@pytest.fixture
def submitted(citizen):
    return citizen.submits("ktp_ganti")


# --- submitted --------------------------------------------------------------------------


def test_a_finished_request_is_a_ticket_with_all_its_answers(submitted):
    row = ticket(submitted)
    assert (row.office_id, row.service, row.status, row.channel) == (
        "pu", "ktp_ganti", "submitted", "telegram",
    )  # fmt: skip
    assert row.answers["nik"] == "3302271708900003"
    assert row.answers["reason"] == "lost"
    assert history(submitted) == [("submit", "citizen", "", "submitted")]


def test_the_photos_belong_to_the_ticket(submitted):
    row = ticket(submitted)
    files = submitted.database.read(lambda tx: attachments.of_ticket(tx, row.id))
    assert [file.id for file in files] == [*row.answers["police"], *row.answers["kk_photo"]]


def test_the_citizen_hears_the_number_and_the_promise(submitted):
    assert is_valid(submitted.ticket)
    promise = ticket(submitted).promise_at.astimezone(WIB)
    assert f"Selasa, 24 November, pukul {promise:%H.%M} WIB" in submitted.last


def test_the_promise_lies_in_opening_hours(meet):
    """Sent on Friday evening: one working day after Monday's opening."""
    late = meet(now=datetime(2026, 11, 27, 14, 0, tzinfo=UTC)).submits()
    promise = ticket(late).promise_at.astimezone(WIB)
    assert (promise.date().isoformat(), f"{promise:%H.%M}") == ("2026-12-01", "07.15")


def test_staff_are_told_without_personal_data(submitted):
    (alert,) = staff_heard(submitted)
    assert submitted.ticket in alert.text
    assert "Ganti KTP" in alert.text
    for private in ("3302271708900003", "Yuni", "Grendeng"):
        assert private not in alert.text
    assert [choice.label for choice in alert.choices] == ["Ambil"]


def test_a_doubtful_photo_is_flagged_for_staff(citizen):
    citizen.starts("ktp_ganti").continues("police").sends("blurred").sends("blurred")
    citizen.chooses("Kirim apa adanya").continues()
    assert "1 foto diragukan" in staff_heard(citizen)[0].text


def test_answers_that_do_not_fit_each_other_are_flagged_and_not_refused(citizen):
    citizen.submits("kia", nik="3302271708180003")  # born on 17-8-2019, by its own answer
    assert ticket(citizen).warnings == ["nik_born:nik"]


# --- numbers ----------------------------------------------------------------------------


def test_numbers_count_up_by_office_and_month(meet):
    first, second, medan = meet("1"), meet("2"), meet("3")
    december = meet("4", now=MONDAY + timedelta(days=14))
    told = [each.submits(office=o).ticket for each, o in (
        (first, "pu"), (second, "pu"), (medan, "ma"), (december, "pu"),
    )]  # fmt: skip
    assert [number[:-2] for number in told] == [
        "PU-2611-00001", "PU-2611-00002", "MA-2611-00001", "PU-2612-00001",
    ]  # fmt: skip


def test_the_month_is_that_of_the_office(meet):
    """18.00 on the last of November in London is 01.00 in December in Purwokerto."""
    night = meet(now=datetime(2026, 11, 30, 18, 0, tzinfo=UTC))
    assert night.submits().ticket.startswith("PU-2612-")


def test_numbers_have_neither_gaps_nor_doubles_under_concurrent_submits(meet):
    """Twelve people send at once, and every third time the turn is rolled back and repeated."""
    people = [meet(str(n)).starts("ktp_ganti").continues("review") for n in range(12)]

    class Abort(Exception):
        pass

    def send(person):
        if int(person.address) % 3 == 0:
            with pytest.raises(Abort):
                person.database.write(lambda tx: _send_and_abort(tx, person, Abort))
        person.chooses("Ya, kirim")

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(send, people))
    numbers = sorted(int(row.number.split("-")[2]) for row in rows(people[0].database, TICKETS))
    assert numbers == list(range(1, 13))
    (sequence,) = rows(people[0].database, SEQUENCES)
    assert sequence.last == 12


def _send_and_abort(tx, person, abort):
    """The same as sending, but the transaction fails at its end."""
    send = Tapped("ktp_ganti/review:send")
    tap = Inbound("telegram", f"lost-{person.address}", person.address, send)
    receive(tx, person.house, tap, person.now)
    raise abort


def test_a_number_is_never_given_twice_even_after_its_ticket_is_closed(citizen):
    first = citizen.submits().ticket
    moves(citizen, "withdraw")
    assert citizen.submits().ticket != first


# --- status -----------------------------------------------------------------------------


def test_the_status_names_every_ticket_newest_first(citizen):
    one, two = citizen.submits().ticket, citizen.submits("domisili").ticket
    citizen.says("status")
    assert citizen.last.index(two) < citizen.last.index(one)
    assert "Menunggu diperiksa petugas." in citizen.last


def test_one_ticket_can_be_asked_for_by_its_number(citizen):
    one, two = citizen.submits().ticket, citizen.submits("domisili").ticket
    citizen.says(f"yang {one.lower()} gimana ya pak")
    assert one in citizen.last
    assert two not in citizen.last


def test_somebody_else_s_ticket_and_no_ticket_get_the_same_answer(meet):
    owner, other = meet("1").submits(), meet("2").opens("pu")
    assert owner.ticket in owner.says(owner.ticket).last
    theirs = other.says(owner.ticket).last
    nobodys = other.says("PU-2611-00042-5").last
    wrong = other.says("PU-2611-00042-9").last
    assert theirs == nobodys == wrong
    assert "Ganti KTP" not in theirs


def test_the_same_person_s_number_on_another_channel_tells_nothing(meet):
    """A web chat does not prove whose it is."""
    owner = meet("1", "telegram").submits()
    web = meet("1", "web").opens("pu")
    assert "Ganti KTP" not in web.says(owner.ticket).last


def test_guessing_numbers_finds_nothing(meet):
    meet("1").submits()
    other = meet("2").opens("pu")
    unknown = other.says("PU-2611-00099-0").last
    for sequence in range(1, 40):
        for digit in range(10):
            heard = other.says(f"PU-2611-{sequence:05}-{digit}").last
            assert heard == unknown


def test_the_status_follows_the_ticket(submitted):
    for name, words in (
        ("take", "Sedang diperiksa petugas."),
        ("finish", "Sudah jadi, bisa diambil."),
        ("hand_over", "Sudah diambil."),
    ):
        moves(submitted, name)
        assert words in submitted.says("status").last


def test_without_a_ticket_the_status_says_how_to_begin(citizen):
    assert 'Tulis "menu"' in citizen.opens("pu").says("status").last


# --- moved by staff ---------------------------------------------------------------------


def test_each_move_of_the_table_is_recorded_with_its_actor(submitted):
    moves(submitted, "take")
    moves(submitted, "reject", BUDI, note="Bukan warga kami.")
    moves(submitted, "reopen", BUDI)
    assert history(submitted)[1:] == [
        ("take", "sari", "submitted", "in_review"),
        ("reject", "budi", "in_review", "rejected"),
        ("reopen", "budi", "rejected", "in_review"),
    ]
    assert ticket(submitted).officer == "budi"


@pytest.mark.parametrize("status", STATUSES)
def test_a_move_is_possible_from_the_states_of_the_table_only(citizen, status):
    citizen.submits()
    row = ticket(citizen)
    for name, wanted in MOVES.items():
        citizen.database.write(
            lambda tx: tickets.move(
                tx, row.id, ticket(citizen).status, status, "", row.promise_at, citizen.now
            )
        )
        if status in wanted.before and "staff" in wanted.by:
            moves(citizen, name, number=row.number, note="Alasan.", documents=("police",))
            assert ticket(citizen, row.number).status == wanted.after
        else:
            with pytest.raises(Rejected, match=r"impossible|taken"):
                moves(citizen, name, number=row.number, note="Alasan.", documents=("police",))


@pytest.mark.parametrize("name", [name for name, m in MOVES.items() if m.tells])
def test_the_citizen_hears_of_every_move_that_has_words(submitted, name):
    path = {"finish": ["take"], "hand_over": ["take", "finish"], "expire": ["take", "finish"],
            "reopen": ["take", "reject"]}.get(name, [])  # fmt: skip
    for before in path:
        moves(submitted, before, note="Alasan.")
    heard = len(submitted.heard)
    moves(submitted, name, note="Catatan dari kami.", documents=("police",))
    told = submitted.heard[heard]
    assert submitted.ticket in told.text
    assert "Catatan dari kami." in told.text


def test_bad_news_needs_its_reason(submitted):
    with pytest.raises(Rejected, match="note_missing"):
        moves(submitted, "reject", note="  ")
    assert ticket(submitted).status == "submitted"


def test_another_office_cannot_move_it_and_learns_nothing(submitted):
    for number in (submitted.ticket, "PU-2611-00042-5"):
        with pytest.raises(Rejected, match="unknown"):
            moves(submitted, "take", number=number, office="ma")


def test_of_many_officers_who_take_it_at_once_one_has_it(submitted):
    def take(n):
        try:
            moves(submitted, "take", Actor("staff", f"officer-{n}"))
        except Rejected as refused:
            return refused.code
        return "mine"

    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(take, range(8)))
    assert sorted(codes) == ["mine"] + ["taken"] * 7
    assert ticket(submitted).officer == f"officer-{codes.index('mine')}"
    assert [event[0] for event in history(submitted)] == ["submit", "take"]


def test_a_citizen_cannot_make_the_moves_of_staff(submitted):
    with pytest.raises(Rejected, match="impossible"):
        moves(submitted, "take", Actor("citizen", "citizen"))
    with pytest.raises(Rejected, match="impossible"):
        moves(submitted, "finish", CLOCK)


def test_when_it_is_ready_the_originals_to_bring_are_named(submitted):
    moves(submitted, "take")
    moves(submitted, "finish")
    assert "- Surat kehilangan dari kantor polisi" in submitted.last
    assert "- Kartu Keluarga (KK)" in submitted.last
    assert "kuasa" not in submitted.last, "nobody else applied for it"


# --- sent back --------------------------------------------------------------------------


@pytest.fixture
def sent_back(submitted):
    moves(submitted, "take")
    return moves(submitted, "send_back", documents=("police",), note="Capnya belum kelihatan.")


def test_a_document_sent_back_is_asked_for_alone(sent_back):
    assert "Capnya belum kelihatan." in sent_back.heard[-2].text
    assert sent_back.was_asked("police")
    assert ticket(sent_back).status == "needs_correction"


def test_the_ticket_returns_by_itself_with_the_new_photo(sent_back):
    old, number = ticket(sent_back).answers, sent_back.ticket
    sent_back.sends()
    new = ticket(sent_back, number)
    assert new.status == "in_review"
    assert new.answers["police"] != old["police"]
    assert {k: v for k, v in new.answers.items() if k != "police"} == {
        k: v for k, v in old.items() if k != "police"
    }
    assert history(sent_back)[-1] == ("resubmit", "citizen", "needs_correction", "in_review")
    assert "perbaikan sudah masuk" in staff_heard(sent_back)[-1].text
    assert sent_back.state is None


def test_the_officer_keeps_a_ticket_that_returns(sent_back):
    sent_back.sends()
    assert ticket(sent_back).officer == "sari"


def test_the_promise_begins_anew_when_the_ticket_returns(sent_back):
    before = ticket(sent_back).promise_at
    sent_back.waits(days=3).sends()
    assert ticket(sent_back).promise_at > before


def test_the_photo_replaced_stays_with_the_ticket(sent_back):
    old = ticket(sent_back).answers["police"]
    sent_back.sends()
    row = ticket(sent_back)
    files = sent_back.database.read(lambda tx: attachments.of_ticket(tx, row.id))
    assert {*old, *row.answers["police"]} <= {file.id for file in files}


def test_several_documents_are_asked_for_one_after_the_other(submitted):
    moves(submitted, "send_back", documents=("kk_photo", "police"))
    assert submitted.was_asked("police")
    assert submitted.sends().was_asked("kk_photo")
    assert submitted.sends().state is None
    assert ticket(submitted).status == "in_review"


def test_a_blurred_photo_in_a_correction_is_treated_as_ever(sent_back):
    sent_back.sends("blurred").sends("blurred").chooses("Kirim apa adanya")
    assert ticket(sent_back).status == "in_review"


def test_a_correction_waits_while_the_person_asks_about_something_else(sent_back):
    sent_back.says("status").says("petugas").says("Kapnya yang mana?")
    sent_back.says("lanjut yang tadi")
    assert sent_back.was_asked("police")


def test_a_correction_is_still_there_after_days(sent_back):
    sent_back.waits(days=5).says("halo")
    assert sent_back.was_asked("resume")
    sent_back.chooses("Ya, lanjut").sends()
    assert ticket(sent_back).status == "in_review"


def test_to_begin_a_correction_anew_asks_for_the_same_document(sent_back):
    sent_back.waits(days=5).says("halo").chooses("Ulang dari awal")
    assert sent_back.was_asked("police")
    assert sent_back.sends().state is None


def test_a_correction_and_a_new_request_of_the_same_service_go_side_by_side(sent_back):
    number = sent_back.ticket
    sent_back.submits("ktp_ganti")
    assert sent_back.ticket != number
    sent_back.says("lanjut yang tadi").sends()
    assert ticket(sent_back, number).status == "in_review"


def test_only_documents_can_be_sent_back(submitted):
    for documents in ((), ("nik",), ("nothing",), ("mandate",)):
        with pytest.raises(Rejected, match="documents_missing"):
            moves(submitted, "send_back", documents=documents)


@pytest.mark.parametrize("name", ["reject", "withdraw", "expire"])
def test_a_ticket_closed_meanwhile_is_no_longer_asked_about(sent_back, name):
    moves(sent_back, name, note="Alasan.")
    assert sent_back.state is None
    sent_back.sends()
    assert ticket(sent_back).status in CLOSED


def test_a_photo_on_its_way_when_the_ticket_is_closed_changes_nothing(sent_back):
    file = sent_back.announces()
    moves(sent_back, "withdraw")
    heard = len(sent_back.heard)
    sent_back.judged(file)
    assert ticket(sent_back).status == "withdrawn"
    assert len(sent_back.heard) == heard


def test_a_caption_replaces_nothing_that_was_not_asked_for_again(sent_back):
    old, number = ticket(sent_back).answers, sent_back.ticket
    sent_back.sends(caption="ini kartu keluarga")
    assert "Foto ini foto apa?" in sent_back.last, "it is not sent off as what was asked for"
    assert ticket(sent_back, number).answers == old
    sent_back.chooses("Bukan semuanya").sends(caption="surat kehilangan")
    new = ticket(sent_back, number).answers
    assert new["kk_photo"] == old["kk_photo"]
    assert new["police"] != old["police"]


def test_a_new_version_of_consent_does_not_interrupt_a_correction(sent_back):
    sent_back.house = replace(sent_back.house, consent="2027-01")
    sent_back.sends()
    assert ticket(sent_back).status == "in_review"


def test_a_correction_of_a_ticket_that_is_closed_does_not_open_it(sent_back):
    """Even if the chat still waits for the photo, as after a restored backup."""
    database, now = sent_back.database, sent_back.now
    chat = rows(database, CONVERSATIONS)[0]
    moves(sent_back, "withdraw")
    database.write(
        lambda tx: conversations.keep(tx, chat.id, office_id="pu", session=chat.session, now=now)
    )
    sent_back.sends()
    assert ticket(sent_back).status == "withdrawn"
    assert "tidak ada di antara permohonan" in sent_back.last
