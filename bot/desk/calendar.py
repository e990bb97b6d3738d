"""Who comes when, by day and by week; hours closed and opened again."""

import re
from datetime import date, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.base import Desk, Form, Stop, done, go, page, shown, sight
from handlers import closures, diary
from handlers.closures import REASONS, Wanted
from handlers.errors import Rejected
from handlers.staff import Officer

CALENDAR = "/desk/calendar"
LAST = 2**63 - 1
"""The largest id that a database holds."""
TYPED = ("day", "place", "begins", "ends", "reason", "own")
"""The fields of the form that closes hours."""
OWN = "own"
"""The choice of a reason in own words."""


def routes(desk: Desk) -> list[Route]:
    """The calendar's pages."""
    return [
        Route(CALENDAR, shown(desk, show), methods=["GET"]),
        Route(f"{CALENDAR}/week", shown(desk, week), methods=["GET"]),
        Route(f"{CALENDAR}/close", done(desk, close, right="close"), methods=["POST"]),
        Route(
            f"{CALENDAR}/closures/{{closure:int}}/lift",
            done(desk, lift, right="close"),
            methods=["POST"],
        ),
        Route(
            f"{CALENDAR}/appointments/{{appointment:int}}/came", done(desk, came), methods=["POST"]
        ),
    ]


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """One day; today's when none is named."""
    return await _page(desk, request, officer, _day(desk, request, officer))


async def week(desk: Desk, request: Request, officer: Officer) -> Response:
    """The week of a day, without weekends on which nothing happens."""
    see, day = sight(desk, officer), _day(desk, request, officer)
    monday = day - timedelta(days=day.weekday())
    found = await _days(desk, see, monday, 7)
    kept = [each for each in found if each.day.weekday() < 5 or each.places or each.coming]
    return page(
        desk, request, officer, "week.html", days=kept, day=day,
        before=monday - timedelta(days=7), after=monday + timedelta(days=7),
    )  # fmt: skip


async def close(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Close hours: first it is said how many people it concerns, then it is done."""
    typed = {name: form.one(name) for name in TYPED}
    day = _read_day(typed["day"]) or desk.house.office(officer.office_id).today(desk.clock())
    now, expected = desk.clock(), form.one("expected")
    try:
        wanted = Wanted(typed["place"], day, _clock(typed["begins"]), _clock(typed["ends"]))
        reason = typed["own"] if typed["reason"] == OWN else typed["reason"]
        if typed["reason"] not in (OWN, *REASONS):
            raise Rejected("reason_missing")
        people = await desk.gate.read(
            lambda tx: closures.would_displace(tx, desk.house, officer, wanted, now)
        )
        if people and not expected.isdecimal():
            return await _page(desk, request, officer, day, typed=typed, people=people)
        most = int(expected[:6]) if expected.isdecimal() else 0
        await desk.gate.write(
            lambda tx: closures.close(tx, desk.house, officer, wanted, reason, now, expected=most)
        )
    except Rejected as rejected:
        return await _page(desk, request, officer, day, 422, typed=typed, trouble=rejected.code)
    desk.wake()
    return go(desk, f"{CALENDAR}?day={day}", "closed")


async def lift(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Open closed hours again."""
    row, now = min(request.path_params["closure"], LAST), desk.clock()
    day = _read_day(form.one("day")) or desk.house.office(officer.office_id).today(now)
    try:
        await desk.gate.write(lambda tx: closures.lift(tx, desk.house, officer, row, now))
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        return await _page(desk, request, officer, day, 409, trouble=rejected.code)
    desk.wake()
    return go(desk, f"{CALENDAR}?day={day}", "lifted")


async def came(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Note that somebody came."""
    row, see = min(request.path_params["appointment"], LAST), sight(desk, officer)
    day = _read_day(form.one("day")) or desk.house.office(officer.office_id).today(desk.clock())
    try:
        await desk.gate.write(lambda tx: diary.came(tx, see(tx), row))
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        return await _page(desk, request, officer, day, 409, trouble="changed")
    return go(desk, f"{CALENDAR}?day={day}", "came")


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    day: date,
    status: int = 200,
    *,
    typed: dict[str, str] | None = None,
    people: int = 0,
    trouble: str = "",
) -> Response:
    """One day; `typed` and `people` are of hours to be closed, refused for `trouble`."""
    see = sight(desk, officer)
    (one,) = await _days(desk, see, day, 1)
    unreached = await desk.gate.read(lambda tx: diary.unreached(tx, see(tx)))
    return page(
        desk, request, officer, "calendar.html", status, shown=one,
        before=day - timedelta(days=1), after=day + timedelta(days=1),
        outings=[each.place for each in desk.house.office(officer.office_id).outings
                 if each.day == day],
        reasons=[(name, desk.house.words.say(name)) for name in REASONS],
        typed=typed or dict.fromkeys(TYPED, ""), people=people, trouble=trouble,
        unreached=unreached if one.today else [],
    )  # fmt: skip


async def _days(desk: Desk, see: Any, first: date, count: int) -> list[diary.Day]:
    try:
        return await desk.gate.read(lambda tx: diary.days(tx, see(tx), first, count))
    except Rejected:
        raise Stop(404, "not_found") from None


def _day(desk: Desk, request: Request, officer: Officer) -> date:
    asked = request.query_params.get("day", "")
    if not asked:
        return desk.house.office(officer.office_id).today(desk.clock())
    day = _read_day(asked)
    if day is None:
        raise Stop(404, "not_found")
    return day


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _clock(text: str) -> time:
    """'07.15' or '07:15', as browsers send it."""
    match = re.fullmatch(r"([01]?\d|2[0-3])[.:]([0-5]\d)", text.strip())
    if match is None:
        raise Rejected("hours_wrong")
    return time(int(match[1]), int(match[2]))
