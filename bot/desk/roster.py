"""The staff of the office: inviting, roles, locking out."""

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.base import Desk, Form, Stop, done, go, page, shown, sight
from handlers import roster
from handlers.errors import Rejected
from handlers.staff import Officer
from handlers.words import say_short_time

PAGE = "/desk/staff"
DEEDS = {
    "disable": (roster.disable, "disabled"),
    "enable": (roster.enable, "enabled"),
    "sign-out": (roster.sign_out, "signed_them_out"),
    "reset-factor": (roster.reset_factor, "factor_reset"),
}
"""What is done to an account by its button, and the note that says so."""
STATUS = {"unknown": 404, "forbidden": 403, "stale": 409}
CODES = {"unknown": "not_found"}


def routes(desk: Desk) -> list[Route]:
    """The page of the staff, and its forms."""
    return [
        Route(PAGE, shown(desk, show, right="staff"), methods=["GET"]),
        Route(f"{PAGE}/invite", done(desk, invite, right="staff"), methods=["POST"]),
        Route(f"{PAGE}/{{login}}/role", done(desk, change_role, right="staff"), methods=["POST"]),
        Route(
            f"{PAGE}/{{login}}/section", done(desk, change_section, right="staff"), methods=["POST"]
        ),
        Route(f"{PAGE}/{{login}}/{{deed}}", done(desk, do, right="staff"), methods=["POST"]),
    ]


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """Everybody who works here."""
    return await _page(desk, request, officer)


async def invite(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """A link that makes one account; it is shown now and never again."""
    see, secret, role = sight(desk, officer), secrets.token_urlsafe(24), form.one("role")
    try:
        until = await desk.gate.write(lambda tx: roster.invite(tx, see(tx), role, secret))
    except Rejected as rejected:
        raise _stop(rejected) from None
    base = desk.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    zone = desk.house.office(officer.office_id).calendar.zone
    return await _page(
        desk, request, officer, link=f"{base}/desk/invite/{secret}", invited=role,
        until=say_short_time(until, zone),
    )  # fmt: skip


async def change_role(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Give somebody another role."""
    see, login = sight(desk, officer), request.path_params["login"]
    was, role = form.one("was"), form.one("role")
    try:
        await desk.gate.write(lambda tx: roster.change_role(tx, see(tx), login, was, role))
    except Rejected as rejected:
        raise _stop(rejected) from None
    return go(desk, PAGE, "role_changed")


async def change_section(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Say which section a head of section leads."""
    see, login = sight(desk, officer), request.path_params["login"]
    was, section = form.one("was"), form.one("section")
    try:
        await desk.gate.write(lambda tx: roster.change_section(tx, see(tx), login, was, section))
    except Rejected as rejected:
        raise _stop(rejected) from None
    return go(desk, PAGE, "section_changed")


async def do(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Lock out, let in again, sign out, or take the second factor away."""
    see, login = sight(desk, officer), request.path_params["login"]
    work, note = DEEDS.get(request.path_params["deed"], (None, ""))
    if work is None:
        raise Stop(404, "not_found")
    try:
        await desk.gate.write(lambda tx: work(tx, see(tx), login))
    except Rejected as rejected:
        raise _stop(rejected) from None
    return go(desk, PAGE, note)


def _stop(rejected: Rejected) -> Stop:
    return Stop(STATUS[rejected.code], CODES.get(rejected.code, rejected.code))


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    *,
    link: str = "",
    invited: str = "",
    until: str = "",
) -> Response:
    see = sight(desk, officer)
    members = await desk.gate.read(lambda tx: roster.show(tx, see(tx), desk.idle, desk.longest))
    return page(
        desk, request, officer, "staff.html", members=members,
        roles=roster.grantable(officer.role), demanding=desk.demanding,
        sections=desk.house.office(officer.office_id).sections,
        link=link, invited=invited, until=until,
    )  # fmt: skip
