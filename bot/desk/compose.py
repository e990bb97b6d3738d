"""Writing a broadcast: one form with its words, its file, its people, and what it would cost.

The form works without scripts: a file is kept as soon as it was looked at, so that nothing has
to be chosen twice when something else is wrong.
"""

import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import enclosing, media
from bot.desk.base import Desk, Form, Stop, go, page, read_form, shown
from bot.examined import Unfit
from bot.shelf import Shelf
from bot.upload import Crowded, TooBig, Unreadable, Upload
from handlers import broadcasts as texts
from handlers import lengths
from handlers.broadcasts import BUTTONS, EVERY, LABEL, TITLE, Written, of_office
from handlers.enclosures import ENDINGS
from handlers.errors import Rejected
from handlers.estimates import Reach
from handlers.segments import ANY, CHANNELS, DAYS, LISTS
from handlers.staff import Officer
from storage import conversations, enclosures
from storage.db import Tx

SEEDS = 2**31 - 1
LAST = 2**31 - 1
FIELDS = 300
"""Most fields of the form: each service and each kelurahan may be one."""
MOST = {"title": TITLE, "label": LABEL, "buttons": BUTTONS}


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form: of a new broadcast, or of draft `number`."""

    written: Written
    number: int | None = None
    trouble: str = ""
    reach: Reach | None = None


def routes(desk: Desk, here: str) -> list[Route]:
    """here: the address of the list."""
    one = f"{here}/{{broadcast:int}}/write"
    return [
        Route(here, shown(desk, partial(keep, here=here)), methods=["POST"]),
        Route(f"{here}/new", shown(desk, show_new), methods=["GET"]),
        Route(f"{here}/files/{{file}}", shown(desk, show_file), methods=["GET"]),
        Route(one, shown(desk, show), methods=["GET"]),
        Route(one, shown(desk, partial(keep, here=here)), methods=["POST"]),
    ]


async def show_new(desk: Desk, request: Request, officer: Officer) -> Response:
    """An empty form."""
    empty = Written("", "", holdout=desk.house.manners.holdout)
    return await _form(desk, request, officer, Draft(empty))


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """A draft in its form."""
    number = _number(request)

    def work(tx: Tx) -> Any:
        return of_office(tx, officer.office_id, number)

    try:
        row = await desk.gate.read(work)
    except Rejected:
        raise Stop(404, "not_found") from None
    buttons = [(each["label"], each["service"]) for each in row.buttons]
    written = Written(
        row.title, row.body, row.purpose, buttons, row.segment, row.holdout, row.every,
        row.enclosure,
    )  # fmt: skip
    return await _form(desk, request, officer, Draft(written, row.id))


async def show_file(desk: Desk, request: Request, officer: Officer) -> Response:
    """The file of a draft or a broadcast of this office."""
    file = request.path_params["file"]
    row = await desk.gate.read(lambda tx: enclosures.get(tx, file))
    if row is None or row.office_id != officer.office_id:
        raise Stop(404, "not_found")
    return await media.served(Shelf(desk.gate, desk.vault, ""), file, request)


async def keep(desk: Desk, request: Request, officer: Officer, *, here: str) -> Response:
    """Keep a draft, new or changed, and show it as people will read it; or only count."""
    number = _number(request) if "broadcast" in request.path_params else None
    async with _posted(desk, request, officer) as (form, file, name):
        draft = Draft(_written(form), number)
        try:
            draft = await _with_file(desk, officer, draft, form, file, name)
            if form.one("deed") == "count":
                reach = await _counted(desk, officer, draft.written)
                return await _form(desk, request, officer, replace(draft, reach=reach))
            kept = await _kept(desk, officer, draft)
        except Unfit as unfit:
            return await _refused(desk, request, officer, draft, f"file_{unfit.code}")
        except Rejected as rejected:
            return await _refused(desk, request, officer, draft, rejected.code)
    return go(desk, f"{here}/{kept}", "broadcast_kept")


async def _refused(
    desk: Desk, request: Request, officer: Officer, draft: Draft, code: str
) -> Response:
    if code == "not_found":
        raise Stop(404, "not_found")
    return await _form(desk, request, officer, replace(draft, trouble=code), 422)


async def _with_file(
    desk: Desk, officer: Officer, draft: Draft, form: Form, file: bytes, name: str
) -> Draft:
    """The draft with the file that came along.  Raises Unfit."""
    written = draft.written
    if file:
        now = desk.clock()
        taken = await enclosing.keep(
            desk.gate, desk.vault, officer.office_id, file, name, officer.login, now
        )
        written = replace(written, enclosure=taken)
    elif form.one("unfile"):
        written = replace(written, enclosure="")
    return replace(draft, written=written)


async def _counted(desk: Desk, officer: Officer, written: Written) -> Reach:
    office, now = desk.house.office(officer.office_id), desk.clock()
    return await desk.gate.read(lambda tx: texts.foresee(tx, desk.house, office, written, now))


async def _kept(desk: Desk, officer: Officer, draft: Draft) -> int:
    office, now, seed = desk.house.office(officer.office_id), desk.clock(), secrets.randbelow(SEEDS)

    def work(tx: Tx) -> int:
        return texts.write(
            tx, desk.house, office, draft.written, officer.login, seed, now, draft.number
        )

    return await desk.gate.write(work)


@asynccontextmanager
async def _posted(
    desk: Desk, request: Request, officer: Officer
) -> AsyncIterator[tuple[Form, bytes, str]]:
    """The officer's own form, with a file and its name where one came along.  Raises Stop."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        form = await read_form(request)
        _own(officer, form)
        yield form, b"", ""
        return
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Stop(403, "stale")
    try:
        with Upload(kind, enclosing.LARGEST_UPLOAD, desk.room, FIELDS) as upload:
            read = await upload.read(request.stream())
            form = Form(read.lists)
            _own(officer, form)
            yield form, read.data or b"", read.name
    except TooBig:
        raise Stop(413, "file_too_big") from None
    except Unreadable:
        raise Stop(400, "stale") from None
    except Crowded:
        raise Stop(503, "slow") from None


def _own(officer: Officer, form: Form) -> None:
    if not hmac.compare_digest(form.one("csrf").encode(), officer.csrf.encode()):
        raise Stop(403, "stale")


async def _form(
    desk: Desk, request: Request, officer: Officer, draft: Draft, status: int = 200
) -> Response:
    house, office = desk.house, desk.house.office(officer.office_id)
    written, catalog = draft.written, desk.house.catalog(officer.office_id)

    def work(tx: Tx) -> tuple[Any, list[str]]:
        return enclosures.get(tx, written.enclosure), conversations.languages(tx, office.id)

    file, spoken = await desk.gate.read(work)
    if file is not None and file.office_id != officer.office_id:
        file = None
    return page(
        desk, request, officer, "broadcast_write.html", status, written=written,
        draft=draft.number, trouble=draft.trouble, reach=draft.reach, file=file,
        services=list(catalog.services.values()), any_draft=ANY, kelurahan=office.kelurahan,
        languages=list(dict.fromkeys((*spoken, *written.segment.get("languages", ())))),
        channels=CHANNELS, every=("", *EVERY), most=MOST, per_month=house.manners.per_month,
        rooms=lengths.rooms(house, office), footer=lengths.footer(house),
        long=lengths.variables(house, office),
        accept=",".join(f".{each}" for each in (*ENDINGS.values(), "jpeg", "png", "webp", "heic")),
    )  # fmt: skip


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
        enclosure=form.one("enclosure")[:64],
    )


def _number(request: Request) -> int:
    return min(int(request.path_params["broadcast"]), LAST)
