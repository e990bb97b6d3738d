"""What falls due: reminders once and in daylight, promises watched, nothing pointless."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers import due_work
from handlers.due_work import PAUSES, perform
from handlers.errors import Rejected
from handlers.housekeeping import arm_digests
from handlers.message import Message
from handlers.tickets import Actor, move
from handlers.timing import Timing
from storage import conversations, due, outbox, tickets
from storage.tables import DUE, MUTES, OUTBOX, TICKET_EVENTS
from talk import MONDAY, STAFF_CHAT, rows, ticks

SARI = Actor("staff", "sari", "Bu Sari")
WIB = ZoneInfo("Asia/Jakarta")
DAY = timedelta(days=1)


def moves(citizen, name, **more):
    number = citizen.ticket
    citizen.database.write(
        lambda tx: move(tx, citizen.house, "pu", number, name, SARI, citizen.now, **more)
    )
    return citizen.hears()


def at(citizen, day, clock):
    """The same, at a day of November and a time in the office's zone."""
    hour, minute = map(int, clock.split("."))
    wanted = datetime(2026, 11, day, hour, minute, tzinfo=WIB)
    return ticks(citizen, seconds=(wanted - citizen.now).total_seconds())


def heard(citizen, words):
    return sum(words in message.text for message in citizen.heard)


def alerts(citizen):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == STAFF_CHAT]
    return [Message.of(row.payload).text for row in sent]


def row(citizen, kind):
    return next(each for each in rows(citizen.database, DUE) if each.kind == kind)


# --- an unfinished request --------------------------------------------------------------


@pytest.fixture
def begun(citizen):
    """A request in the middle, on Monday at eight."""
    return citizen.starts("ktp_ganti").continues(until="nik")


def test_a_draft_is_remembered_after_a_day_and_after_three_then_there_is_silence(begun):
    assert ticks(begun, hours=23) == {}
    assert ticks(begun, hours=2) == {"draft.1": "done"}
    assert "masih tersimpan" in begun.last
    assert ticks(begun, days=1) == {}
    assert ticks(begun, days=1, hours=2) == {"draft.2": "done"}
    assert ticks(begun, days=30) == {}
    assert heard(begun, "masih tersimpan") == 2


def test_the_button_of_the_reminder_goes_on_where_it_was(begun):
    ticks(begun, hours=25)
    begun.chooses("Lanjut yang tadi")
    assert begun.was_asked("nik")


def test_who_wrote_meanwhile_is_reminded_a_day_after_that(begun):
    begun.waits(hours=20).says("status")
    assert ticks(begun, hours=5) == {"draft.1": "later"}
    assert heard(begun, "masih tersimpan") == 0
    assert ticks(begun, hours=24) == {"draft.1": "done"}


def test_a_draft_that_was_sent_or_given_up_is_not_remembered(begun):
    begun.continues()
    assert ticks(begun, days=2)["draft.1"] == "dropped"
    assert row(begun, "draft.1").note == "no draft"
    assert heard(begun, "masih tersimpan") == 0


def test_nobody_is_reminded_at_night(citizen):
    citizen.now = datetime(2026, 11, 23, 21, 0, tzinfo=WIB).astimezone(MONDAY.tzinfo)
    citizen.starts("ktp_ganti").continues(until="nik")
    assert at(citizen, 24, "21.30") == {"draft.1": "later"}
    assert at(citizen, 25, "06.59") == {}
    assert at(citizen, 25, "07.00") == {"draft.1": "done"}


def test_who_left_is_not_reminded(begun):
    begun.leaves()
    assert ticks(begun, hours=25) == {"draft.1": "dropped"}


def test_a_new_draft_begins_the_count_anew(begun):
    ticks(begun, hours=25)
    begun.says("batal").chooses("Ya, batalkan")
    begun.starts("domisili").continues(until="nik")
    assert ticks(begun, hours=25)["draft.1"] == "done"


def test_after_a_standstill_not_everything_comes_at_once(begun):
    assert ticks(begun, days=10) == {"draft.1": "done"}
    assert ticks(begun, hours=1) == {}
    assert ticks(begun, days=1) == {"draft.2": "done"}


# --- documents to correct ---------------------------------------------------------------


@pytest.fixture
def sent_back(citizen):
    citizen.submits()
    moves(citizen, "take")
    return moves(citizen, "send_back", note="Kabur.", documents=["kk_photo"])


def test_a_document_that_does_not_come_is_remembered_twice_warned_about_and_ends(sent_back):
    heard_of = {}
    for day in range(1, 16):
        heard_of[day] = {k: v for k, v in ticks(sent_back, days=1).items() if "sla" not in k}
    assert heard_of[2] == {"correction.1": "done"}
    assert heard_of[5] == {"correction.2": "done"}
    assert heard_of[13] == {"expiry.warn": "done"}
    assert heard_of[14] == {"expiry.close": "done"}
    assert heard(sent_back, "Kartu Keluarga") >= 2
    ticket = sent_back.database.read(lambda tx: tickets.look(tx, sent_back.ticket))
    assert ticket.status == "expired"
    events = rows(sent_back.database, TICKET_EVENTS)
    assert (events[-1].move, events[-1].actor) == ("expire", "clock")


def test_nobody_s_request_ends_unwarned_even_after_a_standstill(sent_back):
    found = ticks(sent_back, days=20)
    assert found["expiry.warn"] == "done"
    assert found["expiry.close"] == "later"
    ticket = sent_back.database.read(lambda tx: tickets.look(tx, sent_back.ticket))
    assert ticket.status == "needs_correction"
    assert ticks(sent_back, days=1, hours=1)["expiry.close"] == "done"


def test_what_has_come_is_not_asked_for_again(sent_back):
    sent_back.sends()
    found = ticks(sent_back, days=15)
    assert {v for k, v in found.items() if k.startswith(("correction", "expiry"))} == {"dropped"}


def test_reminders_of_one_kind_stop_when_they_are_not_wanted(sent_back):
    ticks(sent_back, days=2)
    sent_back.says("jangan ingatkan")
    assert "tidak diingatkan lagi" in sent_back.last
    assert ticks(sent_back, days=3)["correction.2"] == "dropped"
    assert ticks(sent_back, days=8)["expiry.warn"] == "done", "the end is no mere reminder"


def test_the_kind_that_came_last_is_meant(sent_back):
    sent_back.says("batal")
    sent_back.starts("domisili").continues(until="nik")
    ticks(sent_back, days=1, hours=2)
    sent_back.chooses("Jangan ingatkan")
    found = ticks(sent_back, days=2)
    assert found.get("draft.2", "dropped") == "dropped"
    assert "done" in (found.get("correction.1"), found.get("correction.2"))


def test_after_a_standstill_one_reminder_is_enough(sent_back):
    found = ticks(sent_back, days=6)
    assert (found["correction.1"], found["correction.2"]) == ("dropped", "done")
    assert row(sent_back, "correction.1").note == "overtaken"
    assert heard(sent_back, "menunggu foto baru") == 1


def test_a_reminder_just_before_the_next_one_is_left_out(sent_back):
    assert ticks(sent_back, days=4, hours=23)["correction.1"] == "dropped"
    assert ticks(sent_back, hours=2)["correction.2"] == "done"


def test_a_late_warning_names_a_day_that_is_still_to_come(sent_back):
    ticks(sent_back, days=20)
    told = Message.of(rows(sent_back.database, OUTBOX)[-1].payload)
    assert told.template == "remind_expiry"
    assert told.values["closes"] == "14 Desember 2026"
    assert ticks(sent_back, days=1)["expiry.close"] == "done"


def test_documents_are_asked_for_where_they_are_awaited(sent_back, meet):
    """People may use another chat since then; a photo sent there would not be understood."""
    other = meet("+6281200000001", "whatsapp", now=sent_back.now + DAY).opens("pu")
    sent_back.database.write(lambda tx: conversations.join(tx, 2, into=1))
    assert ticks(sent_back, days=2)["correction.1"] == "done"
    assert heard(sent_back, "menunggu foto baru") == 1
    sent_back.leaves()
    assert ticks(sent_back, days=3)["correction.2"] == "done"
    assert heard(other.hears(), "menunggu foto baru") == 1


def test_who_left_is_not_reminded_of_documents_but_still_warned(sent_back):
    sent_back.leaves()
    assert ticks(sent_back, days=2)["correction.1"] == "dropped"
    assert row(sent_back, "correction.1").note == "left"
    assert ticks(sent_back, days=11)["expiry.warn"] == "done"


def test_a_reminder_belongs_to_the_office_of_its_request(sent_back):
    """Should it not arrive, no other office may read of it."""
    sent_back.opens("ma")
    ticks(sent_back, days=2)
    told = rows(sent_back.database, OUTBOX)[-1]
    assert Message.of(told.payload).template == "remind_correction"
    assert told.office_id == "pu"


def test_the_last_reminder_is_meant_however_much_was_said_before(sent_back):
    payloads = [Message("…").payload()] * 250
    sent_back.database.write(
        lambda tx: outbox.put(
            tx, office_id="pu", channel="telegram", address="1", payloads=payloads,
            now=sent_back.now,
        )
    )  # fmt: skip
    ticks(sent_back, days=2)
    sent_back.says("jangan ingatkan")
    assert [each.kind for each in rows(sent_back.database, MUTES)] == ["correction"]


# --- ready ------------------------------------------------------------------------------


def test_a_result_is_remembered_until_it_is_collected(citizen):
    citizen.submits()
    moves(citizen, "take")
    moves(citizen, "finish")
    assert ticks(citizen, days=3, hours=1)["ready.1"] == "done"
    assert "belum diambil" in citizen.last
    moves(citizen, "hand_over")
    assert ticks(citizen, days=20)["ready.2"] == "dropped"


def test_nobody_is_sent_to_a_closed_office(citizen):
    citizen.waits(days=2).submits()
    moves(citizen, "take")
    moves(citizen, "finish")
    assert at(citizen, 28, "12.00")["ready.1"] == "later", "a Saturday"
    assert at(citizen, 30, "07.14") == {}
    assert at(citizen, 30, "07.15") == {"ready.1": "done"}


# --- promises ---------------------------------------------------------------------------


def test_a_promise_is_watched_and_the_citizen_hears_of_a_delay_first(citizen):
    citizen.submits()
    ticket = citizen.database.read(lambda tx: tickets.look(tx, citizen.ticket))
    before = len(alerts(citizen))
    warn = row(citizen, "sla.warn")
    assert citizen.now < warn.due_at < ticket.promise_at
    citizen.now = warn.due_at
    assert ticks(citizen)["sla.warn"] == "done"
    assert alerts(citizen)[before:] == [f"⏰ Janji waktu\nSegera habis: {ticket.number}"]
    citizen.now = ticket.promise_at
    assert ticks(citizen)["sla.late"] == "done"
    assert "belum selesai pada waktunya" in citizen.last
    told = citizen.database.read(lambda tx: tickets.look(tx, citizen.ticket))
    assert told.promise_at == ticket.promise_at, "for the desk it stays late"
    assert told.next_promise_at > citizen.now
    assert "Kabar paling lambat" in citizen.says("status").last


def test_a_promise_that_was_kept_is_no_news(citizen):
    citizen.submits()
    moves(citizen, "take")
    moves(citizen, "finish")
    before = len(alerts(citizen))
    found = ticks(citizen, days=2)
    assert {v for k, v in found.items() if k.startswith("sla")} == {"dropped"}
    assert len(alerts(citizen)) == before


def test_alarms_come_bundled_and_once_an_hour(citizen, meet):
    people = [meet(str(number)) for number in range(10, 22)]
    for person in people:
        person.submits()
    before = len(alerts(citizen))
    late = row(people[-1], "sla.late").due_at
    citizen.now = late
    ticks(citizen)
    first = alerts(citizen)[before:]
    assert len(first) == 1
    assert len(re.findall(r"PU-\d{4}-\d{5}-\d", first[0])) == 10
    assert "Dan 2 lagi" in first[0]
    assert ticks(citizen, minutes=30) == {}
    head = row(people[0], "sla.head").due_at
    citizen.now = head
    ticks(citizen)
    assert "mohon perhatian Camat" in alerts(citizen)[-1]


def test_a_delay_at_night_is_told_in_the_morning(citizen):
    """A promise ends in opening hours; after a standstill it may be found at night."""
    citizen.submits()
    late = row(citizen, "sla.late").due_at.astimezone(WIB)
    assert at(citizen, late.day, "23.00")["sla.late"] == "later"
    assert heard(citizen, "pada waktunya") == 0
    assert at(citizen, late.day + 1, "07.00")["sla.late"] == "done"
    assert heard(citizen, "pada waktunya") == 1


def test_who_writes_at_night_need_not_wait_for_a_morning_message(citizen):
    """What stands behind a message in its chat waits for it: none may wait for the morning."""
    citizen.submits()
    late = row(citizen, "sla.late").due_at.astimezone(WIB)
    at(citizen, late.day, "23.00")
    citizen.says("status")
    assert all(each.due_at <= citizen.now for each in rows(citizen.database, OUTBOX))


def test_nobody_is_alarmed_while_the_office_is_closed(citizen):
    """An alarm that was due in opening hours may be found after them."""
    citizen.submits()
    late = row(citizen, "sla.late").due_at.astimezone(WIB)
    alarm = late.replace(hour=14)
    citizen.database.write(lambda tx: due.arm(tx, "pu", "alarm", "pu", alarm))
    assert at(citizen, late.day, "22.00")["alarm"] == "later"
    assert row(citizen, "alarm").due_at.astimezone(WIB).strftime("%d %H.%M") == (
        f"{late.day + 1} 07.15"
    )
    assert at(citizen, late.day + 1, "07.15")["alarm"] == "done"


# --- mornings ---------------------------------------------------------------------------


def test_each_working_morning_begins_with_an_overview(citizen):
    citizen.submits()
    citizen.database.write(lambda tx: arm_digests(tx, citizen.house, citizen.now))
    before = len(alerts(citizen))
    found = at(citizen, 24, "07.30")
    assert found["digest"] == "later"
    assert "Selamat pagi" in alerts(citizen)[before]
    at(citizen, 28, "12.00")  # Saturday
    counted = len([text for text in alerts(citizen) if "Selamat pagi" in text])
    at(citizen, 29, "12.00")
    assert len([text for text in alerts(citizen) if "Selamat pagi" in text]) == counted


def test_an_overview_that_comes_hours_late_is_skipped(citizen):
    citizen.submits()
    citizen.database.write(lambda tx: arm_digests(tx, citizen.house, citizen.now))
    assert at(citizen, 24, "13.00")["digest"] == "later"
    assert not any("Selamat pagi" in text for text in alerts(citizen))


def test_a_bad_morning_is_not_the_end_of_overviews(citizen):
    citizen.submits()
    for day in (24, 25, 26, 27):
        citizen.database.write(lambda tx: arm_digests(tx, citizen.house, citizen.now))
        at(citizen, day, "07.30")
    digest = row(citizen, "digest")
    citizen.database.write(lambda tx: due_work.fail(tx, digest, "X", digest.due_at))
    assert row(citizen, "digest").state == "waiting"
    citizen.database.write(lambda tx: due.settle(tx, digest, "failed", citizen.now))
    citizen.database.write(lambda tx: arm_digests(tx, citizen.house, citizen.now))
    assert row(citizen, "digest").state == "waiting"


# --- trouble ----------------------------------------------------------------------------


def test_what_fails_is_tried_again_and_at_last_left_visibly(citizen):
    citizen.database.write(lambda tx: due.arm(tx, "pu", "draft.1", "4711", citizen.now))
    for pause in (*PAUSES, timedelta()):
        (failing,) = citizen.database.read(lambda tx: due.ready(tx, citizen.now, 10))
        with pytest.raises((AttributeError, TypeError, Rejected)):
            citizen.database.write(lambda tx, r=failing: perform(tx, citizen.house, r, citizen.now))
        citizen.database.write(lambda tx, r=failing: due_work.fail(tx, r, "X", citizen.now))
        citizen.now += pause
    assert row(citizen, "draft.1").state == "failed"


def test_what_failed_here_and_was_done_elsewhere_stays_done(begun):
    begun.now += timedelta(hours=25)
    (seen,) = begun.database.read(lambda tx: due.ready(tx, begun.now, 10))
    assert begun.database.write(lambda tx: perform(tx, begun.house, seen, begun.now)) == "done"
    begun.database.write(lambda tx: due_work.fail(tx, seen, "X", begun.now))
    assert row(begun, "draft.1").state == "done"


def test_a_kind_that_nobody_knows_any_more_is_dropped(citizen):
    citizen.database.write(lambda tx: due.arm(tx, "pu", "horoscope", "1", citizen.now))
    assert ticks(citizen) == {"horoscope": "dropped"}


def test_the_office_decides_when(database, house, meet):
    quick = meet("1")
    quick.house = replace(house, timing=Timing(draft=(timedelta(hours=2),)))
    quick.starts("ktp_ganti").continues(until="nik")
    assert ticks(quick, hours=2, minutes=5) == {"draft.1": "done"}
    assert ticks(quick, days=9) == {}


@pytest.mark.parametrize(
    ("clock", "awake"),
    [("19.59", "19.59"), ("20.00", "07.00"), ("23.59", "07.00"), ("06.59", "07.00"),
     ("07.00", "07.00"), ("12.00", "12.00")],
)  # fmt: skip
def test_quiet_hours_end_in_the_morning(clock, awake):
    hour, minute = map(int, clock.split("."))
    now = datetime(2026, 11, 23, hour, minute, tzinfo=WIB)
    assert f"{Timing().awake(now, WIB).astimezone(WIB):%H.%M}" == awake
    assert Timing().awake(now, WIB) >= now
