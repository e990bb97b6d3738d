"""The queue of the officer's own office, the search, and answers to questions."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.base import HOME, Desk, Form, Stop, go, page, sight
from handlers import conversation, questions, queue, search
from handlers.errors import Rejected
from handlers.filters import ALL, Filters
from handlers.staff import Officer
from handlers.tickets import Actor
from storage.db import Tx
from storage.queue import Place

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FILTERS = tuple(each.name for each in fields(Filters))
LAST = 2**63 - 1
"""The largest id that a database holds."""


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """What needs this office now."""
    return await _page(desk, request, officer)


async def find(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """To the one ticket that fits, or a list.  A form, for names and NIKs are not for URLs."""
    see, typed = sight(desk, officer), form.one("number")[:100]
    try:
        found = await desk.gate.read(lambda tx: search.find(tx, see(tx), typed))
    except Rejected as rejected:
        return page(
            desk, request, officer, "found.html", 422,
            found=None, typed=typed, search=rejected.code,
        )  # fmt: skip
    if len(found.lines) == 1:
        return RedirectResponse(f"/desk/tickets/{found.lines[0].number}", 303)
    return page(desk, request, officer, "found.html", found=found, typed=typed, search="")


async def answer(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Answer a citizen's question in their chat."""
    text, now = form.one("text"), desk.clock()
    asked = min(request.path_params["question"], LAST)
    actor = Actor("staff", officer.login, officer.name)
    try:
        await desk.gate.write(
            lambda tx: questions.reply(tx, desk.house, officer.office_id, asked, text, actor, now)
        )
    except Rejected as rejected:
        status = 409 if rejected.code == "answered" else 422
        return await _page(
            desk, request, officer, status, asked=asked, text=text, trouble=rejected.code
        )
    desk.wake()
    return go(desk, f"{HOME}#pertanyaan", "replied")


async def handle(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The officer called, or saw to it otherwise: a lost message leaves the list."""
    see, row = sight(desk, officer), min(request.path_params["message"], LAST)
    try:
        await desk.gate.write(lambda tx: queue.handle(tx, see(tx), row))
    except Rejected as rejected:
        return await _page(desk, request, officer, 409, trouble=rejected.code)
    return go(desk, f"{HOME}#lost", "handled")


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    asked: int = 0,
    text: str = "",
    trouble: str = "",
) -> Response:
    """The queue.

    asked, text, trouble  the question whose answer could not be taken, the answer, and why
    """
    asked_for = request.query_params
    tab, after = asked_for.get("tab", "work"), _place(asked_for.get("after", ""))
    given = {name: asked_for.get(name, "")[:40] for name in FILTERS}
    chosen = Filters(**{**given, "section": _section(desk, officer, asked_for.get("section"))})
    see = sight(desk, officer)

    def read(tx: Tx) -> tuple[queue.Queue, Sequence[conversation.Going]]:
        seen = see(tx)
        return queue.show(tx, seen, tab, chosen, after), conversation.going_on(tx, seen)

    try:
        shown, talks = await desk.gate.read(read)
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(
        desk,
        request,
        officer,
        "queue.html",
        status,
        queue=shown,
        talks=talks,
        paged=after is not None,
        more=_name(shown.more) if shown.more else "",
        asked=asked,
        text=text,
        trouble=trouble,
    )


def _section(desk: Desk, officer: Officer, asked: str | None) -> str:
    """What was asked for; else that which a head of section leads, until they clear it."""
    own = desk.house.office(officer.office_id).section(officer.section)
    if own is None or officer.role != "kasi":
        return (asked or "")[:40]
    return own.id if asked is None else asked[:40] or ALL


def _name(place: Place) -> str:
    """A place between two pages, for an address: microseconds and id."""
    at, row = place
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{row}"


def _place(name: str) -> Place | None:
    micros, _, row = name.partition("-")
    if not (micros.isdecimal() and row.isdecimal() and len(micros) <= 16 and len(row) <= 18):
        return None
    return EPOCH + timedelta(microseconds=int(micros)), int(row)
