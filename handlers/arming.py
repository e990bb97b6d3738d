"""What falls due later because of what happens now: reminders, and the watch over promises."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flows.catalog import Catalog
from flows.model import Flow, Session, State
from handlers.agenda import outing_at
from handlers.offices import House, Office
from storage import due
from storage.db import Tx

VALID_AT = time(9)
"""When in the day somebody is reminded of a result that will soon be good no more."""
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


def visit(tx: Tx, house: House, office: Office, appointment: Any, now: datetime) -> None:
    """An appointment was booked: two reminders, and a look afterwards whether somebody came."""
    zone, start = office.calendar.zone, appointment.start_at
    day = start.astimezone(zone).date()
    before = datetime.combine(day - timedelta(days=1), house.timing.visit_day, zone)
    closes = datetime.combine(day, _closing(office, appointment), zone) + HANDED_OVER
    for kind, at in (
        ("visit.day", before),
        ("visit.hours", start - house.timing.visit_lead),
        ("visit.missed", closes),
    ):
        if at > now:
            due.arm(tx, office.id, kind, str(appointment.id), at.astimezone(UTC))


def _closing(office: Office, appointment: Any) -> time:
    """When the place closes on the day of an appointment; should it be open no more, its end."""
    outing = outing_at(office, appointment.place, appointment.start_at)
    local = appointment.start_at.astimezone(office.calendar.zone)
    spans = outing.spans if outing else office.calendar.spans(local.date())
    ends = local + timedelta(minutes=office.booking.minutes)
    return spans[-1][1] if spans else ends.time()


def valid(tx: Tx, house: House, office: Office, number: str, flow: Flow, now: datetime) -> None:
    """A result was collected that is good for some time only: remind before that is over."""
    if not flow.valid:
        return
    zone = office.calendar.zone
    ends = good_until(flow, office.today(now))
    at = datetime.combine(ends, VALID_AT, zone) - house.timing.valid
    if at > now:
        due.arm(tx, office.id, "valid", number, at.astimezone(UTC))


def good_until(flow: Flow, since: date) -> date:
    """The last day on which a result is good that was collected on that day."""
    number, unit = flow.valid.split()
    if unit == "hari":
        return since + timedelta(days=int(number))
    months = since.year * 12 + since.month - 1 + int(number) * (12 if unit == "tahun" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(since.day, monthrange(year, month + 1)[1]))


def _arm_all(
    tx: Tx, office_id: str, kind: str, number: str, now: datetime, spans: Sequence[timedelta]
) -> None:
    for step, span in enumerate(spans, 1):
        due.arm(tx, office_id, f"{kind}.{step}", number, now + span)
