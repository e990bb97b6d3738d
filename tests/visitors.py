"""People with appointments at an office whose desk is looked at."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desk_office import DeskOffice
from handlers.appointments import agreed
from storage import appointments
from storage import tickets as rows
from talk import MONDAY

HALL = "Balai RW 4 Grendeng"
EIGHT = MONDAY + timedelta(days=1)
"""Tuesday at eight in the morning at the office."""


def comes(
    office: DeskOffice,
    start: datetime = EIGHT,
    name: str = "Slamet Riyadi",
    ready: bool = True,
    **how: Any,
) -> tuple[str, Any]:
    """Somebody has an appointment; returns their ticket's number and their chat."""
    chat = office.chat()
    number = office.receives(chat=chat, name=name)
    if ready:
        office.moves(number, "take")
        office.moves(number, "finish")

    def book(tx: Any) -> None:
        ticket = rows.by_number(tx, number)
        assert ticket is not None
        row = appointments.book(
            tx, office_id="pu", ticket_id=ticket.id, person_id=ticket.person_id, start_at=start,
            seats=range(1, 9), token=f"secret-{number}", now=office.now, **how,
        )  # fmt: skip
        assert row is not None
        appointment = appointments.get(tx, row)
        agreed(tx, office.house, office.house.office("pu"), ticket, appointment, office.now)

    office.database.write(book)
    return number, chat


def plans(office: DeskOffice, **changes: Any) -> None:
    pu = replace(office.house.offices["pu"], **changes)
    object.__setattr__(office.house, "offices", {**office.house.offices, "pu": pu})
