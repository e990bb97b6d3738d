"""Numbers at the office: each given once, called once, whoever presses at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from storage import conversations, counter
from storage.db import Database
from storage.tables import ARRIVALS, COUNTERS
from storage.tickets import next_number
from talk import MONDAY, rows

TODAY = date(2026, 11, 23)
PROCESSES = 4
"""Databases opened beside each other, as several processes have them."""


def draw(database: Database, series="B", *, person=None, form="", at=MONDAY, ticket=None):
    """A number, or the open one that the person has already."""

    def work(tx):
        if form and (before := counter.drawn(tx, form)):
            return before
        if person and (before := counter.of_person(tx, "pu", TODAY, person)):
            return before
        number = next_number(tx, "pu", f"visit-{TODAY:%y%m%d}-{series}")
        return counter.arrive(
            tx,
            {
                "office_id": "pu", "day": TODAY, "series": series, "number": number,
                "lane": series, "draw": form, "service": "", "ticket_id": ticket,
                "person_id": person, "conversation_id": None, "turn_at": at, "arrived_at": at,
                "told": False,
            },
        )  # fmt: skip

    return database.write(work)


def call_first(database: Database, at_counter: int) -> str:
    """What a counter does: look at the first who waits and take them, or look again."""

    def work(tx):
        while head := counter.heads(tx, "pu", TODAY, "B", 1):
            if counter.call(tx, head[0].id, "waiting", at_counter, f"o{at_counter}", MONDAY):
                return f"{head[0].series}-{head[0].number:03}"
        return ""

    return database.write(work)


def at_once(url: str, amount: int, does):
    """`does(database, number)` by so many at the same moment, over several processes."""
    begin = threading.Barrier(amount)
    opened = [Database(url) for _ in range(PROCESSES)]

    def one(number: int):
        begin.wait()
        return does(opened[number % PROCESSES], number)

    try:
        with ThreadPoolExecutor(amount) as threads:
            return list(threads.map(one, range(amount)))
    finally:
        for each in opened:
            with closing(each):
                pass


# --- numbers ----------------------------------------------------------------------------


def test_numbers_are_gapless_in_each_series_however_many_draw_at_once(database, url):
    at_once(url, 24, lambda opened, n: draw(opened, "AB"[n % 2]))
    found = sorted((row.series, row.number) for row in rows(database, ARRIVALS))
    assert found == [(series, n) for series in "AB" for n in range(1, 13)]


def test_a_person_who_arrives_at_several_doors_at_once_has_one_number(database, url, meet):
    meet().opens("pu")
    found = at_once(url, 12, lambda opened, n: draw(opened, "ABP"[n % 3], person=1))
    assert len({row.id for row in found}) == 1
    assert len(rows(database, ARRIVALS)) == 1
    assert draw(database, "B").number <= 2, "what was given back is drawn by the next"


def test_a_form_that_is_sent_twice_draws_one_number(database, url):
    found = at_once(url, 8, lambda opened, n: draw(opened, form="the-form"))
    assert {(row.series, row.number) for row in found} == {("B", 1)}


def test_the_next_day_a_person_has_a_new_number_but_not_two_on_one_day(database, meet):
    meet().opens("pu")
    first = draw(database, person=1)
    assert draw(database, person=1).id == first.id
    database.write(lambda tx: counter.end(tx, first.id, "waiting", "closed", MONDAY))
    assert draw(database, person=1).number == 2


# --- calls ------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting", [5, 16])
def test_counters_that_press_at_the_same_moment_never_get_the_same_person(database, url, waiting):
    for _ in range(waiting):
        draw(database)
    called = at_once(url, 9, lambda opened, n: call_first(opened, n + 1))
    numbers = [each for each in called if each]
    assert len(numbers) == len(set(numbers)) == min(9, waiting)
    assert set(numbers) == {f"B-{n:03}" for n in range(1, len(numbers) + 1)}


def test_it_is_the_comparison_that_keeps_the_promise(database, url):
    """The control: counters that only look and then write get the same people."""
    for _ in range(4):
        draw(database)
    looked = threading.Barrier(4)

    def careless(opened: Database, n: int) -> int:
        head = opened.read(lambda tx: counter.heads(tx, "pu", TODAY, "B", 1)[0])
        looked.wait()
        values = {"state": "called", "counter": n + 1}
        opened.write(
            lambda tx: tx.execute(ARRIVALS.update().where(ARRIVALS.c.id == head.id).values(values))
        )
        return head.id

    assert len(set(at_once(url, 4, careless))) == 1


def test_one_counter_has_one_person_at_a_time(database):
    first, second = draw(database), draw(database)
    take = counter.call
    assert database.write(lambda tx: take(tx, first.id, "waiting", 1, "sari", MONDAY))
    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write(lambda tx: take(tx, second.id, "waiting", 1, "sari", MONDAY))
    assert database.write(lambda tx: counter.end(tx, first.id, "called", "done", MONDAY))
    assert database.write(lambda tx: take(tx, second.id, "waiting", 1, "sari", MONDAY))


def test_what_ended_does_not_end_twice_and_is_not_called(database):
    row = draw(database)
    assert database.write(lambda tx: counter.end(tx, row.id, "waiting", "left", MONDAY))
    assert not database.write(lambda tx: counter.end(tx, row.id, "waiting", "left", MONDAY))
    assert not database.write(lambda tx: counter.call(tx, row.id, "waiting", 1, "sari", MONDAY))
    assert not database.write(lambda tx: counter.come_back(tx, row.id, MONDAY))


def test_a_second_call_keeps_when_the_first_one_was(database):
    row, later = draw(database), MONDAY + timedelta(minutes=3)
    database.write(lambda tx: counter.call(tx, row.id, "waiting", 1, "sari", MONDAY))
    assert database.write(lambda tx: counter.again(tx, row.id, 1, later))
    assert not database.write(lambda tx: counter.again(tx, row.id, 2, later))
    now = database.read(lambda tx: counter.get(tx, row.id))
    assert (now.calls, now.first_called_at, now.called_at) == (2, MONDAY, later)


def test_that_the_turn_is_near_is_told_once(database, url):
    row = draw(database)
    told = at_once(url, 6, lambda opened, _: opened.write(lambda tx: counter.tell(tx, row.id)))
    assert sorted(told) == [False] * 5 + [True]


# --- counters ---------------------------------------------------------------------------


def test_an_officer_has_one_counter_and_a_counter_one_officer(database, url):
    def sit(opened: Database, n: int) -> None:
        opened.write(lambda tx: counter.sit(tx, "pu", n % 3 + 1, f"officer{n % 4}", MONDAY))

    at_once(url, 12, sit)
    seats = rows(database, COUNTERS)
    assert len({row.officer for row in seats}) == len({row.number for row in seats}) == len(seats)


def test_the_old_name_of_a_screen_shows_nothing(database):
    for token in ("old", "new"):
        database.write(lambda tx, token=token: counter.show(tx, "pu", token, MONDAY))
    assert database.read(lambda tx: counter.office_of(tx, "old")) == ""
    assert database.read(lambda tx: counter.office_of(tx, "new")) == "pu"
    assert database.read(lambda tx: counter.screen(tx, "pu")) == "new"
    assert database.read(lambda tx: counter.screen(tx, "ma")) == ""


# --- people -----------------------------------------------------------------------------


def test_two_chats_that_turn_out_to_be_one_person_s_keep_one_number(database, meet):
    meet("1").opens("pu")
    meet("2").opens("pu")
    mine, theirs = draw(database, person=1), draw(database, person=2)
    database.write(lambda tx: conversations.join(tx, 2, into=1))
    found = {row.id: row for row in rows(database, ARRIVALS)}
    assert found[mine.id].state == "waiting"
    assert (found[theirs.id].state, found[theirs.id].person_id) == ("left", 1)


# --- cost -------------------------------------------------------------------------------


def test_calling_the_next_costs_the_same_while_ten_thousand_wait(database):
    """By the plan of the query: the first of a lane is read from its index, and no more."""
    values = {"office_id": "pu", "day": TODAY, "series": "B", "lane": "B", "draw": "",
              "service": "", "turn_at": MONDAY, "arrived_at": MONDAY, "state": "waiting",
              "counter": 0, "officer": "", "calls": 0, "told": False}  # fmt: skip
    many = [{**values, "number": n} for n in range(1, 10_001)]
    database.write(lambda tx: tx.execute(ARRIVALS.insert(), many))
    statement, limit = counter._HEADS.statement, {"office": "pu", "on": TODAY, "in_lane": "B"}
    with database.engine.connect() as connection:
        if not database.sqlite:
            connection.execute(sa.text("ANALYZE arrivals"))
        compiled = statement.params({**limit, "most": 4}).compile(
            connection, compile_kwargs={"render_postcompile": True}
        )
        explain = "EXPLAIN QUERY PLAN " if database.sqlite else "EXPLAIN "
        plan = " ".join(
            str(each)
            for each in connection.exec_driver_sql(
                f"{explain}{compiled}",
                compiled.construct_params() if not database.sqlite
                else tuple(compiled.construct_params()[name] for name in compiled.positiontup),
            )
        )  # fmt: skip
    assert "arrivals_waiting" in plan, plan
    assert "SORT" not in plan.upper(), plan
    assert "TEMP B-TREE" not in plan, plan
