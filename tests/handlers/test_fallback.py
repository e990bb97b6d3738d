"""What a platform reports afterwards, and the ways that are tried for a message that fails."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.delivery import PAUSES, Receipt, Settled, receive, settle
from handlers.message import Button, Message
from storage import outbox
from storage.tables import CONVERSATIONS, OUTBOX
from talk import MONDAY, STAFF_CHAT, Citizen, rows

PHONE = "+6281234567890"
NEWS = Message(
    "Sudah jadi.", (Button("Cek status", "status"),), kind="news", template="moved_ready",
    values={"number": "PU-2611-00001-4"},
)  # fmt: skip
REPORTS = ("queued", "sent", "delivered", "read")


class Desk:
    """One person on WhatsApp, and a sender by hand."""

    def __init__(self, database, house):
        self.database, self.now = database, MONDAY
        self.house = replace(house, sms=True)
        self.citizen = Citizen(database, self.house, PHONE, "whatsapp").opens("pu")
        self.sends_all()

    def promise(self, message=NEWS, channel="whatsapp", address=PHONE):
        self.database.write(
            lambda tx: outbox.put(
                tx, office_id="pu", channel=channel, address=address,
                payloads=[message.payload()], now=self.now,
            )
        )  # fmt: skip

    def claim(self, channel="whatsapp"):
        return self.database.write(
            lambda tx: outbox.claim(tx, channel, self.now, 100, timedelta(seconds=60))
        )

    def sends_all(self, channel="whatsapp"):
        """Everything is accepted; returns the last row."""
        last = None
        for last in self.claim(channel):
            self.settle(last, "sent", external_id=f"SM{last.id}")
        return last

    def settle(self, row, state, error="", **more):
        verdict = Settled(row, state, row.attempts + 1, error, **more)
        self.database.write(lambda tx: settle(tx, self.house, [verdict], self.now))

    def reports(self, row, status, error="", sid=""):
        receipt = Receipt(row.channel, row.id, sid or f"SM{row.id}", status, error)
        return self.database.write(lambda tx: receive(tx, self.house, receipt, self.now))

    def row(self, row):
        return self.database.read(lambda tx: outbox.get(tx, row.id))

    def newest(self):
        return rows(self.database, OUTBOX)[-1]

    def alerts(self):
        sent = (row for row in rows(self.database, OUTBOX) if row.address == STAFF_CHAT)
        return [Message.of(row.payload).text for row in sent]


@pytest.fixture
def desk(database, house):
    return Desk(database, house)


@pytest.fixture
def sent(desk):
    desk.promise()
    return desk.sends_all()


# --- reports ----------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(REPORTS)))
def test_reports_in_any_order_and_twice_end_at_the_furthest(sqlite, house, order):
    desk = Desk(sqlite, house)
    desk.promise()
    row = desk.sends_all()
    for status in (*order, *order):
        desk.reports(row, status)
    assert desk.row(row).receipt == "read"
    assert desk.row(row).state == "sent"


def test_a_report_that_comes_before_we_are_done_is_kept(desk):
    desk.promise()
    (row,) = desk.claim()
    assert desk.reports(row, "delivered")
    desk.settle(row, "sent", external_id=f"SM{row.id}")
    assert (desk.row(row).state, desk.row(row).receipt) == ("sent", "delivered")


def test_a_failure_that_is_reported_before_we_are_done_is_not_lost(desk):
    desk.promise()
    (row,) = desk.claim()
    desk.reports(row, "undelivered", "63024")
    desk.settle(row, "sent", external_id=f"SM{row.id}")
    assert (desk.row(row).state, desk.row(row).error) == ("passed", "63024")
    assert desk.newest().channel == "sms"


def test_a_failure_after_delivery_is_no_failure(desk, sent):
    desk.reports(sent, "delivered")
    assert not desk.reports(sent, "failed", "63016")
    assert desk.row(sent).state == "sent"


def test_a_failure_of_an_attempt_that_was_repeated_is_no_failure(desk, sent):
    """Killed between acceptance and our mark, the message went out twice under two ids."""
    assert not desk.reports(sent, "failed", "63016", sid="SM-the-first")
    assert desk.row(sent).state == "sent"


@pytest.mark.parametrize("status", ["accepted", "scheduled", "sending"])
def test_other_words_for_being_under_way_are_known(desk, sent, status):
    assert desk.reports(sent, status)
    assert desk.row(sent).receipt == "queued"


def test_a_report_on_nothing_is_ignored(desk, sent):
    receipt = Receipt("whatsapp", 10_000, "SM1", "read")
    assert not desk.database.write(lambda tx: receive(tx, desk.house, receipt, desk.now))
    other = Receipt("sms", sent.id, "SM1", "read")
    assert not desk.database.write(lambda tx: receive(tx, desk.house, other, desk.now))
    assert not desk.reports(sent, "partially_eaten")


# --- the ladder -------------------------------------------------------------------------


def test_outside_the_window_after_all_the_template_is_sent(desk, sent):
    desk.reports(sent, "failed", "63016")
    assert desk.row(sent).state == "passed"
    again = desk.newest()
    assert (again.channel, again.address) == ("whatsapp", PHONE)
    assert Message.of(again.payload) == replace(NEWS, cold=True)


def test_if_the_template_fails_too_the_next_way_is_tried(desk, sent):
    desk.reports(sent, "failed", "63016")
    second = desk.sends_all()
    desk.reports(second, "failed", "63016")
    assert (desk.newest().channel, desk.newest().address) == ("sms", PHONE)


def test_the_other_chat_comes_before_a_text_message(desk, sent):
    telegram = Citizen(desk.database, desk.house, "7", "telegram").opens("pu").shares_phone(PHONE)
    desk.reports(sent, "undelivered", "63024")
    assert telegram.hears().last.startswith("Sudah jadi.")
    assert telegram.heard[-1].choices == (), "its buttons belong to another chat"


def test_in_the_end_staff_are_asked_to_call(desk, sent):
    desk.reports(sent, "undelivered", "63024")
    text = desk.sends_all("sms")
    desk.reports(text, "undelivered", "30003")
    assert desk.row(text).state == "failed"
    (lost,) = desk.database.read(lambda tx: outbox.undelivered(tx, "pu"))
    assert (lost.id, lost.error) == (text.id, "30003")
    assert desk.alerts() == [desk.house.words.say("alert_undelivered", number="PU-2611-00001-4")]


def test_a_person_who_has_no_such_account_is_not_written_to_there_again(desk, sent):
    desk.reports(sent, "undelivered", "63003")
    (chat,) = rows(desk.database, CONVERSATIONS)
    assert chat.left_at == desk.now


def test_what_the_office_does_not_want_is_not_tried(desk):
    desk.house = replace(desk.house, fallback={"news": ("call",)})
    desk.promise()
    row = desk.sends_all()
    desk.reports(row, "failed", "63024")
    assert desk.row(row).state == "failed"


def test_what_only_explains_the_news_before_it_is_dropped(desk):
    desk.promise(replace(NEWS, kind="follow_up", template=""))
    (row,) = desk.claim()
    desk.settle(row, "failed", "63016")
    assert desk.row(row).state == "dropped"
    assert desk.alerts() == []


def test_without_a_number_for_text_messages_staff_call_at_once(desk, sent):
    desk.house = replace(desk.house, sms=False)
    desk.reports(sent, "undelivered", "63024")
    assert desk.row(sent).state == "failed"


# --- too fast ---------------------------------------------------------------------------


def test_a_message_held_back_by_a_rate_limit_goes_out_again_later(desk, sent):
    desk.reports(sent, "failed", "63018")
    row = desk.row(sent)
    assert (row.state, row.receipt) == ("pending", "")
    assert row.due_at == desk.now + timedelta(seconds=PAUSES[0])
    assert desk.claim() == []
    desk.now += timedelta(seconds=PAUSES[0])
    again = desk.sends_all()
    assert again.id == sent.id
    desk.reports(again, "delivered")
    assert desk.row(sent).receipt == "delivered"


def test_a_rate_limit_that_never_ends_is_a_failure(desk, sent):
    for seconds in PAUSES:
        desk.reports(sent, "failed", "63018")
        desk.now += timedelta(seconds=seconds)
        desk.sends_all()
    desk.reports(sent, "failed", "63018")
    assert desk.row(sent).state == "passed"


# --- seen to ----------------------------------------------------------------------------


def test_what_a_member_of_staff_saw_to_leaves_the_list_once(desk):
    desk.house = replace(desk.house, fallback={})
    desk.promise()
    row = desk.sends_all()
    desk.reports(row, "failed", "63024")

    def handle(office):
        return desk.database.write(lambda tx: outbox.handle(tx, row.id, office, "sari"))

    assert not handle("ma"), "another office's"
    assert handle("pu")
    assert not handle("pu")
    assert desk.database.read(lambda tx: outbox.undelivered(tx, "pu")) == []
    assert desk.row(row).handled_by == "sari"


def test_what_has_no_reported_end_is_asked_about_a_few_times(desk, sent):
    def unconfirmed(asked):
        before = desk.now + timedelta(seconds=1)
        found = desk.database.read(lambda tx: outbox.unconfirmed(tx, asked, before))
        return [row.id for row in found]

    assert sent.id in unconfirmed(0)
    desk.reports(sent, "sent")
    assert sent.id in unconfirmed(0), "it may still fail, and the report of that be lost"
    for asks in (1, 2, 3):
        desk.database.write(lambda tx, asks=asks: outbox.asked(tx, sent.id, asks))
    assert [sent.id in unconfirmed(asks) for asks in (0, 1, 2, 3)] == [False] * 4


def test_what_arrived_is_not_asked_about(desk, sent):
    desk.reports(sent, "delivered")
    later = desk.now + timedelta(days=1)
    found = desk.database.read(lambda tx: outbox.unconfirmed(tx, 0, later))
    assert sent.id not in [row.id for row in found]
