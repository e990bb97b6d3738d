"""The pages of broadcasts: the list, looking at one, and what is done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.whatsapp_form import LANGUAGE
from bot.channels.whatsapp_templates import Template, load, told
from bot.desk import compose
from bot.desk.base import Desk, Form, Stop, done, go, page, shown, sight
from bot.template_commands import TEMPLATES
from handlers import broadcasts as texts
from handlers import campaigns, enclosures
from handlers.broadcasts import of_office
from handlers.errors import Rejected
from handlers.estimates import Reach, reach
from handlers.message import Message
from handlers.staff import Officer
from handlers.steering import steer
from storage.db import Tx

LIST = "/desk/broadcasts"
LAST = 2**31 - 1


def routes(desk: Desk) -> list[Route]:
    """All of them; what may be done is asked again where it is done."""
    one = f"{LIST}/{{broadcast:int}}"
    return [
        Route(LIST, shown(desk, show_all), methods=["GET"]),
        *compose.routes(desk, LIST),
        Route(one, shown(desk, show_one), methods=["GET"]),
        Route(f"{one}/trial", done(desk, trial), methods=["POST"]),
        Route(f"{one}/{{deed}}", done(desk, act, right="send"), methods=["POST"]),
    ]


async def show_all(desk: Desk, request: Request, officer: Officer) -> Response:
    """The office's broadcasts, side by side."""
    see = sight(desk, officer)
    lines = await desk.gate.read(lambda tx: campaigns.every(tx, see(tx)))
    return page(desk, request, officer, "broadcasts.html", lines=lines)


async def show_one(desk: Desk, request: Request, officer: Officer) -> Response:
    """A broadcast: as people read it, whom it reaches, and what came of it."""
    return await _page(desk, request, officer)


async def act(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Plan, approve, pause, resume, cancel, or take back into a draft."""
    number, deed, now = _number(request), request.path_params["deed"], desk.clock()

    def work(tx: Tx) -> str:
        return steer(
            tx, desk.house, officer.office_id, number, deed, officer.login, officer.role, now, at
        )

    try:
        at = _time(desk, officer, form.one("at")) if deed == "plan" else None
        state = await desk.gate.write(work)
    except Rejected as rejected:
        if rejected.code == "not_found":
            raise Stop(404, "not_found") from None
        return await _page(desk, request, officer, 409, rejected.code)
    desk.wake()
    return go(desk, f"{LIST}/{number}", f"broadcast_{state}")


async def trial(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Send it to the officer's own chat, which a code from there names."""
    number, now = _number(request), desk.clock()
    office = desk.house.office(officer.office_id)
    code = "".join(filter(str.isdigit, form.one("code")))[:20]

    def work(tx: Tx) -> None:
        row = _own(tx, officer, number)
        texts.trial(tx, desk.house, office, row, code, now)

    key = ("code", f"trial:{officer.login}")
    if desk.limiter.attempt([key], now):
        return await _page(desk, request, officer, 429, "trial_wait")
    try:
        await desk.gate.write(work)
    except Rejected as rejected:
        return await _page(desk, request, officer, 422, rejected.code)
    desk.limiter.forgive([key], now)
    desk.wake()
    return go(desk, f"{LIST}/{number}", "broadcast_tried")


# --- what the pages are made of ----------------------------------------------------------


async def _page(
    desk: Desk, request: Request, officer: Officer, status: int = 200, trouble: str = ""
) -> Response:
    number, see, now = _number(request), sight(desk, officer), desk.clock()

    def work(tx: Tx) -> tuple[campaigns.Page, Reach | None]:
        found = campaigns.show(tx, see(tx), number)
        early = found.row.state in ("draft", "waiting", "planned")
        return found, reach(tx, desk.house, found.row, now) if early else None

    try:
        found, expected = await desk.gate.read(work)
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(
        desk, request, officer, "broadcast.html", status, found=found, reach=expected,
        trouble=trouble, most=desk.house.manners.approve, names=_names(desk, officer),
        cold=_cold(found.shown), file=found.row.enclosure,
        kind=enclosures.kind(found.row.enclosure),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cold:
    """A message as WhatsApp shows it after a long silence: in words that it approved before."""

    text: str
    buttons: Sequence[str]


@cache
def _templates() -> Mapping[tuple[str, str], Template]:
    return load(TEMPLATES)


def _cold(message: Message) -> Cold:
    template = _templates()[message.template, LANGUAGE]
    return Cold(template.shown(told(message)), list(template.buttons.values()))


def _names(desk: Desk, officer: Officer) -> dict[str, str]:
    """What services and places are called."""
    office = desk.house.office(officer.office_id)
    catalog = desk.house.catalog(officer.office_id)
    places = {each.id: each.label for each in office.kelurahan}
    return {flow.id: flow.title for flow in catalog.services.values()} | places


def _own(tx: Tx, officer: Officer, number: int) -> Any:
    try:
        return of_office(tx, officer.office_id, number)
    except Rejected:
        raise Stop(404, "not_found") from None


def _number(request: Request) -> int:
    return min(int(request.path_params["broadcast"]), LAST)


def _time(desk: Desk, officer: Officer, typed: str) -> datetime | None:
    """The time of a datetime field, as the office's clock shows it; None when it is empty."""
    if not typed:
        return None
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        raise Rejected("broadcast_time") from None
    zone = desk.house.office(officer.office_id).calendar.zone
    return local.replace(tzinfo=zone)
