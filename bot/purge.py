"""Once a day what was kept long enough goes, in steps so small that no chat waits for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa

from bot.gate import Gate
from flows.lifecycle import CLOSED
from handlers import retention as deeds
from handlers.retention import Keeping
from storage import bookmarks, enclosures, retention
from storage.db import Tx
from storage.retention import WINDOW
from storage.tables import CONVERSATIONS, TICKETS

EVERY = timedelta(days=1)
BATCH = 100
"""Rows changed in one transaction."""
NAME = "purge"


class Find(Protocol):
    """Rows of the window of ids after `after`."""

    def __call__(self, tx: Tx, /, *, after: int) -> Sequence[Any]: ...


class Drop(Protocol):
    """Let go of what these rows hold."""

    def __call__(self, tx: Tx, /, *, rows: Sequence[Any]) -> None: ...


async def purge(gate: Gate, keeping: Keeping, now: datetime) -> int:
    """What is due to go today; returns how many rows, 0 when that was done already."""
    done = await gate.read(lambda tx: bookmarks.find(tx, NAME))
    if done is not None and now - done < EVERY:
        return 0
    count = await _closed(gate, keeping, now)
    if keeping.drafts:
        count += await _drafts(gate, now - keeping.drafts, now)
    if keeping.chat:
        count += await _chat(gate, now - keeping.chat, now)
    ended = now - keeping.chat if keeping.chat else None
    while gone := await gate.write(
        partial(enclosures.drop_unused, made_before=now - EVERY, ended_before=ended, most=BATCH)
    ):
        count += gone
    await gate.write(lambda tx: bookmarks.put(tx, NAME, now))
    return count


async def _closed(gate: Gate, keeping: Keeping, now: datetime) -> int:
    count = 0
    if keeping.answers:
        before = now - keeping.answers
        count += await _walk(
            gate, TICKETS,
            partial(retention.closed, statuses=CLOSED, before=before, photos=False),
            partial(deeds.drop_answers, now=now),
        )  # fmt: skip
    if keeping.photos:
        since = now - keeping.photos
        count += await _walk(
            gate, TICKETS,
            partial(retention.closed, statuses=CLOSED, before=since, photos=True),
            partial(deeds.drop_photos, now=now),
        )  # fmt: skip
    return count


async def _drafts(gate: Gate, before: datetime, now: datetime) -> int:
    count = await _walk(
        gate, CONVERSATIONS,
        partial(retention.silent, before=before),
        partial(deeds.drop_drafts, before=before, now=now),
    )  # fmt: skip
    while rows := await gate.read(lambda tx: retention.loose(tx, before, BATCH)):
        await gate.write(partial(deeds.drop_files, rows=rows, before=before, now=now))
        count += len(rows)
    return count


async def _chat(gate: Gate, before: datetime, now: datetime) -> int:
    count = 0
    for work in (retention.updates, retention.messages, retention.words, retention.alerts):
        while gone := await gate.write(partial(work, before=before, most=BATCH)):
            count += gone
    count += await gate.write(lambda tx: retention.questions(tx, before))
    return count + await gate.write(lambda tx: retention.links(tx, now))


async def _walk(gate: Gate, table: sa.Table, find: Find, drop: Drop) -> int:
    """All of a table, a window of ids at a time, changed a few rows at a time."""
    count, last = 0, await gate.read(lambda tx: retention.last_id(tx, table))
    for after in range(0, last, WINDOW):
        rows = await gate.read(partial(find, after=after))
        for start in range(0, len(rows), BATCH):
            await gate.write(partial(drop, rows=rows[start : start + BATCH]))
        count += len(rows)
    return count
