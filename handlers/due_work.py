"""One thing that is due: taken, done, and marked in one transaction.

Killed at any moment, either all of it happened or nothing.  What has become pointless is
dropped, with its reason; what fails is tried again later and, in the end, left for people.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from handlers import (
    dispatch,
    erasure,
    escalation,
    privacy,
    promises,
    reminders,
    replan,
    talks,
    visits,
    waiting,
    walkins,
)
from handlers.offices import House
from handlers.reminders import Dropped, Later
from storage import due
from storage.db import Tx
from storage.faults import point

PAUSES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3))
"""Before each new attempt at something that failed."""


class Work(Protocol):
    """What is done when a kind is due; returns what became of it, None when it is done."""

    def __call__(self, tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None: ...


KINDS: Mapping[str, Work] = {
    "draft": reminders.draft,
    "correction": reminders.correction,
    "expiry": reminders.expiry,
    "ready": reminders.ready,
    "visit": visits.visit,
    "displaced": replan.tell,
    "valid": reminders.valid,
    "sla": promises.sla,
    "alarm": escalation.alarm,
    "digest": promises.digest,
    "broadcast": dispatch.begin,
    "privacy": privacy.deadline,
    "erasure": erasure.finish,
    "talk": talks.silent,
    "counter": waiting.close,
    "walkin": walkins.end,
}
"""By the first part of a row's kind: "draft.2" is the second reminder of a draft."""


def perform(tx: Tx, house: House, row: Any, now: datetime) -> str:
    """Do what is due; returns "done", "dropped", "later", or "gone" if somebody else did it."""
    point("due.before")
    if not due.take(tx, row, now):
        return "gone"
    work = KINDS.get(row.kind.partition(".")[0])
    outcome = Dropped("unknown") if work is None else work(tx, house, row, now)
    point("due.after")
    match outcome:
        case Later(at=at):
            due.settle(tx, row, "waiting", now, due_at=at)
            return "later"
        case Dropped(why=why):
            due.settle(tx, row, "dropped", now, note=why)
            return "dropped"
    return "done"


def fail(tx: Tx, row: Any, error: str, now: datetime) -> None:
    """After a bug: try again later, and at last leave it, visibly."""
    if not due.take(tx, row, now):
        return  # somebody else could do it meanwhile
    attempts = row.attempts + 1
    if row.attempts < len(PAUSES):
        at = now + PAUSES[row.attempts]
        due.settle(tx, row, "waiting", now, due_at=at, note=error, attempts=attempts)
    else:
        due.settle(tx, row, "failed", now, note=error, attempts=attempts)
