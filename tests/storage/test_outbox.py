"""The outbox: in order per chat, taken by one sender at a time, and nothing is forgotten."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import outbox
from storage.db import Database, Tx
from storage.outbox import ALERT, BROADCAST, REPLY
from storage.tables import OUTBOX
from talk import MONDAY

LEASE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PATIENCE = 60


def promise(
    database: Database,
    *payloads: str,
    address: str = "1",
    channel: str = "telegram",
    office: str = "pu",
    now: datetime = MONDAY,
    priority: int = REPLY,
) -> None:
    database.write(
        lambda tx: outbox.put(
            tx, office_id=office, channel=channel, address=address, payloads=payloads,
            now=now, priority=priority,
        )
    )  # fmt: skip


def claim(
    database: Database, now: datetime = MONDAY, most: int = 100, channel: str = "telegram"
) -> list[Any]:
    return database.write(lambda tx: outbox.claim(tx, channel, now, most, LEASE))


def settle(
    database: Database, row: Any, state: str = "sent", now: datetime = MONDAY, **more: Any
) -> None:
    more.setdefault("attempts", row.attempts + 1)
    database.write(lambda tx: outbox.settle(tx, row.id, state, now, **more))


def payloads(rows: Sequence[Any]) -> list[str]:
    return [row.payload for row in rows]


def stored(database: Database) -> dict[str, Any]:
    """Every row, by its payload."""
    rows = database.read(lambda tx: list(tx.execute(sa.select(OUTBOX).order_by(OUTBOX.c.id))))
    return {row.payload: row for row in rows}


# --- order ----------------------------------------------------------------------------


def test_messages_are_claimed_in_the_order_they_were_promised(database: Database) -> None:
    promise(database, "a", "b", "c")
    promise(database, "d")
    assert payloads(claim(database)) == ["a", "b", "c", "d"]


def test_an_empty_outbox_gives_nothing(database: Database) -> None:
    promise(database)
    assert claim(database) == []


def test_no_more_is_claimed_than_asked_for(database: Database) -> None:
    promise(database, "a", "b", "c")
    assert payloads(claim(database, most=2)) == ["a", "b"]


def test_nothing_is_claimed_twice(database: Database) -> None:
    promise(database, "a", "b")
    claim(database)
    assert claim(database) == []


def test_nothing_is_claimed_behind_a_message_that_is_out(database: Database) -> None:
    promise(database, "a", "b")
    (first,) = claim(database, most=1)
    promise(database, "c")
    assert claim(database) == []
    settle(database, first)
    assert payloads(claim(database)) == ["b", "c"]


def test_nothing_is_claimed_behind_a_message_that_must_wait(database: Database) -> None:
    promise(database, "a", "b")
    first, second = claim(database)
    settle(database, first, "pending", due_at=MONDAY + 10 * SECOND)
    settle(database, second, "pending")
    assert claim(database, MONDAY + 9 * SECOND) == []
    assert payloads(claim(database, MONDAY + 10 * SECOND)) == ["a", "b"]


def test_a_message_in_the_middle_that_must_wait_holds_back_only_what_follows(
    database: Database,
) -> None:
    promise(database, "a", "b", "c")
    rows = claim(database)
    settle(database, rows[0], "pending")
    settle(database, rows[1], "pending", due_at=MONDAY + SECOND)
    settle(database, rows[2], "pending")
    assert payloads(claim(database)) == ["a"]


@pytest.mark.parametrize("end", ["sent", "failed"])
def test_a_message_that_came_to_its_end_holds_nobody_back(database: Database, end: str) -> None:
    promise(database, "a", "b")
    (first,) = claim(database, most=1)
    settle(database, first, end, due_at=MONDAY + timedelta(days=1))
    assert payloads(claim(database)) == ["b"]


def test_other_chats_go_on(database: Database) -> None:
    promise(database, "a", "b")
    (first,) = claim(database, most=1)
    promise(database, "other address", address="2")
    promise(database, "other channel", channel="whatsapp")
    assert payloads(claim(database)) == ["other address"]
    assert payloads(claim(database, channel="whatsapp")) == ["other channel"]
    settle(database, first, "pending", due_at=MONDAY + SECOND)
    promise(database, "later", address="2", now=MONDAY)
    assert claim(database) == []  # "other address" is out


def test_a_message_is_not_claimed_before_it_is_due(database: Database) -> None:
    promise(database, "later", now=MONDAY + SECOND)
    assert claim(database, MONDAY) == []
    assert payloads(claim(database, MONDAY + SECOND)) == ["later"]


# --- priority -------------------------------------------------------------------------


def test_what_a_person_waits_for_overtakes_what_the_office_sends(database: Database) -> None:
    promise(database, "broadcast", address="1", priority=BROADCAST)
    promise(database, "alert", address="2", priority=ALERT)
    promise(database, "reply", address="3", priority=REPLY)
    assert payloads(claim(database)) == ["reply", "alert", "broadcast"]


def test_priority_decides_who_is_left_for_later(database: Database) -> None:
    for n in range(5):
        promise(database, f"broadcast {n}", address=f"b{n}", priority=BROADCAST)
    promise(database, "reply", address="1")
    assert payloads(claim(database, most=2)) == ["reply", "broadcast 0"]


def test_a_reply_overtakes_a_broadcast_of_its_own_chat(database: Database) -> None:
    promise(database, "broadcast", priority=BROADCAST)
    promise(database, "reply")
    assert payloads(claim(database)) == ["reply", "broadcast"]


# --- leases ---------------------------------------------------------------------------


def test_a_claim_lasts_as_long_as_its_lease(database: Database) -> None:
    promise(database, "a")
    claim(database)
    assert database.write(lambda tx: outbox.release(tx, MONDAY + LEASE - SECOND)) == 0
    assert claim(database, MONDAY + LEASE - SECOND) == []
    assert database.write(lambda tx: outbox.release(tx, MONDAY + LEASE)) == 1
    assert payloads(claim(database, MONDAY + LEASE)) == ["a"]


def test_only_what_expired_is_released(database: Database) -> None:
    promise(database, "old", address="1")
    claim(database, MONDAY)
    promise(database, "new", address="2")
    claim(database, MONDAY + 30 * SECOND)
    assert database.write(lambda tx: outbox.release(tx, MONDAY + LEASE)) == 1
    assert payloads(claim(database, MONDAY + LEASE)) == ["old"]


def test_what_was_settled_is_never_released(database: Database) -> None:
    promise(database, "sent", "failed", "waiting")
    for row, state in zip(claim(database), ("sent", "failed", "pending"), strict=True):
        settle(database, row, state, due_at=MONDAY + timedelta(days=1))
    before = stored(database)
    assert database.write(lambda tx: outbox.release(tx, MONDAY + timedelta(days=2))) == 0
    assert database.write(outbox.recover) == 0
    assert stored(database) == before


def test_recovering_gives_back_all_claims_at_once_and_in_order(database: Database) -> None:
    promise(database, "a", "b")
    promise(database, "c", address="2")
    claim(database)
    assert database.write(outbox.recover) == 3
    assert payloads(claim(database)) == ["a", "b", "c"]


def test_a_row_given_back_keeps_its_attempts_and_has_no_lease(database: Database) -> None:
    promise(database, "a")
    (row,) = claim(database)
    settle(database, row, "pending", attempts=4, error="busy")
    claim(database)
    assert stored(database)["a"].lease_until == MONDAY + LEASE
    database.write(outbox.recover)
    given_back = stored(database)["a"]
    assert (given_back.attempts, given_back.error) == (4, "busy")
    assert given_back.lease_until is None


# --- what became of it ----------------------------------------------------------------


def test_a_new_message_waits(database: Database) -> None:
    promise(database, "a")
    row = stored(database)["a"]
    assert (row.state, row.attempts, row.error, row.external_id) == ("pending", 0, "", "")
    assert row.due_at == row.created_at == MONDAY
    assert row.settled_at is None
    assert row.lease_until is None


def test_a_sent_message_keeps_its_id_and_its_time(database: Database) -> None:
    promise(database, "a")
    (row,) = claim(database)
    settle(database, row, "sent", MONDAY + SECOND, external_id="tg-77")
    row = stored(database)["a"]
    assert (row.state, row.attempts, row.error, row.external_id) == ("sent", 1, "", "tg-77")
    assert row.settled_at == MONDAY + SECOND
    assert row.lease_until is None


def test_a_failed_message_keeps_its_reason(database: Database) -> None:
    promise(database, "a")
    (row,) = claim(database)
    settle(database, row, "failed", MONDAY + SECOND, error="blocked by the user")
    row = stored(database)["a"]
    assert (row.state, row.error, row.settled_at) == (
        "failed", "blocked by the user", MONDAY + SECOND,
    )  # fmt: skip


def test_a_message_to_be_tried_again_is_not_settled(database: Database) -> None:
    promise(database, "a")
    (row,) = claim(database)
    settle(database, row, "pending", due_at=MONDAY + 5 * SECOND, error="busy")
    row = stored(database)["a"]
    assert (row.state, row.attempts, row.error) == ("pending", 1, "busy")
    assert row.due_at == MONDAY + 5 * SECOND
    assert row.settled_at is None
    assert row.lease_until is None


def test_settling_touches_no_other_row(database: Database) -> None:
    promise(database, "a", "b", "c")
    rows = claim(database)
    before = stored(database)
    settle(database, rows[1])
    after = stored(database)
    assert after["b"] != before["b"]
    assert (after["a"], after["c"]) == (before["a"], before["c"])


def test_a_promise_goes_with_its_transaction(database: Database) -> None:
    def work(tx: Tx) -> None:
        outbox.put(
            tx, office_id="pu", channel="telegram", address="1", payloads=["a"], now=MONDAY
        )  # fmt: skip
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)
    assert stored(database) == {}


# --- looking --------------------------------------------------------------------------


def test_whether_anything_is_due(database: Database) -> None:
    def any_due(now: datetime) -> bool:
        return database.read(lambda tx: outbox.any_due(tx, "telegram", now))

    assert not any_due(MONDAY)
    promise(database, "a", now=MONDAY + SECOND)
    assert not any_due(MONDAY)
    assert any_due(MONDAY + SECOND)
    claim(database, MONDAY + SECOND)
    assert not any_due(MONDAY + SECOND)
    promise(database, "b", channel="whatsapp")
    assert not any_due(MONDAY + SECOND), "in this channel"


def test_what_was_sent_to_a_chat_comes_in_pages(database: Database) -> None:
    promise(database, *"abcdefg")
    promise(database, "not here", address="2")
    promise(database, "nor here", channel="web")

    def page_after(row_id: int) -> list[Any]:
        return database.read(lambda tx: outbox.sent_to(tx, "telegram", "1", row_id, 3))

    seen: list[str] = []
    after = 0
    while page := page_after(after):
        assert len(page) <= 3
        seen += payloads(page)
        after = page[-1].id
    assert seen == list("abcdefg")


def test_a_chat_shows_its_messages_whatever_became_of_them(database: Database) -> None:
    promise(database, "sent", "failed", "waiting", "out")
    rows = claim(database)
    for row in rows[:3]:
        state = "pending" if row.payload == "waiting" else row.payload
        settle(database, row, state, MONDAY + SECOND)
    seen = database.read(lambda tx: outbox.sent_to(tx, "telegram", "1"))
    assert [(row.state, row.settled_at is not None) for row in seen] == [
        ("sent", True), ("failed", True), ("pending", False), ("claimed", False),
    ]  # fmt: skip


def test_undelivered_are_the_failures_of_one_office_newest_first(database: Database) -> None:
    promise(database, "a", "fine", "b", "c")
    promise(database, "elsewhere", office="ps", address="2")
    for row in claim(database):
        settle(database, row, "sent" if row.payload == "fine" else "failed")
    promise(database, "waiting")

    def undelivered(office: str, most: int) -> list[str]:
        return payloads(database.read(lambda tx: outbox.undelivered(tx, office, most)))

    assert undelivered("pu", 50) == ["c", "b", "a"]
    assert undelivered("pu", 2) == ["c", "b"]
    assert undelivered("ps", 50) == ["elsewhere"]


# --- two senders ----------------------------------------------------------------------


def test_two_claimers_at_once_never_get_the_same_row(database: Database) -> None:
    for n in range(120):
        promise(database, *(f"{n}-{m}" for m in range(2)), address=str(n))
    at_once = threading.Barrier(4)

    def take(_: int) -> list[int]:
        taken: list[int] = []
        at_once.wait(PATIENCE)
        while rows := claim(database, most=5):
            taken += [row.id for row in rows]
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [row_id for rows in threads.map(take, range(4)) for row_id in rows]
    assert len(taken) == len(set(taken))
    assert len(taken) >= 120
    assert all(row.state == "claimed" for row in stored(database).values() if row.id in taken)


def test_two_senders_at_once_keep_every_chat_in_order(database: Database) -> None:
    for m in range(6):
        for n in range(8):
            promise(database, f"{n}-{m}", address=str(n))
    sent: dict[str, list[int]] = defaultdict(list)
    writing = threading.Lock()
    end = time.monotonic() + PATIENCE

    def pending() -> bool:
        return any(row.state == "pending" for row in stored(database).values())

    def send(_: int) -> None:
        while pending() and time.monotonic() < end:
            for row in claim(database, most=3):
                with writing:
                    sent[row.address].append(row.id)
                settle(database, row)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, range(4)))
    assert sum(map(len, sent.values())) == 48
    assert all(ids == sorted(ids) for ids in sent.values())


def test_a_claimer_waits_for_the_one_before_it_and_takes_nothing_of_its_chats(
    database: Database,
) -> None:
    promise(database, "a", "b")
    promise(database, "c", address="2")
    holding, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> list[Any]:
        rows = outbox.claim(tx, "telegram", MONDAY, 1, LEASE)
        holding.set()
        go_on.wait(PATIENCE)
        return rows

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(database.write, slow)
        assert holding.wait(PATIENCE)
        second = threads.submit(claim, database)
        time.sleep(0.2)  # the second has begun, and on PostgreSQL sees the first row unclaimed
        go_on.set()
        assert payloads(first.result(PATIENCE)) == ["a"]
        assert payloads(second.result(PATIENCE)) == ["c"]


# --- broadcasts ---------------------------------------------------------------------------


def test_of_broadcasts_only_so_many_are_taken_and_of_replies_all(database):
    for address in "abcd":
        promise(database, f"broadcast {address}", address=address, priority=BROADCAST)
        promise(database, f"reply {address}", address=f"{address}2")
    rows = database.write(lambda tx: outbox.claim(tx, "telegram", MONDAY, 100, LEASE, 2))
    assert payloads(rows) == [
        "reply a", "reply b", "reply c", "reply d", "broadcast a", "broadcast b",
    ]  # fmt: skip
    assert database.write(lambda tx: outbox.claim(tx, "telegram", MONDAY, 100, LEASE, 0)) == []


def test_what_may_not_be_taken_counts_as_nothing_due(database):
    promise(database, "broadcast", priority=BROADCAST)
    assert database.read(lambda tx: outbox.any_due(tx, "telegram", MONDAY))
    assert not database.read(lambda tx: outbox.any_due(tx, "telegram", MONDAY, ALERT))


def test_a_broadcast_that_is_tried_again_later_holds_back_no_reply(database):
    promise(database, "broadcast", priority=BROADCAST)
    (row,) = claim(database)
    settle(database, row, "pending", due_at=MONDAY + 60 * SECOND)
    promise(database, "reply")
    promise(database, "another broadcast", priority=BROADCAST)
    assert payloads(claim(database)) == ["reply"]
