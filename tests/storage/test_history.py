"""One web chat in both directions, page by page, on both databases."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from storage import history, inbox, outbox
from storage.db import Database, Tx
from talk import MONDAY


class Chat:
    """A chat that is written by hand: `says` at a second, `hears` at a second."""

    def __init__(self, database: Database, address: str = "abc") -> None:
        self.database = database
        self.address = address

    def says(self, name: str, second: int, channel: str = "web") -> None:
        def take(tx: Tx) -> None:
            inbox.take(
                tx, now=MONDAY + timedelta(seconds=second), office_id="", channel=channel,
                external_id=f"{self.address}:{name}", address=self.address, raw=name,
            )  # fmt: skip

        self.database.write(take)

    def hears(self, *texts: str, second: int, channel: str = "web") -> None:
        def put(tx: Tx) -> None:
            outbox.put(
                tx, office_id="pu", channel=channel, address=self.address, payloads=texts,
                now=MONDAY + timedelta(seconds=second),
            )  # fmt: skip

        self.database.write(put)

    def page(self, most: int = 100, before: str = "", after: str = "") -> tuple[list[str], bool]:
        entries, more = self.entries(most, before, after)
        return [entry.body for entry in entries], more

    def entries(
        self, most: int = 100, before: str = "", after: str = ""
    ) -> tuple[list[history.Entry], bool]:
        return self.database.read(
            lambda tx: history.page(tx, self.address, most, before=before, after=after)
        )

    def name(self, body: str) -> str:
        return next(entry.name for entry in self.entries()[0] if entry.body == body)


@pytest.fixture
def chat(database: Database) -> Chat:
    chat = Chat(database)
    chat.hears("greeting", second=0)
    chat.says("ktp", 10)
    chat.hears("which", "hint", second=10)
    chat.says("lost", 20)
    chat.hears("whose", second=20)
    return chat


WHOLE = ["greeting", "ktp", "which", "hint", "lost", "whose"]


def test_replies_follow_what_they_answer_though_their_time_is_the_same(chat: Chat) -> None:
    assert chat.page() == (WHOLE, False)


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
def test_walking_back_meets_every_message_once(chat: Chat, most: int) -> None:
    found: list[str] = []
    before = ""
    while True:
        entries, more = chat.entries(most, before=before)
        found = [entry.body for entry in entries] + found
        if not more:
            break
        before = entries[0].name
    assert found == WHOLE


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
def test_walking_on_meets_every_message_once(chat: Chat, most: int) -> None:
    found = ["greeting"]
    while True:
        entries, more = chat.entries(most, after=chat.name(found[-1]))
        found += [entry.body for entry in entries]
        if not more:
            break
    assert found == WHOLE


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_before_and_after_a_message_leave_out_only_that_one(chat: Chat, at: int) -> None:
    name = chat.name(WHOLE[at])
    assert chat.page(before=name)[0] == WHOLE[:at]
    assert chat.page(after=name)[0] == WHOLE[at + 1 :]


@pytest.mark.parametrize("name", ["0", "999999999999999", "unknown", "abc:ktp", "²", "-1"])
def test_a_place_that_is_not_in_the_chat_gives_the_newest(chat: Chat, name: str) -> None:
    assert chat.page(before=name) == chat.page(after=name) == (WHOLE, False)


def test_other_chats_and_channels_stay_out(chat: Chat, database: Database) -> None:
    other = Chat(database, "xyz")
    other.says("secret", 15)
    other.hears("private", second=15)
    chat.says("telegram", 16, channel="telegram")
    chat.hears("telegram", second=16, channel="telegram")
    assert chat.page() == (WHOLE, False)
    assert chat.page(before=other.name("secret")) == (WHOLE, False)


def plan(database: Database, sql: str) -> Sequence[str]:
    def explain(tx: Tx) -> list[str]:
        tx.cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [str(row) for row in tx.cursor.fetchall()]

    return database.read(explain)


def test_a_chat_is_read_by_its_index(sqlite: Database) -> None:
    steps = plan(
        sqlite,
        "SELECT id FROM inbox WHERE inbox.channel = 'web' AND address = 'a' AND id < 9"
        " ORDER BY id DESC LIMIT 100",
    )
    assert any("inbox_web" in step for step in steps)
    assert not any("TEMP B-TREE" in step for step in steps)
