"""Received files: what is on its way, what was found, to which ticket each belongs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import ATTACHMENTS, CONVERSATIONS

_A = ATTACHMENTS.c
_NEW = Prepared(
    sa.insert(ATTACHMENTS),
    (
        "id office_id conversation_id remote caption message_id state kind media_type "
        "verdict sha256 size attempts error due_at created_at"
    ).split(),
)
_DUE = Prepared(
    sa.select(ATTACHMENTS)
    .where(sa.literal_column("attachments.state = 'waiting'"), _A.due_at <= sa.bindparam("now"))
    .order_by(_A.due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_ANY_DUE = Prepared(
    sa.select(_A.id)
    .where(sa.literal_column("attachments.state = 'waiting'"), _A.due_at <= sa.bindparam("now"))
    .limit(1)
)
_DELAY = Prepared(
    sa.update(ATTACHMENTS).where(_A.id == sa.bindparam("file"), _A.state == sa.bindparam("was")),
    ["due_at", "attempts", "error"],
)
_RECOVER = Prepared(
    sa.update(ATTACHMENTS).where(sa.literal_column("attachments.state = 'waiting'")), ["due_at"]
)
_EXAMINED = Prepared(
    sa.update(ATTACHMENTS).where(_A.id == sa.bindparam("file"), _A.state == sa.bindparam("was")),
    "state kind media_type verdict sha256 size error".split(),
)
_GET = Prepared(sa.select(ATTACHMENTS).where(_A.id == sa.bindparam("file")))
_LINK = Prepared(sa.update(ATTACHMENTS).where(_A.id == sa.bindparam("file")), ["ticket_id"])


def create(
    tx: Tx,
    file: str,
    *,
    office_id: str,
    conversation_id: int,
    remote: Mapping[str, Any],
    caption: str,
    message_id: str,
    due_at: datetime,
    now: datetime,
) -> None:
    """A file that was announced and is to be fetched from `due_at` on."""
    tx.run(
        _NEW, id=file, office_id=office_id, conversation_id=conversation_id, remote=dict(remote),
        caption=caption, message_id=message_id, state="waiting", kind="", media_type="",
        verdict="", sha256="", size=0, attempts=0, error="", due_at=due_at, created_at=now,
    )  # fmt: skip


def any_due(tx: Tx, now: datetime) -> bool:
    """Whether a file is due to be fetched: a look that locks nothing."""
    return tx.one(_ANY_DUE, now=now) is not None


def claim(tx: Tx, now: datetime, lease_until: datetime, most: int) -> list[Any]:
    """Files that are due to be fetched; each becomes due again when the lease ends unanswered."""
    rows = tx.all(_DUE, now=now, most=most)
    for row in rows:
        tx.run(_DELAY, file=row.id, was="waiting", due_at=lease_until, attempts=row.attempts + 1,
               error=row.error)  # fmt: skip
    return rows


def recover(tx: Tx, now: datetime) -> int:
    """Make every file that is on its way due now: for a start when nobody else is fetching."""
    return tx.run(_RECOVER, due_at=now)


def retry(tx: Tx, file: str, due_at: datetime, attempts: int, error: str) -> None:
    """Fetching failed; try again at `due_at`."""
    tx.run(_DELAY, file=file, was="waiting", due_at=due_at, attempts=attempts, error=error)


def examined(
    tx: Tx,
    file: str,
    *,
    state: str,
    verdict: str,
    kind: str = "",
    media_type: str = "",
    sha256: str = "",
    size: int = 0,
    error: str = "",
) -> bool:
    """The end of a fetch: "stored" or "refused", with the verdict.  False if it ended before."""
    touched = tx.run(
        _EXAMINED, file=file, was="waiting", state=state, kind=kind, media_type=media_type,
        verdict=verdict, sha256=sha256, size=size, error=error,
    )  # fmt: skip
    return touched == 1


def get(tx: Tx, file: str) -> Any | None:
    """The file of this id."""
    return tx.one(_GET, file=file)


def handed(tx: Tx, file: str, conversation_id: int) -> Any | None:
    """A file that staff sent to the person of this chat; None for any other file."""
    mine, theirs = CONVERSATIONS.alias(), CONVERSATIONS.alias()
    wanted = (
        sa.select(ATTACHMENTS)
        .join(theirs, theirs.c.id == _A.conversation_id)
        .join(mine, mine.c.person_id == theirs.c.person_id)
        .where(_A.id == file, _A.state == "stored", mine.c.id == conversation_id)
    )
    row = tx.execute(wanted).first()
    return row if row is not None and row.remote.get("by") else None


def link(tx: Tx, files: Sequence[str], ticket_id: int) -> None:
    """These files belong to that ticket."""
    tx.many(_LINK, [{"file": file, "ticket_id": ticket_id} for file in files])


def of_ticket(tx: Tx, ticket_id: int) -> list[Any]:
    """A ticket's files, oldest first."""
    rows = tx.execute(
        sa.select(ATTACHMENTS).where(_A.ticket_id == ticket_id).order_by(_A.created_at, _A.id)
    )
    return list(rows)
