"""A phone takes the picture of a signed result: a code at the desk opens a page for it alone.

The code is the sealed name of ticket and officer, and ends soon; nothing of it is kept.
"""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import signing
from bot.desk.base import Desk, Form, Stop, page, sight
from bot.desk.doors import address
from bot.desk.intake import received
from bot.desk.ticket import named, refused
from bot.paper import qr
from bot.sealed import sealed, unsealed
from handlers import signing as results
from handlers.errors import Rejected
from handlers.staff import Officer
from storage import staff

SEAL = "signed-phone"
LIFE = timedelta(minutes=15)


async def open_page(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The code that a phone scans."""
    see, number = sight(desk, officer), named(request)
    try:
        await desk.gate.read(lambda tx: results.plan(tx, see(tx), number))
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        return await refused(desk, request, officer, rejected.code, "signed")
    until = desk.clock() + LIFE
    token = sealed(desk.vault, SEAL, (number, officer.login, str(until)))
    where = address(desk, request, f"s/{token}")
    return page(
        desk, request, officer, "signed_phone.html", number=number, qr=qr(where), where=where
    )


async def show(desk: Desk, request: Request) -> Response:
    """A field for one photo."""
    await _whose(desk, request)
    return _page(desk, request, sent="sent" in request.query_params)


async def take(desk: Desk, request: Request) -> Response:
    """Keep it as if it had been uploaded at the desk."""
    number, officer = await _whose(desk, request)
    try:
        async with received(desk, request) as form:
            await signing.take_in(desk, request, officer, number, form.data or b"")
    except Rejected as rejected:
        return _page(desk, request, 422, trouble=rejected.code)
    return RedirectResponse(f"/s/{request.path_params['token']}?sent", 303)


def _page(
    desk: Desk, request: Request, status: int = 200, *, sent: bool = False, trouble: str = ""
) -> Response:
    token = request.path_params["token"]
    return desk.pages.render("signed_camera.html", status, token=token, sent=sent, trouble=trouble)


async def _whose(desk: Desk, request: Request) -> tuple[str, Officer]:
    """The ticket of a code that still holds, and the officer who shows it.  Raises Stop."""
    words, now = unsealed(desk.vault, SEAL, request.path_params["token"]), desk.clock()
    if words is None or datetime.fromisoformat(words[2]) <= now:
        raise Stop(404, "upload_gone")
    number, login, _ = words
    row = await desk.gate.read(lambda tx: staff.by_login(tx, login))
    if row is None or row.disabled_at is not None:
        raise Stop(404, "upload_gone")
    return number, Officer(row.office_id, row.login, row.name, row.role, "", now)
