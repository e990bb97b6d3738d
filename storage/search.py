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


def find(tx: Tx, office_id: str, wanted: Sequence[str], most: int) -> list[Any]:
    """The office's newest tickets with a key that begins with each of `wanted`."""
    first, *others = sorted(wanted, key=len, reverse=True)
    here = sa.select(_K.ticket_id).where(_K.office_id == office_id, _begins(tx, _K.key, first))
    for other in others:
        more = TICKET_KEYS.alias()
        also = sa.and_(more.c.ticket_id == _K.ticket_id, _begins(tx, more.c.key, other))
        here = here.where(sa.exists(sa.select(more.c.ticket_id).where(also)))
    newest = here.group_by(_K.ticket_id).order_by(_K.ticket_id.desc()).limit(most).subquery()
    rows = sa.select(TICKETS).join(newest, newest.c.ticket_id == TICKETS.c.id)
    return list(tx.execute(rows.order_by(TICKETS.c.id.desc())))


def twins(tx: Tx, office_id: str, ticket_ids: Sequence[int], statuses: Sequence[str]) -> list[Any]:
    """Other tickets in these states with a NIK and the service of one of these.

    Each with `of`, the id of its twin among these; oldest first.
    """
    mine, others = TICKET_KEYS.alias(), TICKET_KEYS.alias()
    ticket, twin = TICKETS.alias(), TICKETS.alias()
    wanted = (
        sa.select(mine.c.ticket_id.label("of"), twin.c.id, twin.c.number, twin.c.status)
        .select_from(mine)
        .join(ticket, ticket.c.id == mine.c.ticket_id)
        .join(
            others,
            sa.and_(
                others.c.office_id == office_id,
                others.c.key == mine.c.key,
                others.c.ticket_id != mine.c.ticket_id,
            ),
        )
        .join(twin, sa.and_(twin.c.id == others.c.ticket_id, twin.c.service == ticket.c.service))
        .where(
            mine.c.ticket_id.in_(ticket_ids),
            _begins(tx, mine.c.key, NIK),
            ticket.c.status.in_(statuses),
            twin.c.status.in_(statuses),
        )
        .distinct()
        .order_by(twin.c.id)
    )
    return list(tx.execute(wanted))


def _begins(tx: Tx, column: Any, prefix: str) -> sa.ColumnElement[bool]:
    """Byte by byte on both: PostgreSQL's usual order depends on its language."""
    if tx.dialect.name == "sqlite":
        return sa.and_(column >= prefix, column < prefix + _LAST)
    return sa.and_(column.op("~>=~")(prefix), column.op("~<~")(prefix + _LAST))


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")
