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

from bot.desk.agents import describe
from bot.desk.base import (
    HOME,
    SIGN_IN,
    Desk,
    Form,
    Stop,
    ask_to_sign_in,
    go,
    half_in,
    read_form,
    safe_path,
    signed_in,
)
from bot.desk.limits import Key
from handlers import second_factor, staff, totp
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
    agent = describe(request.headers.get("user-agent", ""))
    token = await _checked(desk, login, form.one("password"), agent)
    if not token:
        return _form(desk, wanted, 422, login=login, code="wrong")
    desk.limiter.forgive(keys, desk.clock())
    before = request.cookies.get(desk.cookie, "")
    await desk.gate.write(lambda tx: staff.sign_out(tx, before))
    response = RedirectResponse(wanted, 303)
    response.set_cookie(desk.cookie, token, secure=desk.secure, httponly=True, samesite="lax")
    return response


async def show_code(desk: Desk, request: Request, officer: Officer) -> Response:
    """The form for the second factor, while it is what is missing."""
    half = await half_in(desk, request)
    wanted = safe_path(request.query_params.get("next", ""))
    if half is None or half[1] != "code":
        return RedirectResponse(wanted, 303)
    return _code_form(desk, officer, wanted)


async def enter_code(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Take a code from the app or from paper: counted, and each only once."""
    half, now = await half_in(desk, request), desk.clock()
    typed, wanted = form.one("code")[:100], safe_path(form.one("next"))
    if half is None or half[1] != "code":
        return ask_to_sign_in(request)
    keys: Sequence[Key] = (("code", officer.login),)
    wait = desk.limiter.attempt(keys, now)
    if wait > timedelta():
        form_again = _code_form(desk, officer, wanted, 429, code="wait", wait=_amount(wait))
        return _later(form_again, wait)
    factor = await desk.gate.read(lambda tx: second_factor.find(tx, officer, desk.demanding))
    if not factor.secret:
        return ask_to_sign_in(request)
    step = totp.matched(unsealed(desk, officer, factor.secret), joined(typed), now)
    paper, token = totp.read_paper(typed), request.cookies.get(desk.cookie, "")
    try:
        await desk.gate.write(
            lambda tx: second_factor.enter(tx, officer, token, factor.secret, step, paper, now)
        )
    except Rejected as rejected:
        await desk.gate.write(lambda tx: second_factor.refuse(tx, officer, now))
        return _code_form(desk, officer, wanted, 422, code=rejected.code)
    desk.limiter.forgive(keys, now)
    return RedirectResponse(wanted, 303)


def sealed(desk: Desk, officer: Officer, secret: bytes) -> str:
    """The secret of an officer's app as it is kept."""
    return desk.vault.seal(f"totp:{officer.login}", officer.office_id, secret)


def unsealed(desk: Desk, officer: Officer, kept: str) -> bytes:
    """The secret again."""
    return desk.vault.unseal(f"totp:{officer.login}", officer.office_id, kept)


def joined(typed: str) -> str:
    """A code as it is compared: apps show it in two groups."""
    return "".join(typed.split())[:20]


async def passed(desk: Desk, request: Request, login: str, password: str) -> str:
    """Why the password, typed once more, does not count: "wrong", "wait"; empty when it does."""
    keys = _keys(request, login)
    if desk.limiter.attempt(keys, desk.clock()) > timedelta():
        return "wait"
    account, now = await desk.gate.read(lambda tx: staff.find(tx, login)), desk.clock()
    if not await _slowly(desk, lambda: staff.matches(account, password)):
        await desk.gate.write(lambda tx: staff.refuse(tx, login, now))
        return "wrong"
    desk.limiter.forgive(keys, desk.clock())
    return ""


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


async def _checked(desk: Desk, login: str, password: str, agent: str) -> str:
    """The token of a new session; empty when login and password do not belong together."""
    account, now = await desk.gate.read(lambda tx: staff.find(tx, login)), desk.clock()
    if not await _slowly(desk, lambda: staff.matches(account, password)):
        await desk.gate.write(lambda tx: staff.refuse(tx, login, now))
        return ""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    opened = await desk.gate.write(
        lambda tx: staff.sign_in(tx, account, token, csrf, now, agent, desk.demanding)
    )
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


def _code_form(
    desk: Desk,
    officer: Officer,
    wanted: str,
    status: int = 200,
    *,
    code: str = "",
    wait: tuple[int, str] = (0, ""),
) -> Response:
    return desk.pages.render(
        "code.html", status, officer=officer, wanted=wanted, code=code, wait=wait
    )


def _wait(desk: Desk, wanted: str, login: str, wait: timedelta) -> Response:
    response = _form(desk, wanted, 429, login=login, code="wait", wait=_amount(wait))
    return _later(response, wait)


def _later(response: Response, wait: timedelta) -> Response:
    response.headers["retry-after"] = str(math.ceil(wait.total_seconds()))
    return response


def _amount(wait: timedelta) -> tuple[int, str]:
    seconds = math.ceil(wait.total_seconds())
    return (seconds, "seconds") if seconds < 90 else (math.ceil(seconds / 60), "minutes")


def _keys(request: Request, login: str) -> Sequence[Key]:
    return ("login", staff.read_login(login)), ("address", network(request))


def network(request: Request) -> str:
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
