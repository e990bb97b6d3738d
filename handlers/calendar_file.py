"""An appointment as a file that a phone's calendar understands (iCalendar, RFC 5545)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from handlers.offices import House
from handlers.visit import Visit
from storage import appointments, tickets
from storage.db import Tx

LINE = 75
"""Most bytes of a line; a longer one goes on in the next after a space (RFC 5545, 3.1)."""
ALARM = timedelta(hours=2)
GONE = ("moved", "cancelled", "displaced")


def calendar_file(tx: Tx, house: House, token: str, now: datetime) -> str | None:
    """The file of the appointment with that secret name; None when there is none.

    Who opens it again after a change is told by their calendar that it is off.
    """
    row = appointments.by_token(tx, token)
    ticket = tickets.look(tx, row.number) if row is not None else None
    if row is None or ticket is None:
        return None
    visit = Visit.of(house, ticket, row, now)
    office = house.office(row.office_id)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Loket//Loket//ID",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{row.token}@loket",
        f"DTSTAMP:{_utc(row.updated_at)}",
        f"DTSTART:{_utc(row.start_at)}",
        f"DTEND:{_utc(row.start_at + timedelta(minutes=office.booking.minutes))}",
        f"SEQUENCE:{int(row.state in GONE)}",
        f"STATUS:{'CANCELLED' if row.state in GONE else 'CONFIRMED'}",
        f"SUMMARY:{_text(house.words.say('calendar_title', **visit.values()))}",
        f"LOCATION:{_text(', '.join(filter(None, (visit.office, visit.address))))}",
        *([f"GEO:{visit.location[0]};{visit.location[1]}"] if visit.location else ()),
        f"DESCRIPTION:{_text(house.words.say('calendar_text', **visit.values()))}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-PT{ALARM // timedelta(minutes=1)}M",
        f"DESCRIPTION:{_text(house.words.say('calendar_title', **visit.values()))}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11)."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> Iterator[str]:
    """The same in lines that are short enough, never cut inside a character."""
    part = ""
    for letter in line:
        if len((part + letter).encode()) > LINE:
            yield part
            part = " "
        part += letter
    yield part
