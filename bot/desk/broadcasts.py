"""The pages of broadcasts: the list, writing one, looking at it, and what is done with it."""

import secrets
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.base import Desk, Form, Stop, done, go, page, shown, sight
from handlers import broadcasts as texts
from handlers import campaigns
from handlers.broadcasts import BODY, BUTTONS, EVERY, LABEL, TITLE, Written, of_office
from handlers.errors import Rejected
from handlers.segments import ANY, CHANNELS, DAYS, LISTS
from handlers.staff import Officer
from handlers.steering import steer
from storage.db import Tx

LIST = "/desk/broadcasts"
LAST = 2**31 - 1
SEEDS = 2**31 - 1


def routes(desk: Desk) -> list[Route]:
    """All of them; what may be done is asked again where it is done."""
    one = f"{LIST}/{{broadcast:int}}"
    return [
        Route(LIST, shown(desk, show_all), methods=["GET"]),
        Route(LIST, done(desk, create), methods=["POST"]),
        Route(f"{LIST}/new", shown(desk, show_new), methods=["GET"]),
        Route(one, shown(desk, show_one), methods=["GET"]),
        Route(f"{one}/write", shown(desk, show_draft), methods=["GET"]),
        Route(f"{one}/write", done(desk, change), methods=["POST"]),
        Route(f"{one}/trial", done(desk, trial), methods=["POST"]),
        Route(f"{one}/{{deed}}", done(desk, act, right="send"), methods=["POST"]),
    ]


async def show_all(desk: Desk, request: Request, officer: Officer) -> Response:
    """The office's broadcasts, side by side."""
    see = sight(desk, officer)
    lines = await desk.gate.read(lambda tx: campaigns.every(tx, see(tx)))
    return page(desk, request, officer, "broadcasts.html", lines=lines)


async def show_new(desk: Desk, request: Request, officer: Officer) -> Response:
    """An empty form."""
    return _form(desk, request, officer, _empty(desk), None)


async def create(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Keep a new draft and show it as people will read it."""
    return await _keep(desk, request, officer, form, None)


async def change(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Keep what was changed in a draft."""
    return await _keep(desk, request, officer, form, _number(request))


async def _keep(
    desk: Desk, request: Request, officer: Officer, form: Form, draft: int | None
) -> Response:
    written, now = _written(form), desk.clock()
    office = desk.house.office(officer.office_id)
    seed = secrets.randbelow(SEEDS)

    def work(tx: Tx) -> int:
        return texts.write(tx, desk.house, office, written, officer.login, seed, now, draft)

    try:
        number = await desk.gate.write(work)
    except Rejected as rejected:
        if rejected.code == "not_found":
            raise Stop(404, "not_found") from None
        return _form(desk, request, officer, written, draft, 422, rejected.code)
    return go(desk, f"{LIST}/{number}", "broadcast_kept")


async def show_draft(desk: Desk, request: Request, officer: Officer) -> Response:
    """A draft in its form."""
    row = await desk.gate.read(lambda tx: _own(tx, officer, _number(request)))
    return _form(desk, request, officer, _as_written(row), row.id)


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

    def work(tx: Tx) -> tuple[campaigns.Page, texts.Reach | None]:
        found = campaigns.show(tx, see(tx), number)
        early = found.row.state in ("draft", "waiting", "planned")
        return found, texts.reach(tx, desk.house, found.row, now) if early else None

    try:
        found, reach = await desk.gate.read(work)
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(
        desk, request, officer, "broadcast.html", status, found=found, reach=reach, trouble=trouble,
        most=desk.house.manners.approve, names=_names(desk, officer),
    )  # fmt: skip


def _form(
    desk: Desk,
    request: Request,
    officer: Officer,
    written: Written,
    draft: int | None,
    status: int = 200,
    trouble: str = "",
) -> Response:
    catalog = desk.house.catalog(officer.office_id)
    return page(
        desk, request, officer, "broadcast_write.html", status, written=written, draft=draft,
        trouble=trouble, services=list(catalog.services.values()), any_draft=ANY,
        kelurahan=desk.house.office(officer.office_id).kelurahan, channels=CHANNELS,
        every=("", *EVERY), most={"title": TITLE, "body": BODY, "label": LABEL, "buttons": BUTTONS},
        per_month=desk.house.manners.per_month,
    )  # fmt: skip


def _names(desk: Desk, officer: Officer) -> dict[str, str]:
    """What services and places are called."""
    office = desk.house.office(officer.office_id)
    catalog = desk.house.catalog(officer.office_id)
    places = {each.id: each.label for each in office.kelurahan}
    return {flow.id: flow.title for flow in catalog.services.values()} | places


def _empty(desk: Desk) -> Written:
    return Written("", "", holdout=desk.house.manners.holdout)


def _written(form: Form) -> Written:
    """What the form says; numbers that are none are left to be refused."""
    segment: dict[str, Any] = {name: list(form.all(name)) for name in LISTS if form.all(name)}
    segment = {name: [each for each in values if each] for name, values in segment.items()}
    segment |= {name: form.one(name) for name in DAYS if form.one(name)}
    if form.one("newcomers"):
        segment["newcomers"] = True
    labels, services = form.all("label"), form.all("service")
    share = form.one("holdout")
    return Written(
        title=form.one("title")[:200],
        body=form.one("body")[:5000],
        purpose=form.one("purpose") or "news",
        buttons=[(a.strip(), b) for a, b in zip(labels, services, strict=False) if a.strip()],
        segment=segment,
        holdout=int(share) if share.isdecimal() and len(share) < 4 else -1,
        every=form.one("every"),
    )


def _as_written(row: Any) -> Written:
    buttons = [(each["label"], each["service"]) for each in row.buttons]
    return Written(row.title, row.body, row.purpose, buttons, row.segment, row.holdout, row.every)


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
