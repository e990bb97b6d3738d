"""What people come for: to collect what is ready, or what a service needs before it can go on."""

from typing import Any, Literal

from flows.model import Flow
from handlers.offices import House
from storage import appointments
from storage.db import Tx

Purpose = Literal["pickup", "before"]
AHEAD = ("submitted", "in_review")
"""While a ticket is in these states it may wait for what comes before."""


def purpose(flow: Flow | None, status: str, came: bool) -> Purpose | None:
    """What a ticket's citizen has to come for now; None for nothing.

    came  whether they came already to what the service needs before
    """
    if status == "ready":
        return "pickup"
    before = flow is not None and flow.appointment == "before" and status in AHEAD
    return "before" if before and not came else None


def still(appointment: Any, ticket: Any) -> bool:
    """Whether the reason of an appointment holds as its ticket stands."""
    return ticket.status == "ready" if appointment.purpose == "pickup" else ticket.status in AHEAD


def waits_for_visit(tx: Tx, house: House, ticket: Any) -> bool:
    """Whether nothing can be done until its citizen says when they come: no promise runs."""
    flow = house.catalog(ticket.office_id).services.get(ticket.service)
    if purpose(flow, ticket.status, came=False) != "before":
        return False
    booked = appointments.of_ticket(tx, ticket.id) is not None
    return not booked and not appointments.has_come(tx, ticket.id)
