"""People with something to collect: brought so far, and what they see of times."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.tickets import Actor, move
from storage.tables import APPOINTMENTS
from talk import Citizen, rows, ticks

SARI = Actor("staff", "sari", "Bu Sari")
WIB = ZoneInfo("Asia/Jakarta")


def moves(citizen: Citizen, *names: str, number: str = "") -> Citizen:
    """An officer moves their newest ticket."""
    number = number or citizen.ticket
    for name in names:
        citizen.database.write(
            lambda tx, name=name: move(tx, citizen.house, "pu", number, name, SARI, citizen.now)
        )
    return citizen.hears()


def finished(citizen: Citizen, service: str = "ktp_ganti", **answers: str) -> Citizen:
    """A request that is ready to be collected: the news has just come."""
    return moves(citizen.submits(service, **answers), "take", "finish")


def times(citizen: Citizen) -> list[str]:
    """The buttons below the newest message that offers any."""
    offering = (m for m in reversed(citizen.heard) if any(c.numbered for c in m.choices))
    return [choice.label for choice in next(offering).choices if choice.numbered]


def booked(citizen: Citizen) -> list[tuple[str, str]]:
    """Every appointment as (state, start in the office's time)."""
    found = rows(citizen.database, APPOINTMENTS)
    return [(row.state, f"{row.start_at.astimezone(WIB):%d/%m %H.%M}") for row in found]


def at(citizen: Citizen, day: int, clock: str) -> dict[str, str]:
    """What is done about visits at a day of November and a time in the office's zone."""
    hour, minute = map(int, clock.split("."))
    wanted = datetime(2026, 11, day, hour, minute, tzinfo=WIB)
    found = ticks(citizen, seconds=(wanted - citizen.now).total_seconds())
    return {kind: outcome for kind, outcome in found.items() if kind.startswith("visit")}
