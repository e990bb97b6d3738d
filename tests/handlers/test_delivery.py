"""What became of messages: in order per chat, tried again, given up, and never in silence."""

from datetime import timedelta

import pytest

from handlers.delivery import Settled, settle
from handlers.housekeeping import recover, tidy
from handlers.message import Message
from storage import outbox
from storage.tables import CONVERSATIONS, OUTBOX
from talk import MONDAY, STAFF_CHAT, rows

LEASE = timedelta(seconds=90)
LATER = timedelta(seconds=5)


class Post:
    """A sender by hand: claims rows and says what became of them."""

    def __init__(self, database, house):
        self.database, self.house, self.now = database, house, MONDAY

    def promise(self, *texts, address="1", office="pu"):
        payloads = [Message(text).payload() for text in texts]
        self.database.write(
            lambda tx: outbox.put(
                tx, office_id=office, channel="telegram", address=address, payloads=payloads,
                now=self.now,
            )
        )  # fmt: skip

    def claim(self, most=100):
        return self.database.write(lambda tx: outbox.claim(tx, "telegram", self.now, most, LEASE))

    def settle(self, *verdicts):
        self.database.write(lambda tx: settle(tx, self.house, verdicts, self.now))

    def sent(self, row):
        self.settle(Settled(row, "sent", row.attempts + 1, external_id=f"m{row.id}"))

    def failed(self, row, **more):
        self.settle(Settled(row, "failed", row.attempts + 1, "403 blocked", **more))

    def again(self, row, after=LATER):
        due = self.now + after
        self.settle(Settled(row, "pending", row.attempts + 1, "500", due_at=due))

    def texts(self, claimed):
        return [Message.of(row.payload).text for row in claimed]

    def alerts(self):
        sent = [row for row in rows(self.database, OUTBOX) if row.address == STAFF_CHAT]
        return [Message.of(row.payload).text for row in sent]


@pytest.fixture
def post(database, house):
    return Post(database, house)


def test_a_chat_s_messages_are_given_out_in_the_order_they_were_promised(post):
    post.promise("a", "b")
    post.promise("c")
    assert post.texts(post.claim()) == ["a", "b", "c"]


def test_behind_a_message_that_is_out_nothing_of_its_chat_is_given_out(post):
    post.promise("a", "b")
    (first,) = post.claim(most=1)
    post.promise("other", address="2")
    assert post.texts(post.claim()) == ["other"]
    post.sent(first)
    assert post.texts(post.claim()) == ["b"]


def test_a_message_to_be_tried_again_holds_its_chat_and_no_other(post):
    post.promise("a", "b")
    post.promise("other", address="2")
    for row in post.claim():
        post.again(row) if row.address == "1" else post.sent(row)
    assert post.claim() == []
    post.now += LATER
    assert post.texts(post.claim()) == ["a", "b"]


def test_each_attempt_is_counted(post):
    post.promise("a")
    for attempts in range(3):
        (row,) = post.claim()
        assert row.attempts == attempts
        post.again(row)
        post.now += LATER
    (row,) = rows(post.database, OUTBOX)
    assert (row.attempts, row.error) == (3, "500")


def test_a_failed_message_is_settled_and_its_chat_goes_on(post):
    post.promise("a", "b")
    first, second = post.claim()
    post.failed(first)
    post.sent(second)
    states = [row.state for row in rows(post.database, OUTBOX) if row.address == "1"]
    assert states == ["failed", "sent"]
    post.promise("c")
    assert "c" in post.texts(post.claim())


def test_staff_hear_of_a_message_that_cannot_be_delivered(post):
    post.promise("a")
    post.failed(post.claim()[0])
    assert post.alerts() == [post.house.words.say("alert_undelivered", number="")]


def test_an_alert_that_cannot_be_delivered_makes_no_other(post):
    post.promise("a")
    post.failed(post.claim()[0])
    (alert,) = post.claim()
    post.failed(alert)
    assert len(post.alerts()) == 1
    assert post.claim() == []


def test_somebody_who_left_is_noted_and_nobody_alerted(post, citizen):
    citizen.opens("pu")
    post.now = citizen.now
    post.failed(post.claim()[0], left=True)
    assert rows(post.database, CONVERSATIONS)[0].left_at == post.now
    assert post.alerts() == []


def test_a_row_whose_sender_died_is_given_back_when_its_lease_ends(post):
    post.promise("a", "b")
    post.claim()
    post.now += LEASE - timedelta(seconds=1)
    assert post.database.write(lambda tx: tidy(tx, LEASE, LEASE, post.now))["released"] == 0
    assert post.claim() == []
    post.now += timedelta(seconds=1)
    assert post.database.write(lambda tx: tidy(tx, LEASE, LEASE, post.now))["released"] == 2
    assert post.texts(post.claim()) == ["a", "b"]


def test_at_the_start_of_the_only_process_nothing_is_held(post):
    post.promise("a")
    post.claim()
    post.database.write(lambda tx: recover(tx, post.now))
    assert post.texts(post.claim()) == ["a"]


def test_a_sent_message_keeps_the_id_the_channel_gave_it(post):
    post.promise("a")
    post.sent(post.claim()[0])
    (row,) = rows(post.database, OUTBOX)
    assert (row.state, row.external_id, row.settled_at) == ("sent", f"m{row.id}", post.now)


def test_a_long_error_is_cut(post):
    post.promise("a")
    (row,) = post.claim()
    post.settle(Settled(row, "failed", 1, "x" * 10_000))
    assert len(rows(post.database, OUTBOX)[0].error) == 500


def test_the_verdicts_of_one_chat_are_settled_together(post):
    """Or else a crash in between would send the second before the first."""
    post.promise("a", "b")
    first, second = post.claim()

    def crash(tx):
        settle(tx, post.house, [Settled(first, "sent", 1), Settled(second, "sent", 1)], post.now)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        post.database.write(crash)
    assert [row.state for row in rows(post.database, OUTBOX)] == ["claimed", "claimed"]
