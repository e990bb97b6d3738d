"""What tickets are found by at the desk: words of names, and the ends of numbers.

One row a key, and looking one up is one walk along an index.  A number is kept backwards, so
that its end is a beginning.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.prepared import Prepared
from storage.tables import TICKET_KEYS, TICKETS

NIK, PHONE = "#", "+"
"""With what the keys of a number begin; words begin with a letter or a digit."""
NIK_END, PHONE_END = 16, 9
"""Digits that are kept: +62812… and 0812… end alike."""

FEW, NEWEST = 5_000, 10_000
"""What costs a few milliseconds: see `find`."""
KEYS = 3
"""Keys that a ticket has."""

_K = TICKET_KEYS.c
_ADD = Prepared(sa.text(
    "INSERT INTO ticket_keys (ticket_id, key, office_id) VALUES (:ticket_id, :key, :office_id)"
    " ON CONFLICT DO NOTHING"
))  # fmt: skip
_LAST = "\U0010ffff"
"""Stands behind every other character."""


def words(name: str) -> list[str]:
    """The words of a name as they are compared: without capitals, accents and signs."""
    bare = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", re.sub("['`\u2018\u2019]", "", "".join(bare).casefold()))


def end(kind: str, digits: str) -> str:
    """The key of a number's last digits, or the beginning of it."""
    most = NIK_END if kind == NIK else PHONE_END
    return kind + digits[::-1][:most]


def keys(names: Iterable[str], niks: Iterable[str], phones: Iterable[str]) -> set[str]:
    """Everything by which a ticket is found."""
    found = {word[:40] for name in names for word in words(name)}
    found |= {end(NIK, digits) for each in niks if (digits := _digits(each))}
    return found | {end(PHONE, digits) for each in phones if (digits := _digits(each))}


def add(tx: Tx, office_id: str, ticket_id: int, new: Iterable[str]) -> None:
    """Let a ticket be found by these keys as well."""
    rows = [{"ticket_id": ticket_id, "key": key, "office_id": office_id} for key in sorted(new)]
    tx.many(_ADD, rows)


def add_phone(tx: Tx, person_id: int, phone: str) -> None:
    """Let all tickets of a person be found by a phone that we only now know."""
    owned = sa.select(TICKETS.c.id, TICKETS.c.office_id).where(TICKETS.c.person_id == person_id)
    for row in tx.execute(owned).all():
        add(tx, row.office_id, row.id, keys((), (), (phone,)))


def find(
    tx: Tx,
    office_id: str,
    wanted: Sequence[str],
    most: int,
    *,
    few: int = FEW,
    back: int = NEWEST,
) -> list[Any]:
    """The office's newest tickets with a key that begins with each of `wanted`.

    Three ways to the same answer, because none is quick for all: ADR 0022.

    few   keys with one beginning that are looked at one by one
    back  tickets that are walked back through in search of what many have
    """
    rarest, amount = _rarest(tx, office_id, wanted, few + 1)
    others = [each for each in wanted if each != rarest]
    many = amount > few
    ids = _newest(tx, office_id, rarest, others, most, back) if many else ()
    if len(ids) < most:
        ids = _every(tx, office_id, rarest, others, most, many)
    rows = sa.select(TICKETS).where(TICKETS.c.id.in_(ids)).order_by(TICKETS.c.id.desc())
    return list(tx.execute(rows)) if ids else []


def _rarest(tx: Tx, office_id: str, wanted: Sequence[str], most: int) -> tuple[str, int]:
    """Which of these beginnings the fewest keys have, and how many do; counted to `most`."""
    amounts = {}
    for prefix in wanted:
        some = _beginning(tx, office_id, prefix).limit(most).subquery()
        amounts[prefix] = tx.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return min(amounts.items(), key=lambda each: each[1])


def _newest(
    tx: Tx, office_id: str, first: str, others: Sequence[str], most: int, back: int
) -> Sequence[int]:
    """Walking back from the newest ticket: what many have is found soon."""
    keys = _back(tx, back).c
    found = sa.select(keys.ticket_id).where(
        _begins(tx, keys.key, first),
        keys.office_id.concat("") == office_id,  # or SQLite would look it up in ticket_keys_key
        *(_has(tx, keys.ticket_id, other) for other in others),
    )
    last = found.group_by(keys.ticket_id).order_by(keys.ticket_id.desc()).limit(most)
    return tx.execute(last).scalars().all()


def _back(tx: Tx, tickets: int) -> sa.FromClause:
    """The keys of about so many tickets of all offices, the newest.

    PostgreSQL cannot tell that these are few and reads the whole table, unless it is a limit
    that makes them so; SQLite walks them only where it is none.
    """
    newest = sa.select(_K.ticket_id, _K.key, _K.office_id)
    if tx.dialect.name == "sqlite":
        last = sa.select(sa.func.max(_K.ticket_id)).scalar_subquery()
        return newest.where(_K.ticket_id > last - tickets).subquery()
    return newest.order_by(_K.ticket_id.desc()).limit(tickets * KEYS).subquery()


def _every(
    tx: Tx, office_id: str, first: str, others: Sequence[str], most: int, many: bool
) -> Sequence[int]:
    """All that begin with `first` and have the others too.

    They are read apart, or PostgreSQL would rather walk through all tickets from the newest.

    many  for each of them a look would take longer than reading all that have the others
    """
    every = _beginning(tx, office_id, first).cte()
    here = every.prefix_with("MATERIALIZED", dialect="postgresql").c.ticket_id
    found = sa.select(here).where(
        *(
            here.in_(_beginning(tx, office_id, other)) if many else _has(tx, here, other)
            for other in others
        )
    )
    return tx.execute(found.group_by(here).order_by(here.desc()).limit(most)).scalars().all()


def _beginning(tx: Tx, office_id: str, prefix: str) -> sa.Select[Any]:
    return sa.select(_K.ticket_id).where(_K.office_id == office_id, _begins(tx, _K.key, prefix))


def _has(tx: Tx, ticket_id: Any, prefix: str) -> sa.ColumnElement[bool]:
    also = TICKET_KEYS.alias()
    begins = _begins(tx, also.c.key, prefix)
    return sa.exists(sa.select(also.c.ticket_id).where(also.c.ticket_id == ticket_id, begins))


def twins(tx: Tx, office_id: str, rows: Sequence[Any], statuses: Sequence[str]) -> dict[int, Any]:
    """Other tickets in these states with a NIK and the service of one of these.

    By the id of the one here, oldest first.
    """
    services = {row.id: row.service for row in rows}
    mine = sa.select(_K.ticket_id, _K.key).where(
        _K.ticket_id.in_(services), _begins(tx, _K.key, NIK)
    )
    niks: dict[str, list[int]] = {}
    for row in tx.execute(mine):
        niks.setdefault(row.key, []).append(row.ticket_id)
    ticket = TICKETS.c
    theirs = (
        sa.select(_K.key, ticket.id, ticket.number, ticket.status, ticket.service)
        .join(TICKETS, ticket.id == _K.ticket_id)
        .where(_K.office_id == office_id, _K.key.in_(niks), ticket.status.in_(statuses))
        .order_by(ticket.id)
    )
    found: dict[int, dict[int, Any]] = {}
    for other in tx.execute(theirs) if niks else ():
        for one in niks[other.key]:
            if one != other.id and services[one] == other.service:
                found.setdefault(one, {})[other.id] = other
    return {one: list(others.values()) for one, others in found.items()}


def _begins(tx: Tx, column: Any, prefix: str) -> sa.ColumnElement[bool]:
    """Byte by byte on both: PostgreSQL's usual order depends on its language."""
    if tx.dialect.name == "sqlite":
        return sa.and_(column >= prefix, column < prefix + _LAST)
    return sa.and_(column.op("~>=~")(prefix), column.op("~<~")(prefix + _LAST))


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")
