"""An officer's own account: the second factor, linked chats, and where they are signed in."""

import secrets
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.auth import joined, passed, sealed, unsealed
from bot.desk.base import ACCOUNT, FACTOR, Desk, Form, Stop, go, half_in, page
from bot.desk.codes import drawn
from handlers import second_factor, staff, staff_doors, totp
from handlers.errors import Rejected
from handlers.second_factor import Factor
from handlers.staff import Officer
from handlers.words import say_short_time


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The account."""
    return await _account(desk, request, officer)


async def sign_out_others(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Every other browser of this officer is signed out."""
    token = request.cookies.get(desk.cookie, "")
    now = desk.clock()
    await desk.gate.write(lambda tx: staff.sign_out_others(tx, officer, token, now))
    return go(desk, ACCOUNT, "others_out")


async def show_factor(desk: Desk, request: Request, officer: Officer) -> Response:
    """Setting a second factor up: why, then the secret until its first code was typed."""
    return await _factor(desk, request, officer)


async def begin(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """A new secret.  Who is already in types the password again: the browser may stand open."""
    if await half_in(desk, request) is None:
        trouble = await passed(desk, request, officer.login, form.one("password"))
        if trouble:
            return await _account(desk, request, officer, 422, trouble=trouble)
    kept = sealed(desk, officer, secrets.token_bytes(totp.SECRET))
    await desk.gate.write(lambda tx: second_factor.begin(tx, officer, kept))
    return RedirectResponse(FACTOR, 303)


async def confirm(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The first code proves that the app has the secret; then the papers are shown, once."""
    factor = await desk.gate.read(lambda tx: second_factor.find(tx, officer, desk.demanding))
    if not factor.pending:
        raise Stop(409, "stale")
    secret = unsealed(desk, officer, factor.pending)
    now = desk.clock()
    step = totp.matched(secret, joined(form.one("code")), now)
    if step is None:
        return await _factor(desk, request, officer, 422, trouble="code_wrong")
    papers = totp.papers(secrets.token_bytes(totp.PAPERS * totp.PAPER))
    token = request.cookies.get(desk.cookie, "")
    try:
        await desk.gate.write(
            lambda tx: second_factor.confirm(tx, officer, token, factor.pending, step, papers, now)
        )
    except Rejected:
        raise Stop(409, "stale") from None
    return page(desk, request, officer, "papers.html", papers=papers)


async def drop(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The password alone is enough again, for those whose role allows it."""
    trouble = await passed(desk, request, officer.login, form.one("password"))
    if trouble:
        return await _account(desk, request, officer, 422, trouble=trouble)
    try:
        now = desk.clock()
        await desk.gate.write(lambda tx: second_factor.drop(tx, officer, now, desk.demanding))
    except Rejected as rejected:
        return await _account(desk, request, officer, 422, trouble=rejected.code)
    return go(desk, ACCOUNT, "factor_off")


async def offer_door(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Show a code, once, that links a chat of the officer's; the password is typed for it."""
    trouble = await passed(desk, request, officer.login, form.one("password"))
    if trouble:
        return await _account(desk, request, officer, 422, trouble=trouble)
    code, now = desk.house.draw(), desk.clock()
    await desk.gate.write(lambda tx: staff_doors.offer_code(tx, officer, code, now))
    return await _account(desk, request, officer, code=f"{code[:4]} {code[4:]}")


async def close_door(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """A linked chat is unlinked at once."""
    channel, now = form.one("channel"), desk.clock()
    await desk.gate.write(lambda tx: staff_doors.unlink(tx, officer, channel, now))
    return go(desk, ACCOUNT, "unlinked")


async def _account(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    trouble: str = "",
    code: str = "",
) -> Response:
    """The account.

    code  that links a chat, just made
    """
    token, now = request.cookies.get(desk.cookie, ""), desk.clock()
    factor = await desk.gate.read(lambda tx: second_factor.find(tx, officer, desk.demanding))
    browsers = await desk.gate.read(
        lambda tx: staff.browsers(tx, officer, token, now, desk.idle, desk.longest)
    )
    zone = desk.house.office(officer.office_id).calendar.zone
    shown = [
        (each.agent, say_short_time(each.began, zone), say_short_time(each.seen, zone), each.here)
        for each in browsers
    ]
    doors = await desk.gate.read(lambda tx: staff_doors.mine(tx, officer))
    linked = [(each.channel, say_short_time(each.linked, zone)) for each in doors]
    return page(
        desk, request, officer, "account.html", status,
        factor=factor, browsers=shown, trouble=trouble, doors=linked, code=code,
    )  # fmt: skip


async def _factor(
    desk: Desk, request: Request, officer: Officer, status: int = 200, *, trouble: str = ""
) -> Response:
    factor: Factor = await desk.gate.read(
        lambda tx: second_factor.find(tx, officer, desk.demanding)
    )
    groups: Sequence[str] = ()
    address = ""
    if factor.pending:
        secret = unsealed(desk, officer, factor.pending)
        groups, address = totp.groups(secret), totp.address(secret, officer.login)
    first = await half_in(desk, request) is not None
    if not (first or groups):
        return RedirectResponse(ACCOUNT, 303)
    return page(
        desk, request, officer, "factor.html", status,
        groups=groups, address=address, code=drawn(address) if address else "", first=first,
        trouble=trouble,
    )  # fmt: skip
