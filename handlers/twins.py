"""Requests that may be the same one twice: the same NIK and service, and still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.lifecycle import OPEN
from handlers.desk import Sight
from storage import search
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Twin:
    """Another open request for the same person and service."""

    number: str
    status: str


def of(tx: Tx, sight: Sight, rows: Sequence[Any]) -> Mapping[int, Sequence[Twin]]:
    """The twins of each of these tickets of the officer's office, oldest first, by ticket id."""
    still = [row for row in rows if row.status in OPEN]
    found = search.twins(tx, sight.officer.office_id, still, OPEN)
    return {one: [Twin(row.number, row.status) for row in others] for one, others in found.items()}
