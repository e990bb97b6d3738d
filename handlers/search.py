"""Finding a ticket: by its number, a name, or the end of a NIK or phone.

Only in the officer's own office.  What was typed is personal: it is neither kept nor logged.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.cleaning import digit_runs, plain, straighten
from flows.dialogue import TICKET
from flows.numbers import is_valid
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.queue import Line, lines
from storage import search, tickets
from storage.db import Tx

MOST = 20
"""Tickets in one answer."""
LETTERS, DIGITS = 2, 4
"""The least that is searched for."""
LONGEST_PHONE = 14
"""Digits; what is longer can only be a NIK."""


@dataclass(frozen=True, slots=True)
class Found:
    """The newest tickets that fit; `more` when there are others."""

    lines: Sequence[Line]
    more: bool


def find(tx: Tx, sight: Sight, typed: str) -> Found:
    """The tickets meant by what was typed.

    Raises Rejected: number_wrong (the check digit fails), number_unknown, search_short,
    search_none.
    """
    typed = plain(typed)
    number = TICKET.fullmatch(typed)
    if number is not None and number[1].upper() in _codes(sight):
        rows = [_numbered(tx, sight, "-".join(number.groups()).upper())]
    else:
        rows = _fitting(tx, sight.officer.office_id, typed)
    if not rows:
        raise Rejected("search_none")
    here = rows[:MOST]
    return Found(lines(tx, sight, here), len(rows) > MOST)


def _codes(sight: Sight) -> set[str]:
    return {office.code for office in sight.house.offices.values()}


def _numbered(tx: Tx, sight: Sight, number: str) -> Any:
    if not is_valid(number):
        raise Rejected("number_wrong")
    row = tickets.look(tx, number)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("number_unknown")
    return row


def _fitting(tx: Tx, office: str, typed: str) -> list[Any]:
    """The newest first, and at most one more than is shown."""
    number = max(("".join(run) for run in digit_runs(typed)), key=len, default="")
    names = search.words(re.sub(r"\d", " ", straighten(typed)))
    if len(number) < DIGITS:
        if max(map(len, names), default=0) < LETTERS:
            raise Rejected("search_short")
        return search.find(tx, office, names, MOST + 1)
    kinds = (search.NIK, search.PHONE) if len(number) <= LONGEST_PHONE else (search.NIK,)
    both = {
        row.id: row
        for kind in kinds
        for row in search.find(tx, office, [*names, search.end(kind, number)], MOST + 1)
    }
    return [both[each] for each in sorted(both, reverse=True)][: MOST + 1]
