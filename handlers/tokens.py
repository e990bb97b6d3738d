"""Secret names that people can also read aloud and type: of passes and of letters."""

from datetime import datetime
from typing import Any

from handlers.offices import House
from storage import passes
from storage.db import Tx

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O, 1 I L and U: what is read aloud or typed stays what it was."""
LENGTH = 12
"""59 bits: a million guesses against a million tickets find one with a chance of 1 in 500,000."""


def of_ticket(tx: Tx, house: House, row: Any, now: datetime) -> str:
    """The token of a ticket's pass; it gets one if it has none."""
    while not (token := passes.of_ticket(tx, row.id)):
        passes.add(tx, row.office_id, row.id, house.token(), now)
    return token
