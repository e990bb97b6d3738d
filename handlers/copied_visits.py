"""When a citizen was to come, and came: part of the copy of their data."""

from dataclasses import dataclass
from typing import Any

from handlers.arrivals import name
from handlers.offices import House
from handlers.words import say_date, say_time
from storage import privacy
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Visits:
    """Appointments and numbers in the queue.

    booked  (when, at which office, number of the request, state of the appointment)
    drawn   (day, at which office, what they were called by, state of the number)
    """

    booked: list[tuple[str, str, str, str]]
    drawn: list[tuple[str, str, str, str]]


def visits(tx: Tx, house: House, chat: Any, office_id: str) -> Visits:
    """What was agreed and drawn in a chat, at one office or at all."""
    return Visits(
        [
            (_when(house, row), _place(house, row), row.about, row.state)
            for row in privacy.appointments(tx, chat.id, office_id)
        ],
        [
            (say_date(row.day), _place(house, row), name(row), row.state)
            for row in privacy.arrivals(tx, chat.id, office_id)
        ],
    )


def _place(house: House, row: Any) -> str:
    return house.office(row.office_id).name


def _when(house: House, row: Any) -> str:
    return say_time(row.start_at, house.office(row.office_id).calendar.zone)
