"""What officers decided of each document, and which originals they have seen.

A decision belongs to one version of a document, so what comes anew begins unjudged.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.tables import DECISIONS, ORIGINALS

_D = DECISIONS.c
_O = ORIGINALS.c


def of_ticket(tx: Tx, ticket_id: int) -> list[Any]:
    """Every decision about a ticket's documents, oldest first."""
    return list(
        tx.execute(sa.select(DECISIONS).where(_D.ticket_id == ticket_id).order_by(_D.at, _D.id))
    )


def decide(
    tx: Tx,
    ticket: Any,
    document: str,
    version: str,
    decision: str,
    *,
    was: str,
    reason: str,
    note: str,
    officer: str,
    now: datetime,
) -> bool:
    """Keep a decision if the version's last one still is `was` ("" for none).

    False when somebody else was quicker.
    """
    found = {"decision": decision, "reason": reason, "note": note, "officer": officer, "at": now}
    if was:
        changed = sa.update(DECISIONS).where(
            _D.ticket_id == ticket.id, _D.document == document, _D.version == version,
            _D.decision == was,
        )  # fmt: skip
        return tx.execute(changed.values(**found)).rowcount == 1
    return _once(
        tx, DECISIONS, office_id=ticket.office_id, ticket_id=ticket.id, document=document,
        version=version, **found,
    )  # fmt: skip


def originals(tx: Tx, ticket_id: int) -> dict[str, Any]:
    """The originals that were shown, by document."""
    rows = tx.execute(sa.select(ORIGINALS).where(_O.ticket_id == ticket_id))
    return {row.document: row for row in rows}


def tick(tx: Tx, ticket: Any, document: str, officer: str, now: datetime) -> bool:
    """The original was shown.  False when that was noted before."""
    return _once(
        tx, ORIGINALS, ticket_id=ticket.id, document=document, office_id=ticket.office_id,
        officer=officer, at=now,
    )  # fmt: skip


def untick(tx: Tx, ticket_id: int, document: str) -> bool:
    """It was not shown after all.  False when nobody had said so."""
    gone = sa.delete(ORIGINALS).where(_O.ticket_id == ticket_id, _O.document == document)
    return tx.execute(gone).rowcount == 1


def _once(tx: Tx, table: sa.Table, **values: Any) -> bool:
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    new = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.office_id)
    return tx.execute(new).first() is not None
