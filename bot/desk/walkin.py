"""Walk-ins: a form for each question, filled in by an officer for the person before them."""

import asyncio
import hmac
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.base import Desk, Form, Stop, go, page, sight
from bot.desk.doors import address
from bot.desk.intake import kept
from bot.paper import qr
from flows.model import Said, Tapped
from handlers import counter, walkins
from handlers.errors import Rejected
from handlers.staff import Officer
from handlers.walkins import Helping

HOME = "/desk/walkin"
LOOKS, PAUSE = 20, 0.3
"""How often, and after how many seconds, to look whether a photo has been examined."""
AGAIN = "3"
"""Seconds after which a page that waits for a photo asks for itself anew."""


async def show_start(desk: Desk, request: Request, officer: Officer) -> Response:
    """Which service, and who speaks."""
    return await _start(desk, request, officer)


async def start(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Begin a walk-in."""
    service, now = form.one("service"), desk.clock()
    helping = Helping(
        form.one("helper"), form.one("name")[:500], form.one("relation")[:500],
        form.one("mandate")[:500], form.one("phone")[:60],
    )  # fmt: skip
    try:
        walkin = await desk.gate.write(
            lambda tx: walkins.begin(tx, desk.house, officer, service, helping, now)
        )
    except Rejected as rejected:
        return await _start(desk, request, officer, 422, service, helping, rejected.code)
    return RedirectResponse(f"{HOME}/{walkin}", 303)


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The question at which the walk-in stands."""
    return await _page(desk, request, officer)


async def answer(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """What the person said."""
    walkin, now = request.path_params["walkin"], desk.clock()
    token, text = form.one("token"), form.one("text")[:10_000]
    event = Tapped(token[:200]) if token else Said(text)
    said = walkins.Said(event, form.one("nonce")[:64], form.one("asked")[:64])
    if token in ("back", "cancel"):
        said = replace(said, asked="")
    try:
        number = await desk.gate.write(
            lambda tx: walkins.say(tx, desk.house, officer, walkin, said, now)
        )
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        return await _page(desk, request, officer, 409, trouble=rejected.code)
    desk.wake()
    return go(desk, f"{HOME}/{walkin}", "walkin_sent" if number else "")


async def upload(desk: Desk, request: Request, officer: Officer) -> Response:
    """A photo from this very machine; then wait a moment for its verdict."""
    walkin, now = request.path_params["walkin"], desk.clock()
    see = sight(desk, officer)
    try:
        await desk.gate.read(lambda tx: walkins.mine(tx, officer, walkin, now))
    except Rejected:
        raise Stop(404, "not_found") from None
    try:
        async with kept(desk, request, officer.office_id) as (fields, said):
            if not hmac.compare_digest(fields.get("csrf", "").encode(), officer.csrf.encode()):
                raise Stop(403, "stale")
            await desk.gate.write(
                lambda tx: walkins.say(tx, desk.house, officer, walkin, said, now)
            )
    except Rejected as rejected:
        return await _page(desk, request, officer, 409, trouble=rejected.code)
    desk.wake()
    for _ in range(LOOKS):
        if not await desk.gate.read(lambda tx: counter.waiting(tx, see(tx), walkin)):
            break
        await asyncio.sleep(PAUSE)
    return RedirectResponse(f"{HOME}/{walkin}", 303)


async def open_upload(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Show a code with which a phone takes the photos."""
    walkin, now = request.path_params["walkin"], desk.clock()
    try:
        await desk.gate.write(lambda tx: walkins.open_upload(tx, desk.house, officer, walkin, now))
    except Rejected:
        raise Stop(404, "not_found") from None
    return RedirectResponse(f"{HOME}/{walkin}", 303)


async def drop(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The person went away."""
    walkin, now = request.path_params["walkin"], desk.clock()
    try:
        await desk.gate.write(lambda tx: walkins.drop(tx, desk.house, officer, walkin, now))
    except Rejected:
        raise Stop(404, "not_found") from None
    return go(desk, "/desk", "walkin_dropped")


async def _start(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    service: str = "",
    helping: Helping | None = None,
    trouble: str = "",
) -> Response:
    see = sight(desk, officer)
    drafts = await desk.gate.read(lambda tx: counter.drafts(tx, see(tx)))
    services = desk.house.catalog(officer.office_id).services.values()
    return page(
        desk, request, officer, "walkin_start.html", status,
        services=[(flow.id, flow.title) for flow in services], drafts=drafts,
        service=service, helping=helping or Helping(), trouble=trouble,
    )  # fmt: skip


async def _page(
    desk: Desk, request: Request, officer: Officer, status: int = 200, *, trouble: str = ""
) -> Response:
    see, walkin = sight(desk, officer), request.path_params["walkin"]
    try:
        shown = await desk.gate.read(lambda tx: counter.show(tx, see(tx), walkin))
    except Rejected:
        raise Stop(404, "not_found") from None
    code = qr(address(desk, request, f"u/{shown.upload}")) if shown.upload else ""
    response = page(
        desk, request, officer, "walkin.html", status, walkin=shown, qr=code, trouble=trouble
    )
    if shown.kind == "waiting" or (shown.upload and shown.kind == "document"):
        response.headers["refresh"] = AGAIN
    return response
