"""Second factors of staff: the sealed secret of an app, and the hashes of codes on paper."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import RECOVERY_CODES, SECOND_FACTORS

_F = SECOND_FACTORS.c
_R = RECOVERY_CODES.c


def find(tx: Tx, staff_id: int) -> Any | None:
    """The second factor of this person, in use (it has a `secret`) or only begun (`pending`)."""
    return tx.execute(sa.select(SECOND_FACTORS).where(_F.staff_id == staff_id)).first()


def owners(tx: Tx, office_id: str) -> set[int]:
    """Those of an office who have a second factor in use."""
    wanted = sa.select(_F.staff_id).where(_F.office_id == office_id, _F.secret != "")
    return {row.staff_id for row in tx.execute(wanted)}


def begin(tx: Tx, office_id: str, staff_id: int, sealed: str) -> None:
    """Keep a new secret until its first code proves that an app has it; the old one stays."""
    changed = sa.update(SECOND_FACTORS).where(_F.staff_id == staff_id).values(pending=sealed)
    if tx.execute(changed).rowcount == 0:
        new = sa.insert(SECOND_FACTORS).values(
            staff_id=staff_id, office_id=office_id, secret="", pending=sealed, last_step=0
        )
        tx.execute(new)


def confirm(
    tx: Tx, office_id: str, staff_id: int, sealed: str, step: int, papers: Sequence[str]
) -> bool:
    """Use the pending secret from now on, with new recovery codes; False if it is another one."""
    taken = (
        sa.update(SECOND_FACTORS)
        .where(_F.staff_id == staff_id, _F.pending == sealed)
        .values(secret=sealed, pending="", last_step=step)
    )
    if tx.execute(taken).rowcount == 0:
        return False
    tx.execute(sa.delete(RECOVERY_CODES).where(_R.staff_id == staff_id))
    rows = [{"id": each, "office_id": office_id, "staff_id": staff_id} for each in papers]
    tx.execute(sa.insert(RECOVERY_CODES), rows)
    return True


def use_step(tx: Tx, staff_id: int, step: int) -> bool:
    """Use up the code of that half minute and all before it; False if that was done already."""
    used = (
        sa.update(SECOND_FACTORS)
        .where(_F.staff_id == staff_id, _F.last_step < step)
        .values(last_step=step)
    )
    return tx.execute(used).rowcount == 1


def use_paper(tx: Tx, staff_id: int, paper: str, now: datetime) -> bool:
    """Use up a recovery code; False if it is none of theirs or was used."""
    used = (
        sa.update(RECOVERY_CODES)
        .where(_R.id == paper, _R.staff_id == staff_id, _R.used_at.is_(None))
        .values(used_at=now)
    )
    return tx.execute(used).rowcount == 1


def papers_left(tx: Tx, staff_id: int) -> int:
    """How many recovery codes can still be used."""
    wanted = sa.select(sa.func.count()).where(_R.staff_id == staff_id, _R.used_at.is_(None))
    return int(tx.execute(wanted).scalar_one())


def drop(tx: Tx, staff_id: int) -> None:
    """This person signs in with the password alone."""
    tx.execute(sa.delete(RECOVERY_CODES).where(_R.staff_id == staff_id))
    tx.execute(sa.delete(SECOND_FACTORS).where(_F.staff_id == staff_id))
