"""Signing in and out, and accepting an invitation.

The cookie is SameSite=Lax, not Strict: an officer who opens a ticket from an alert in
Telegram's web client comes from another site and would seem signed out.  What Lax lets
through changes nothing: every change is a POST with the session's own token.
"""

import asyncio
import ipaddress
import math
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.base import (
    HOME,
    SIGN_IN,
    Desk,
    Form,
    Stop,
    go,
    read_form,
    safe_path,
    signed_in,
)
from bot.desk.limits import Key
from handlers import staff
from handlers.errors import Rejected
from handlers.staff import Officer

T = TypeVar("T")


async def show_sign_in(desk: Desk, request: Request) -> Response:
    """The form, unless this browser is signed in already."""
    wanted = safe_path(request.query_params.get("next", ""))
    if await signed_in(desk, request) is not None:
        return RedirectResponse(wanted, 303)
    note = request.cookies.get("loket_note", "")
    return _form(desk, wanted, code=note if note in ("welcome", "signed_out") else "")


async def sign_in(desk: Desk, request: Request) -> Response:
    """Count the attempt, check the password outside any transaction, open a new session."""
    form = await read_form(request)
    login, wanted = form.one("login")[:100], safe_path(form.one("next"))
    keys = _keys(request, login)
    wait = desk.limiter.attempt(keys, desk.clock())
    if wait > timedelta():
        return _wait(desk, wanted, login, wait)
    token = await _checked(desk, login, form.one("password"))
    if not token:
        return _form(desk, wanted, 422, login=login, code="wrong")
    desk.limiter.forgive(keys, desk.clock())
    before = request.cookies.get(desk.cookie, "")
    await desk.gate.write(lambda tx: staff.sign_out(tx, before))
    response = RedirectResponse(wanted, 303)
    response.set_cookie(desk.cookie, token, secure=desk.secure, httponly=True, samesite="lax")
    return response


async def sign_out(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """End this browser's session."""
    token = request.cookies.get(desk.cookie, "")
    await desk.gate.write(lambda tx: staff.sign_out(tx, token))
    response = go(desk, SIGN_IN, "signed_out")
    response.delete_cookie(desk.cookie, secure=desk.secure, httponly=True, samesite="lax")
    return response


async def show_invite(desk: Desk, request: Request) -> Response:
    """The form behind an invitation.  Looking uses nothing up: chats open links for previews."""
    secret, now = request.path_params["secret"], desk.clock()
    if await desk.gate.read(lambda tx: staff.find_invite(tx, secret, now)) is None:
        raise Stop(404, "invite_gone")
    return desk.pages.render("invite.html", secret=secret, login="", name="", code="")


async def accept_invite(desk: Desk, request: Request) -> Response:
    """Open the account; a form that cannot be used leaves the invitation as it was."""
    form, secret, now = await read_form(request), request.path_params["secret"], desk.clock()
    login, name, password = form.one("login"), form.one("name"), form.one("password")
    if await desk.gate.read(lambda tx: staff.find_invite(tx, secret, now)) is None:
        raise Stop(404, "invite_gone")
    try:
        if password != form.one("again"):
            raise Rejected("password_differs")
        salt = secrets.token_bytes(16)
        kept = await _slowly(desk, lambda: staff.hashed(password, login, salt))
        await desk.gate.write(lambda tx: staff.accept_invite(tx, secret, login, name, kept, now))
    except Rejected as rejected:
        if rejected.code == "invite_gone":
            raise Stop(404, "invite_gone") from None
        return desk.pages.render(
            "invite.html", 422, secret=secret, login=login, name=name, code=rejected.code
        )
    return go(desk, SIGN_IN, "welcome")


async def _checked(desk: Desk, login: str, password: str) -> str:
    """The token of a new session; empty when login and password do not belong together."""
    account = await desk.gate.read(lambda tx: staff.find(tx, login))
    if not await _slowly(desk, lambda: staff.matches(account, password)):
        return ""
    token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), desk.clock()
    opened = await desk.gate.write(lambda tx: staff.sign_in(tx, account, token, csrf, now))
    return token if opened else ""


async def _slowly(desk: Desk, work: Callable[[], T]) -> T:
    """Hash a password in a thread, few at a time."""
    async with desk.hashing:
        return await asyncio.to_thread(work)


def _form(
    desk: Desk,
    wanted: str,
    status: int = 200,
    *,
    login: str = "",
    code: str = "",
    wait: tuple[int, str] = (0, ""),
) -> Response:
    response = desk.pages.render(
        "sign_in.html", status, wanted=wanted, login=login, code=code, wait=wait
    )
    response.delete_cookie("loket_note", path=HOME)
    return response


def _wait(desk: Desk, wanted: str, login: str, wait: timedelta) -> Response:
    seconds = math.ceil(wait.total_seconds())
    amount = (seconds, "seconds") if seconds < 90 else (math.ceil(seconds / 60), "minutes")
    response = _form(desk, wanted, 429, login=login, code="wait", wait=amount)
    response.headers["retry-after"] = str(seconds)
    return response


def _keys(request: Request, login: str) -> Sequence[Key]:
    return ("login", staff.read_login(login)), ("address", _address(request))


def _address(request: Request) -> str:
    """Where the request comes from; behind a proxy on this machine, what the proxy says.

    An IPv6 subscriber has a whole network: it counts as one address.
    """
    peer = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(peer)
        said = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if address.is_loopback and said:
            address = ipaddress.ip_address(said)
    except ValueError:
        return peer
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
