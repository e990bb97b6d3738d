"""Who works at the desk, the browsers they are signed in with, and invitations.

Keeps hashes of passwords, cookies and links, never the things themselves.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import INVITES, STAFF, STAFF_SESSIONS

_S = STAFF.c
_B = STAFF_SESSIONS.c
_I = INVITES.c
_COLUMNS = ("office_id", "login", "name", "role", "password_hash", "created_at")
_NEW = Prepared(sa.text(
    f"INSERT INTO staff ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)})"  # noqa: S608
    " ON CONFLICT (login) DO NOTHING"
).bindparams(sa.bindparam("created_at", type_=_S.created_at.type)))  # fmt: skip

# --- people ---------------------------------------------------------------------------


def add(
    tx: Tx,
    *,
    office_id: str,
    login: str,
    name: str,
    role: str,
    password_hash: str,
    now: datetime,
) -> bool:
    """A new member of staff; False when somebody has that login."""
    added = tx.run(
        _NEW, office_id=office_id, login=login, name=name, role=role,
        password_hash=password_hash, created_at=now,
    )  # fmt: skip
    return added == 1


def by_login(tx: Tx, login: str) -> Any | None:
    """The member of staff with that login, disabled or not."""
    return tx.execute(sa.select(STAFF).where(_S.login == login)).first()


def everyone(tx: Tx, office_id: str = "") -> list[Any]:
    """The staff of an office (or of all), by login."""
    wanted = sa.select(STAFF).order_by(_S.office_id, _S.login)
    return list(tx.execute(wanted.where(_S.office_id == office_id) if office_id else wanted))


def disable(tx: Tx, login: str, now: datetime) -> Any | None:
    """Nobody signs in with this login any more; returns whose it was, None if nobody's."""
    return _change(tx, login, disabled_at=now)


def change_password(tx: Tx, login: str, password_hash: str) -> Any | None:
    """Another password from now on; returns whose, None if nobody (any more) has that login."""
    return _change(tx, login, password_hash=password_hash)


def _change(tx: Tx, login: str, **values: Any) -> Any | None:
    """Change somebody who is not disabled; returns them as they are then."""
    changed = sa.update(STAFF).where(_S.login == login, _S.disabled_at.is_(None))
    return tx.execute(changed.values(**values).returning(*_S)).first()


def change_role(tx: Tx, login: str, was: str, role: str) -> bool:
    """Another role, if it still is `was`; False when somebody was quicker."""
    changed = sa.update(STAFF).where(_S.login == login, _S.role == was, _S.disabled_at.is_(None))
    return tx.execute(changed.values(role=role)).rowcount == 1


def change_section(tx: Tx, login: str, was: str, section: str) -> bool:
    """Another section, if it still is `was`; False when somebody was quicker."""
    changed = sa.update(STAFF).where(_S.login == login, _S.section == was, _S.disabled_at.is_(None))
    return tx.execute(changed.values(section=section)).rowcount == 1


def enable(tx: Tx, login: str) -> bool:
    """Let somebody who was locked out in again; False if they are not locked out."""
    back = sa.update(STAFF).where(_S.login == login, _S.disabled_at.is_not(None))
    return tx.execute(back.values(disabled_at=None)).rowcount == 1


def came(tx: Tx, staff_id: int, now: datetime) -> None:
    """Somebody has just signed in."""
    tx.execute(sa.update(STAFF).where(_S.id == staff_id).values(signed_in_at=now))


# --- signed-in browsers ---------------------------------------------------------------


def open_session(
    tx: Tx,
    session: str,
    office_id: str,
    staff_id: int,
    csrf: str,
    now: datetime,
    stage: str,
    agent: str,
) -> None:
    """A browser showed the right password; whether it is in says `stage`."""
    new = sa.insert(STAFF_SESSIONS).values(
        id=session, office_id=office_id, staff_id=staff_id, csrf=csrf, created_at=now,
        seen_at=now, stage=stage, agent=agent,
    )  # fmt: skip
    tx.execute(new)


def session(tx: Tx, session: str) -> Any | None:
    """A session with whose it is; None when it is gone or its person disabled."""
    wanted = (
        sa.select(STAFF_SESSIONS, _S.login, _S.name, _S.role, _S.section)
        .join(STAFF, _S.id == _B.staff_id)
        .where(_B.id == session, _S.disabled_at.is_(None))
    )
    return tx.execute(wanted).first()


def let_in(tx: Tx, session: str) -> bool:
    """This browser showed the second factor as well; False if it was in before."""
    half = sa.update(STAFF_SESSIONS).where(_B.id == session, _B.stage != "in")
    return tx.execute(half.values(stage="in")).rowcount == 1


def sessions(tx: Tx, staff_id: int) -> list[Any]:
    """The browsers in which somebody is signed in, the one used last first."""
    wanted = sa.select(STAFF_SESSIONS).where(_B.staff_id == staff_id, _B.stage == "in")
    return list(tx.execute(wanted.order_by(_B.seen_at.desc(), _B.id)))


def open_sessions(tx: Tx, office_id: str, seen: datetime, created: datetime) -> dict[int, int]:
    """In how many browsers each is signed in: used after `seen` and begun after `created`."""
    wanted = (
        sa.select(_B.staff_id, sa.func.count().label("browsers"))
        .where(_B.office_id == office_id, _B.stage == "in")
        .where(_B.seen_at > seen, _B.created_at > created)
        .group_by(_B.staff_id)
    )
    return {row.staff_id: row.browsers for row in tx.execute(wanted)}


def end_other_sessions(tx: Tx, staff_id: int, session: str) -> None:
    """Every browser of this person but one is signed out."""
    tx.execute(sa.delete(STAFF_SESSIONS).where(_B.staff_id == staff_id, _B.id != session))


def seen(tx: Tx, session: str, now: datetime) -> None:
    """Somebody just clicked in this browser."""
    tx.execute(sa.update(STAFF_SESSIONS).where(_B.id == session).values(seen_at=now))


def end_session(tx: Tx, session: str) -> None:
    """This browser is signed out."""
    tx.execute(sa.delete(STAFF_SESSIONS).where(_B.id == session))


def end_sessions(tx: Tx, staff_id: int) -> None:
    """Every browser of this person is signed out."""
    tx.execute(sa.delete(STAFF_SESSIONS).where(_B.staff_id == staff_id))


def forget_sessions(tx: Tx, before: datetime) -> int:
    """Drop sessions begun before that time: they are over whatever happened in them."""
    return tx.execute(sa.delete(STAFF_SESSIONS).where(_B.created_at <= before)).rowcount


# --- invitations ----------------------------------------------------------------------


def invite(tx: Tx, invite_id: str, office_id: str, role: str, expires_at: datetime) -> None:
    """A link with which somebody may become staff once."""
    tx.execute(
        sa.insert(INVITES).values(
            id=invite_id, office_id=office_id, role=role, expires_at=expires_at
        )
    )


def open_invite(tx: Tx, invite_id: str, now: datetime) -> Any | None:
    """The invitation while it can be used."""
    wanted = sa.select(INVITES).where(_I.id == invite_id, _I.used_at.is_(None), _I.expires_at > now)
    return tx.execute(wanted).first()


def use_invite(tx: Tx, invite_id: str, now: datetime) -> bool:
    """Use it up; False when it was used before, has expired or never was."""
    used = (
        sa.update(INVITES)
        .where(_I.id == invite_id, _I.used_at.is_(None), _I.expires_at > now)
        .values(used_at=now)
    )
    return tx.execute(used).rowcount == 1
