"""A ticket's pass for its holder, and what a scanner at the counter reads."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.base import Desk, Form, Stop, page, signed_in
from bot.desk.doors import address
from bot.paper import qr
from handlers import passes
from handlers.errors import Rejected
from handlers.staff import Officer


async def show(desk: Desk, request: Request) -> Response:
    """How the ticket stands; an officer of its office comes to the ticket itself."""
    token, now = request.path_params["token"], desk.clock()
    found = await desk.gate.read(lambda tx: passes.look(tx, desk.house, token, now))
    if found is None:
        raise Stop(404, "pass_unknown")
    view, office = found
    officer = await signed_in(desk, request)
    if officer is not None and officer.office_id == office:
        return RedirectResponse(f"/desk/tickets/{view.number}", 303)
    code = qr(address(desk, request, f"p/{token.upper()}"))
    return desk.pages.render("pass.html", view=view, qr=code)


async def scan(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """To the ticket whose pass was scanned, or whose number was typed."""
    text, now = form.one("code")[:300], desk.clock()
    try:
        row = await desk.gate.read(lambda tx: passes.find(tx, officer.office_id, text, now))
    except Rejected as rejected:
        return page(desk, request, officer, "scan.html", 422, trouble=rejected.code)
    return RedirectResponse(f"/desk/tickets/{row.number}", 303)
