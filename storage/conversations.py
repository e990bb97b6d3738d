"""Chats and the people behind them: who writes, where each chat stands, what was agreed to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.merging import merge
from storage.prepared import Prepared
from storage.tables import (
    APPOINTMENTS,
    ARRIVALS,
    CONSENTS,
    CONVERSATIONS,
    MUTES,
    PEOPLE,
    TICKETS,
)

_C = CONVERSATIONS.c
_WITH_PERSON = sa.select(
    CONVERSATIONS,
    PEOPLE.c.consent.label("consent"),
    PEOPLE.c.name.label("name"),
    PEOPLE.c.phone.label("phone"),
).join(PEOPLE, PEOPLE.c.id == _C.person_id)
_AT = _WITH_PERSON.where(
    _C.channel == sa.bindparam("at_channel"), _C.address == sa.bindparam("at_address")
).with_for_update(of=CONVERSATIONS)
_BY_ID = _WITH_PERSON.where(_C.id == sa.bindparam("by_id")).with_for_update(of=CONVERSATIONS)
_FIND = Prepared(_AT)
_GET = Prepared(_BY_ID)
_OF_PERSON = Prepared(
    _WITH_PERSON.where(_C.person_id == sa.bindparam("person"))
    .order_by(_C.left_at.is_not(None), _C.seen_at.desc(), _C.id)
    .with_for_update(of=CONVERSATIONS)
)
_BY_PHONE = Prepared(
    sa.select(PEOPLE.c.id).where(
        PEOPLE.c.phone == sa.bindparam("at_phone"), sa.literal_column("people.phone <> ''")
    )
)
_VERIFY = Prepared(sa.update(PEOPLE).where(PEOPLE.c.id == sa.bindparam("person")), ["phone"])
_PEEK = Prepared(
    sa.select(_C.id, _C.office_id, _C.session).where(
        _C.channel == sa.bindparam("at_channel"), _C.address == sa.bindparam("at_address")
    )
)
_NEW_PERSON = Prepared(
    sa.insert(PEOPLE).returning(PEOPLE.c.id),
    ["office_id", "name", "phone", "consent", "created_at"],
)
_NEW = Prepared(
    sa.insert(CONVERSATIONS).returning(_C.id),
    "office_id channel address person_id session seen_at created_at language".split(),
)
_KEEP = Prepared(
    sa.update(CONVERSATIONS).where(_C.id == sa.bindparam("by_id")),
    ["office_id", "session", "seen_at", "left_at"],
)
_SPEAK = Prepared(sa.update(CONVERSATIONS).where(_C.id == sa.bindparam("by_id")), ["language"])
_LEAVE = Prepared(
    sa.update(CONVERSATIONS).where(
        _C.channel == sa.bindparam("at_channel"), _C.address == sa.bindparam("at_address")
    ),
    ["left_at"],
)
_CONSENT = Prepared(sa.insert(CONSENTS), ["office_id", "person_id", "version", "given", "at"])
_CONSENTED = Prepared(sa.update(PEOPLE).where(PEOPLE.c.id == sa.bindparam("person")), ["consent"])


def find(tx: Tx, channel: str, address: str) -> Any | None:
    """The chat at this address with its person's name and consent, locked for this turn."""
    return tx.one(_FIND, at_channel=channel, at_address=address)


def get(tx: Tx, conversation_id: int) -> Any:
    """The chat of this id, locked for this turn."""
    return tx.one(_GET, by_id=conversation_id)


def peek(tx: Tx, channel: str, address: str) -> Any | None:
    """Id, office and session of the chat at this address, without a lock."""
    return tx.one(_PEEK, at_channel=channel, at_address=address)


def people_at(tx: Tx, chats: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Name and phone of the people in these chats, by channel and address."""
    if not chats:
        return {}
    wanted = (
        sa.select(_C.channel, _C.address, PEOPLE.c.name, PEOPLE.c.phone)
        .join(PEOPLE, PEOPLE.c.id == _C.person_id)
        .where(sa.tuple_(_C.channel, _C.address).in_(chats))
    )
    return {(row.channel, row.address): row for row in tx.execute(wanted)}


def of_person(tx: Tx, person_id: int) -> list[Any]:
    """All chats of a person, the one used last first, those who left us behind them; locked."""
    return tx.all(_OF_PERSON, person=person_id)


def create(
    tx: Tx,
    office_id: str,
    channel: str,
    address: str,
    name: str,
    phone: str,
    now: datetime,
    language: str = "",
) -> Any:
    """A new chat, of the person with that verified phone or of somebody new."""
    person = tx.one(_BY_PHONE, at_phone=phone) if phone else None
    person = person or tx.one(
        _NEW_PERSON, office_id=office_id, name=name, phone=phone, consent="", created_at=now
    )
    assert person is not None
    row = tx.one(
        _NEW, office_id=office_id, channel=channel, address=address, person_id=person.id,
        session="", seen_at=now, created_at=now, language=language,
    )  # fmt: skip
    assert row is not None
    return get(tx, row.id)


def speak(tx: Tx, conversation_id: int, language: str) -> None:
    """The person's app has that language now."""
    tx.run(_SPEAK, by_id=conversation_id, language=language)


def languages(tx: Tx, office_id: str) -> list[str]:
    """Those of an office's chats, the most frequent first."""
    known = sa.select(_C.language).where(_C.office_id == office_id, _C.language != "")
    often = known.group_by(_C.language).order_by(sa.func.count().desc(), _C.language)
    return [row.language for row in tx.execute(often)]


def keep(
    tx: Tx,
    conversation_id: int,
    *,
    office_id: str,
    session: str,
    now: datetime,
    left_at: datetime | None = None,
) -> None:
    """Where the chat stands after a turn; `left_at` when the person blocked us."""
    tx.run(
        _KEEP, by_id=conversation_id, office_id=office_id, session=session, seen_at=now,
        left_at=left_at,
    )  # fmt: skip


def agreed(chat: Any, version: str, office_id: str) -> bool:
    """Whether the person of this chat agreed to that text for that office, and to nothing since."""
    return bool(chat.consent == _agreement(version, office_id))


def _agreement(version: str, office_id: str) -> str:
    return f"{version}/{office_id}"


def consent(
    tx: Tx, office_id: str, person_id: int, version: str, given: bool, now: datetime
) -> None:
    """Keep a yes or no to a version of the consent text, with its time."""
    tx.run(_CONSENT, office_id=office_id, person_id=person_id, version=version, given=given, at=now)
    tx.run(_CONSENTED, person=person_id, consent=_agreement(version, office_id) if given else "")


def verify(tx: Tx, person_id: int, phone: str) -> int:
    """This person has that phone; returns who has it now: another one if they had it before."""
    other = tx.one(_BY_PHONE, at_phone=phone)
    if other is None:
        tx.run(_VERIFY, person=person_id, phone=phone)
        return person_id
    join(tx, person_id, into=int(other.id))
    return int(other.id)


def join(tx: Tx, person_id: int, *, into: int) -> None:
    """Two people turn out to be one: whatever one has goes to the other."""
    if person_id == into:
        return
    kinds = sa.select(MUTES.c.kind).where(MUTES.c.person_id == into)
    tx.execute(sa.delete(MUTES).where(MUTES.c.person_id == person_id, MUTES.c.kind.in_(kinds)))
    merge(tx, person_id, into)
    _keep_one_number(tx, person_id, into)
    for table in (CONVERSATIONS, TICKETS, CONSENTS, MUTES, APPOINTMENTS, ARRIVALS):
        mine = table.c.person_id == person_id
        tx.execute(sa.update(table).where(mine).values(person_id=into))
    gone = tx.execute(sa.select(PEOPLE).where(PEOPLE.c.id == person_id)).one()
    kept = tx.execute(sa.select(PEOPLE).where(PEOPLE.c.id == into).with_for_update()).one()
    tx.execute(sa.delete(PEOPLE).where(PEOPLE.c.id == person_id))
    better = {name: getattr(kept, name) or getattr(gone, name) for name in ("name", "phone")}
    better["consent"] = _said_last(tx, into)
    tx.execute(sa.update(PEOPLE).where(PEOPLE.c.id == into).values(better))


def _said_last(tx: Tx, person_id: int) -> str:
    """What the newest yes of a person agreed to; empty when a no came after it."""
    said = CONSENTS.c
    newest = sa.select(CONSENTS).where(said.person_id == person_id)
    row = tx.execute(newest.order_by(said.at.desc(), said.id.desc()).limit(1)).first()
    return _agreement(row.version, row.office_id) if row is not None and row.given else ""


def _keep_one_number(tx: Tx, person_id: int, into: int) -> None:
    """Who waits at the counter under two names waits once: the other number is given up."""
    a, theirs = ARRIVALS.c, ARRIVALS.alias("theirs")
    is_open = ("waiting", "called", "skipped")
    same = sa.exists().where(
        theirs.c.person_id == into,
        theirs.c.office_id == a.office_id,
        theirs.c.day == a.day,
        theirs.c.state.in_(is_open),
    )
    mine = sa.and_(a.person_id == person_id, a.state.in_(is_open), same)
    tx.execute(sa.update(ARRIVALS).where(mine).values(state="left"))


def leave(tx: Tx, channel: str, address: str, now: datetime) -> None:
    """The person at this address blocked us."""
    tx.run(_LEAVE, at_channel=channel, at_address=address, left_at=now)
