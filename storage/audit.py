"""The audit log: one chain of entries an office, each sealed together with the one before.

An entry takes its number from `sequences`, whose row stays locked until the commit: writers of
one office stand in line, so none forks the chain, and a number that was rolled back is given
again.  Nothing here changes or deletes an entry.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import AUDIT, SEQUENCES
from storage.tickets import next_number

SERIES = "audit"
BATCH = 500
"""Entries read at once."""

_A = AUDIT.c
_NEW = Prepared(
    sa.insert(AUDIT), "office_id seq at actor action subject detail previous hash".split()
)
_HASH = Prepared(
    sa.select(_A.hash).where(_A.office_id == sa.bindparam("office"), _A.seq == sa.bindparam("at"))
)


def canonical(value: Any) -> str:
    """JSON that is written in one way only."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sealed(entry: Any) -> str:
    """The hash that an entry must have: SHA-256 over all its other columns."""
    parts = [
        entry.previous, entry.office_id, entry.seq, entry.at.astimezone(UTC).isoformat(),
        entry.actor, entry.action, entry.subject, entry.detail,
    ]  # fmt: skip
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def append(
    tx: Tx,
    office_id: str,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, Any],
) -> int:
    """Add an entry to an office's chain; returns its number."""
    seq = next_number(tx, office_id, SERIES)
    before = tx.one(_HASH, office=office_id, at=seq - 1)
    values = {
        "office_id": office_id, "seq": seq, "at": now, "actor": actor, "action": action,
        "subject": subject, "detail": canonical(detail) if detail else "",
        "previous": before.hash if before else "",
    }  # fmt: skip
    tx.run(_NEW, **values, hash=sealed(SimpleNamespace(**values)))
    return seq


# --- for verification -----------------------------------------------------------------


def offices(tx: Tx) -> list[str]:
    """Every office with a chain, also one whose entries are gone."""
    given = sa.select(SEQUENCES.c.office_id).where(SEQUENCES.c.series == SERIES)
    there = sa.select(_A.office_id).distinct()
    return sorted({row.office_id for row in [*tx.execute(given), *tx.execute(there)]})


def given_out(tx: Tx, office_id: str) -> int:
    """The last number that was given to an entry of this office."""
    wanted = sa.select(SEQUENCES.c.last).where(
        SEQUENCES.c.office_id == office_id, SEQUENCES.c.series == SERIES
    )
    return int(tx.execute(wanted).scalar() or 0)


def head(tx: Tx, office_id: str) -> Any | None:
    """The newest entry of an office."""
    wanted = sa.select(AUDIT).where(_A.office_id == office_id).order_by(_A.seq.desc())
    return tx.execute(wanted.limit(1)).first()


def walk(tx: Tx, office_id: str) -> Iterator[Any]:
    """An office's entries from the first on, few of them in memory at a time."""
    wanted = sa.select(AUDIT).where(_A.office_id == office_id).order_by(_A.seq).limit(BATCH)
    rows = list(tx.execute(wanted))
    while rows:
        yield from rows
        rows = list(tx.execute(wanted.where(_A.seq > rows[-1].seq)))


# --- for the desk ---------------------------------------------------------------------


def entries(
    tx: Tx,
    office_id: str,
    *,
    actions: Sequence[str] = (),
    actor: str = "",
    subject: str = "",
    before: int | None = None,
    most: int = 50,
) -> Sequence[Any]:
    """An office's newest entries: such deeds only, of somebody, about something."""
    wanted = sa.select(AUDIT).where(_A.office_id == office_id)
    if actions:
        wanted = wanted.where(_A.action.in_(actions))
    if actor:
        wanted = wanted.where(_A.actor == actor)
    if subject:
        wanted = wanted.where(_A.subject == subject)
    if before is not None:
        wanted = wanted.where(_A.seq < before)
    return list(tx.execute(wanted.order_by(_A.seq.desc()).limit(most)))
