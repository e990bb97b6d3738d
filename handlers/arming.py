"""What falls due later because of what happens now: reminders, and the watch over promises."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flows.catalog import Catalog
from flows.model import Session, State
from handlers.offices import House, Office
from storage import due
from storage.db import Tx

HANDED_OVER = timedelta(hours=1)
"""After closing time: by then the desk has written down who came."""


def drafts(catalog: Catalog, session: Session) -> dict[str, State]:
    """The requests that were begun and not sent."""
    states = session.states.items()
    return {
        key: state
        for key, state in states
        if state.flow in catalog.services and not state.ticket and state.answers
    }


def draft(tx: Tx, house: House, office_id: str, chat_id: int, now: datetime) -> None:
    """A request was begun in that chat."""
    if house.timing.draft:
        due.arm(tx, office_id, "draft.1", str(chat_id), now + house.timing.draft[0])


def correction(tx: Tx, house: House, office_id: str, number: str, now: datetime) -> None:
    """Documents were asked for again."""
    timing = house.timing
    _arm_all(tx, office_id, "correction", number, now, timing.correction)
    due.arm(tx, office_id, "expiry.warn", number, now + timing.expiry - timedelta(days=1))
    due.arm(tx, office_id, "expiry.close", number, now + timing.expiry)


def ready(tx: Tx, house: House, office_id: str, number: str, now: datetime) -> None:
    """The result is there to be collected."""
    _arm_all(tx, office_id, "ready", number, now, house.timing.ready)


def promise(
    tx: Tx, house: House, office: Office, number: str, promised: datetime, now: datetime
) -> None:
    """A time was promised: warn before it, tell when it is missed, and again the next day."""
    calendar = office.calendar
    minutes = calendar.minutes_between(now, promised)
    warn = calendar.add_minutes(now, int(minutes * house.timing.warn))
    due.arm(tx, office.id, "sla.warn", number, min(warn, promised))
    due.arm(tx, office.id, "sla.late", number, promised)
    due.arm(tx, office.id, "sla.head", number, calendar.add_working_days(promised, 1))


def visit(
    tx: Tx, house: House, office: Office, row_id: int, start: datetime, now: datetime
) -> None:
    """An appointment was booked: two reminders, and a look afterwards whether somebody came."""
    zone = office.calendar.zone
    day = start.astimezone(zone).date()
    before = datetime.combine(day - timedelta(days=1), house.timing.visit_day, zone)
    closes = datetime.combine(day, office.calendar.spans(day)[-1][1], zone) + HANDED_OVER
    for kind, at in (
        ("visit.day", before),
        ("visit.hours", start - house.timing.visit_lead),
        ("visit.missed", closes),
    ):
        if at > now:
            due.arm(tx, office.id, kind, str(row_id), at.astimezone(UTC))


def _arm_all(
    tx: Tx, office_id: str, kind: str, number: str, now: datetime, spans: Sequence[timedelta]
) -> None:
    for step, span in enumerate(spans, 1):
        due.arm(tx, office_id, f"{kind}.{step}", number, now + span)
