"""What every page of the desk needs: its dependencies, who is signed in, forms, short notes.

A page is an async function of (desk, request, …) -> response.  `public`, `shown` and `done`
make it an endpoint; `done` lets only a signed-in officer's own form through.
"""

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from bot.bare import without_values
from bot.cell import Cell
from bot.clock import Clock
from bot.desk.limits import Limiter
from bot.desk.pages import Pages, dressed
from bot.gate import Gate
from bot.paper import Press
from bot.upload import Room
from flows.numbers import is_valid
from handlers import staff
from handlers.desk import Sight
from handlers.offices import House
from handlers.rights import may
from handlers.staff import NEEDS_FACTOR, Officer
from storage.db import Tx
from storage.files import Vault

log = logging.getLogger(__name__)

HOME, SIGN_IN = "/desk", "/desk/sign-in"
CODE = "/desk/sign-in/code"
"""Where the second factor is asked for."""
ACCOUNT, FACTOR = "/desk/account", "/desk/account/factor"
LARGEST_FORM = 64 * 1024
"""Bytes; the longest note is far smaller."""
UPLOADS = 64 << 20
TOUCH = timedelta(minutes=1)
"""A click within this time of the last one is not written down."""
BY_ITSELF = "loket-refresh"
"""The header with which a page asks for itself anew: not a click of its officer."""
NOTE = "loket_note"
"""The cookie with the code of what was just done, shown once."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The dependencies of all pages.

    wake        called after a commit that may have promised messages
    public_url  where people reach us: cookies are for https alone when it is https
    idle        signed out after so long without a click
    longest     signed out after so long in any case
    demanding   roles that need a second factor
    press       prints slips and letters
    room        bytes of uploads that may be in memory at once
    cell        examines files in a process of its own
    hashing     passwords checked at the same time: each takes 64 MB
    """

    gate: Gate
    house: House
    clock: Clock
    vault: Vault
    wake: Callable[[], None]
    public_url: str = ""
    idle: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=12)
    demanding: Sequence[str] = NEEDS_FACTOR
    limiter: Limiter = field(default_factory=Limiter)
    pages: Pages = field(default_factory=Pages)
    press: Press = field(default_factory=Press)
    room: Room = field(default_factory=lambda: Room(UPLOADS))
    cell: Cell = field(default_factory=Cell)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        return "__Host-loket_desk" if self.secure else "loket_desk"


class Stop(Exception):
    """An answer that is only a message: its status, and the code of its words."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> Sequence[str]:
        return self.fields.get(name, ())


Endpoint = Callable[[Request], Awaitable[Response]]
Public = Callable[[Desk, Request], Awaitable[Response]]
Shown = Callable[[Desk, Request, Officer], Awaitable[Response]]
Done = Callable[[Desk, Request, Officer, Form], Awaitable[Response]]


def public(desk: Desk, page: Public) -> Endpoint:
    """A page for everybody."""

    async def endpoint(request: Request) -> Response:
        try:
            return dressed(await page(desk, request))
        except Stop as stop:
            response = dressed(desk.pages.render("message.html", stop.status, code=stop.code))
            if stop.status == 413:
                response.headers["connection"] = "close"  # the rest will not be read
            return response
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            log.error("the desk failed", exc_info=without_values(error))
            return dressed(desk.pages.render("message.html", 500, code="broken"))

    return endpoint


def shown(desk: Desk, page: Shown, *, right: str = "work", stages: Sequence[str] = ()) -> Endpoint:
    """A page for officers; others are asked to sign in first.

    right   what their role must allow: see rights.RIGHTS
    stages  of signing in at which the page is shown as well: see StaffSession
    """

    async def guarded(desk: Desk, request: Request) -> Response:
        officer = await signed_in(desk, request)
        half = await half_in(desk, request) if officer is None else None
        if half is not None and half[1] in stages:
            officer = half[0]
        if officer is not None:
            if not may(officer.role, right):
                raise Stop(403, "forbidden")
            return await page(desk, request, officer)
        return ask_to_sign_in(request, half[1] if half else "")

    return public(desk, guarded)


def done(desk: Desk, page: Done, *, right: str = "work", stages: Sequence[str] = ()) -> Endpoint:
    """An officer's own form: it carries the token of this session."""

    async def guarded(desk: Desk, request: Request, officer: Officer) -> Response:
        form = await read_form(request)
        if not hmac.compare_digest(form.one("csrf").encode(), officer.csrf.encode()):
            raise Stop(403, "stale")
        return await page(desk, request, officer, form)

    return shown(desk, guarded, right=right, stages=stages)


# --- who is signed in -----------------------------------------------------------------


async def signed_in(desk: Desk, request: Request) -> Officer | None:
    """The officer of this browser; a click of theirs keeps the session alive."""
    token, now = request.cookies.get(desk.cookie, ""), desk.clock()
    officer = await desk.gate.read(
        lambda tx: staff.signed_in(tx, token, now, desk.idle, desk.longest)
    )
    if officer and now - officer.seen_at >= TOUCH and BY_ITSELF not in request.headers:
        await desk.gate.write(lambda tx: staff.clicked(tx, token, now))
    return officer


async def half_in(desk: Desk, request: Request) -> tuple[Officer, str] | None:
    """Whose password was right in this browser, and what is still missing: "code" or "setup"."""
    token, now = request.cookies.get(desk.cookie, ""), desk.clock()
    return await desk.gate.read(lambda tx: staff.halfway(tx, token, now))


def ask_to_sign_in(request: Request, stage: str = "") -> Response:
    """To what is missing for signing in, and back afterwards to the ticket that was wanted."""
    if stage == "setup":
        return RedirectResponse(FACTOR, 303)
    ticket = re.match(r"/desk/tickets/[^/]+", request.url.path)
    wanted = safe_path(ticket[0] if ticket else re.sub(r"/(say|take|end)$", "", request.url.path))
    to = CODE if stage == "code" else SIGN_IN
    return RedirectResponse(to if wanted == HOME else f"{to}?next={wanted}", 303)


def safe_path(path: str) -> str:
    """The path of a ticket or a talk, as it was asked for; else the queue: never another site."""
    if re.fullmatch(r"/desk/talks/[0-9]{1,18}", path):
        return path
    match = re.fullmatch(r"/desk/tickets/([A-Z0-9-]{1,40})", path)
    return path if match and is_valid(match[1]) else HOME


def sight(desk: Desk, officer: Officer) -> Callable[[Tx], Sight]:
    """What the handlers are given: who looks, and when."""
    now = desk.clock()
    return lambda tx: Sight.of(tx, desk.house, officer, now)


# --- forms ----------------------------------------------------------------------------


async def read_form(request: Request) -> Form:
    """The fields of a form that one of our own pages sent.

    Browsers say from where a form comes (Sec-Fetch-Site); that also guards the sign-in,
    which has no session yet whose token could be asked for.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Stop(403, "stale")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise Stop(413, "too_big")
    try:
        text = body.decode("ascii")
        return Form(parse_qs(text, keep_blank_values=True, max_num_fields=100, errors="replace"))
    except ValueError:
        raise Stop(400, "stale") from None


# --- answers --------------------------------------------------------------------------


def page(
    desk: Desk, request: Request, officer: Officer, template: str, status: int = 200, **values: Any
) -> Response:
    """A page of the signed-in desk, with the note of what was just done."""
    note = request.cookies.get(NOTE, "") if BY_ITSELF not in request.headers else ""
    response = desk.pages.render(
        template,
        status,
        officer=officer,
        office=desk.house.office(officer.office_id).name,
        may=partial(may, officer.role),
        done=values.pop("done", "") or (note if note.isidentifier() else ""),
        **values,
    )
    if note:
        response.delete_cookie(NOTE, path=HOME)
    return response


def go(desk: Desk, to: str, note: str = "") -> Response:
    """After a form: to a page, which shows the note once."""
    response = RedirectResponse(to, 303)
    if note:
        response.set_cookie(
            NOTE, note, max_age=60, path=HOME, secure=desk.secure, httponly=True, samesite="lax"
        )
    return response
