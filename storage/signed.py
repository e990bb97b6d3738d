"""Signed results: one that counts a ticket, the others kept so that their page says so."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import erasure
from storage.db import Tx
from storage.tables import ATTACHMENTS, LETTERS, SIGNED, TICKETS

_S, _A = SIGNED.c, ATTACHMENTS.c
_WHOLE = (
    sa.select(
        SIGNED, TICKETS.c.number.label("ticket"), TICKETS.c.service,
        LETTERS.c.state.label("letter_state"), LETTERS.c.valid_until,
    )
    .join(TICKETS, TICKETS.c.id == _S.ticket_id)
    .outerjoin(LETTERS, LETTERS.c.id == _S.letter_id)
)  # fmt: skip


def add(
    tx: Tx,
    ticket: Any,
    *,
    letter_id: int | None,
    number: str,
    token: str,
    initials: str,
    file: str,
    sha256: str,
    size: int,
    by: str,
    now: datetime,
) -> None:
    """The ticket's new signed result, whose bytes are in the vault; an older one is replaced."""
    close(tx, ticket.id, "replaced")
    kept = sa.insert(ATTACHMENTS).values(
        id=file, office_id=ticket.office_id, conversation_id=ticket.conversation_id,
        ticket_id=ticket.id, remote={"by": by, "signed": True}, caption="", message_id="",
        state="stored", kind="pdf", media_type="application/pdf", verdict="good", sha256=sha256,
        size=size, attempts=0, error="", due_at=now, created_at=now,
    )  # fmt: skip
    tx.execute(kept)
    new = sa.insert(SIGNED).values(
        office_id=ticket.office_id, ticket_id=ticket.id, letter_id=letter_id, number=number,
        token=token, initials=initials, file=file, sha256=sha256, state="current", at=now, by=by,
    )  # fmt: skip
    tx.execute(new)


def close(tx: Tx, ticket_id: int, state: str) -> bool:
    """The one that counted is "replaced" or "dropped", its bytes go; False when there was none."""
    mine = sa.and_(_S.ticket_id == ticket_id, _S.state == "current")
    row = tx.execute(sa.select(_S.id, _S.file).where(mine)).first()
    if row is None:
        return False
    tx.execute(sa.update(SIGNED).where(_S.id == row.id).values(state=state))
    erasure.doom(tx, _A.id == row.file)
    return True


def current(tx: Tx, ticket_id: int) -> Any | None:
    """The one that counts, while its bytes are here and its letter is in force."""
    wanted = (
        sa.select(SIGNED)
        .join(ATTACHMENTS, _A.id == _S.file)
        .outerjoin(LETTERS, LETTERS.c.id == _S.letter_id)
        .where(
            _S.ticket_id == ticket_id, _S.state == "current", _A.state == "stored",
            sa.or_(_S.letter_id.is_(None), LETTERS.c.state == "issued"),
        )
    )  # fmt: skip
    return tx.execute(wanted).first()


def get(tx: Tx, signed_id: int) -> Any | None:
    """One with its ticket's number and service, and how its letter stands."""
    return tx.execute(_WHOLE.where(_S.id == signed_id)).first()


def by_token(tx: Tx, token: str) -> Any | None:
    """The same, by the secret name of its page."""
    return tx.execute(_WHOLE.where(_S.token == token)).first()
