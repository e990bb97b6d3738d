"""One officer holds a chat, whoever else begins at the same moment; words stay in order."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from storage import conversations, talks
from storage.db import Database, Tx
from storage.tables import CONVERSATIONS, TALKS
from talk import MONDAY, rows

OFFICERS = [f"officer{number}" for number in range(16)]


@pytest.fixture
def chat(database: Database) -> int:
    row = database.write(
        lambda tx: conversations.create(tx, "pu", "telegram", "1", "Yuni", "", MONDAY)
    )
    return int(row.id)


def begin(database: Database, chat: int, officer: str) -> int | None:
    return database.write(lambda tx: talks.begin(tx, "pu", chat, None, officer, MONDAY))


def test_of_sixteen_who_begin_at_once_one_holds_the_chat(database, chat):
    with ThreadPoolExecutor(16) as pool:
        begun = list(pool.map(lambda each: begin(database, chat, each), OFFICERS))
    (talk,) = [each for each in begun if each is not None]
    (row,) = rows(database, TALKS)
    assert row.id == talk
    assert [each.talk_id for each in rows(database, CONVERSATIONS)] == [talk]


def test_without_the_constraint_it_would_go_wrong(database, chat):
    """The control: the same deeds, checked by looking first."""

    def carelessly(officer: str) -> bool:
        if database.read(lambda tx: talks.of_chat(tx, chat)) is not None:
            return False
        values = {"office_id": "pu", "conversation_id": chat, "officer": officer,
                  "waits_for": "citizen", "waits_since": MONDAY, "opened_at": MONDAY,
                  "ended_by": ""}  # fmt: skip
        database.write(lambda tx: tx.execute(TALKS.insert().values(values)))
        return True

    database.write(lambda tx: tx.execute(sa.text("DROP INDEX talks_held")))
    found = set()
    for _ in range(20):
        database.write(lambda tx: tx.execute(TALKS.delete()))
        with ThreadPoolExecutor(16) as pool:
            found.add(sum(pool.map(carelessly, OFFICERS)))
    assert max(found) > 1


def test_of_sixteen_who_take_over_at_once_one_does(database, chat):
    talk = begin(database, chat, "sari")
    assert talk is not None

    def hand(officer: str) -> bool:
        return database.write(lambda tx: talks.hand(tx, talk, "sari", officer))

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(hand, OFFICERS)) == 1


def test_a_talk_ends_once_and_the_chat_can_be_held_again(database, chat):
    first = begin(database, chat, "sari")

    def end(tx: Tx) -> bool:
        return talks.end(tx, talks.look(tx, first), "sari", MONDAY)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: database.write(end), range(8))) == 1
    assert [each.talk_id for each in rows(database, CONVERSATIONS)] == [None]
    second = begin(database, chat, "budi")
    assert second not in (None, first)
    assert not database.write(lambda tx: talks.hand(tx, first, "sari", "rina"))


def test_an_end_that_comes_late_does_not_free_the_chat_of_the_next_talk(database, chat):
    first = begin(database, chat, "sari")
    late = database.read(lambda tx: talks.look(tx, first))
    database.write(lambda tx: talks.end(tx, late, "sari", MONDAY))
    second = begin(database, chat, "budi")
    assert not database.write(lambda tx: talks.end(tx, late, "clock", MONDAY))
    assert [each.talk_id for each in rows(database, CONVERSATIONS)] == [second]


def test_words_of_another_office_are_not_shown(database, chat):
    talk = begin(database, chat, "sari")

    def say(tx: Tx) -> None:
        talks.say(tx, talks.look(tx, talk), "citizen", "text", "Halo", MONDAY)

    database.write(say)
    assert [w.text for w in database.read(lambda tx: talks.words(tx, "pu", [chat]))] == ["Halo"]
    assert database.read(lambda tx: talks.words(tx, "ma", [chat])) == []
    assert database.read(lambda tx: talks.words(tx, "pu", [])) == []
