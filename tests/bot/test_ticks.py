"""Working off what is due: each row by itself, whatever becomes of the others."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.gate import Gate
from bot.ticks import BATCH, work_off
from storage import due
from storage.tables import DUE
from talk import MONDAY, rows

DAY = timedelta(days=1)


def works_off(database, house, now=MONDAY):
    async def work():
        return await work_off(Gate(database), house, now)

    return asyncio.run(work())


def arm(database, kind, *subjects):
    def work(tx):
        for subject in subjects:
            due.arm(tx, "pu", kind, str(subject), MONDAY)

    database.write(work)


def test_everything_that_is_due_is_done_in_one_go(database, house):
    arm(database, "horoscope", *range(2 * BATCH + 20))
    assert works_off(database, house)["dropped"] == 2 * BATCH + 20
    assert set(works_off(database, house).values()) == {0}


def test_what_fails_does_not_stop_the_others(database, house, meet):
    meet("1").starts("ktp_ganti").continues(until="nik")
    arm(database, "draft.1", 4711, 1, 4712)
    arm(database, "horoscope", 1)
    counts = works_off(database, house, MONDAY + 2 * DAY)
    assert counts == {"done": 1, "dropped": 1, "later": 0, "failed": 2}
    waiting = {row.subject: row for row in rows(database, DUE) if row.kind == "draft.1"}
    assert waiting["1"].state == "done"
    assert (waiting["4711"].state, waiting["4711"].attempts) == ("waiting", 1)


def test_several_at_once_share_the_work(database, house):
    """They may tick at the same moment; what one has taken is gone for the other."""
    arm(database, "horoscope", *range(3 * BATCH))

    async def together():
        ticks = (work_off(Gate(database), house, MONDAY) for _ in range(3))
        return await asyncio.gather(*ticks)

    counts = asyncio.run(together())
    done = sum(each["dropped"] for each in counts)
    assert done + works_off(database, house)["dropped"] == 3 * BATCH


def test_a_database_that_is_out_of_order_is_not_the_fault_of_a_row(sqlite, house):
    arm(sqlite, "horoscope", 1)
    sqlite.write(lambda tx: tx.execute(sa.text("ALTER TABLE due RENAME COLUMN done_at TO gone")))
    with pytest.raises(Exception, match="done_at"):
        works_off(sqlite, house)
