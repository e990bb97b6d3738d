"""The counter's page: who is next, who is here, who waits; numbers for those who come."""

import secrets
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Form, Stop, go, page, sight
from bot.desk.doors import address
from bot.paper import qr
from handlers import calls
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.staff import Officer
from storage.db import Tx

HERE = "/desk/counter"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What nobody mistakes on a television's keyboard."""
LENGTH = 12
"""Letters of a screen's secret name: 59 bits, for numbers that are shown in public anyway."""
UNFIT = ("pass_unknown", "service_unknown", "counter_unknown")

Act = Callable[[Tx, Sight, Form], str | None]
"""Does what a button says; returns the number that it gave, if any."""


def _id(form: Form, field: str = "current") -> int:
    """Whom a form names; 0 for nobody."""
    text = form.one(field)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _secret() -> str:
    name = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(name[at : at + 4] for at in range(0, LENGTH, 4))


ACTS: Mapping[str, Act] = {
    "sit": lambda tx, see, form: calls.sit(tx, see, _id(form, "counter")),
    "leave": lambda tx, see, form: calls.leave(tx, see),
    "next": lambda tx, see, form: calls.call_next(tx, see, _id(form)),
    "again": lambda tx, see, form: calls.call_again(tx, see, _id(form)),
    "done": lambda tx, see, form: calls.finish(tx, see, _id(form), "done"),
    "missing": lambda tx, see, form: calls.finish(tx, see, _id(form), "skipped"),
    "recall": lambda tx, see, form: calls.recall(tx, see, _id(form, "arrival")),
    "ahead": lambda tx, see, form: calls.let_ahead(tx, see, _id(form, "arrival")),
    "arrive": lambda tx, see, form: calls.check_in(
        tx, see, form.one("number")[:200], bool(form.one("first"))
    ),
    "draw": lambda tx, see, form: calls.draw(
        tx, see, form.one("service"), bool(form.one("first")), form.one("draw")
    ),
    "screen": lambda tx, see, form: calls.name_screen(tx, see, _secret),
}
NOTES = {"done": "counter_done", "missing": "counter_missing", "screen": "counter_screen"}


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The counter now."""
    return await _page(desk, request, officer)


async def poster(desk: Desk, request: Request, officer: Officer) -> Response:
    """What is put up at the door: whoever scans it is at the office, and gets a number."""
    link = address(desk, request, f"?to={officer.office_id}-checkin")
    return page(desk, request, officer, "door.html", link=link, qr=qr(link))


async def act(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Do what a button says; what cannot be done any more is said on the page."""
    name = request.path_params["act"]
    work = ACTS.get(name)
    if work is None:
        raise Stop(404, "not_found")
    see = sight(desk, officer)
    try:
        given = await desk.gate.write(lambda tx: work(tx, see(tx), form))
    except Rejected as rejected:
        status = 422 if rejected.code in UNFIT else 409
        return await _page(
            desk, request, officer, status, trouble=rejected.code, typed=form.one("number")[:200]
        )
    desk.wake()
    return go(desk, f"{HERE}?drawn={given}" if given else HERE, NOTES.get(name, ""))


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    trouble: str = "",
    typed: str = "",
) -> Response:
    """The counter; `typed` is a number that was refused for `trouble`."""
    see, drawn = sight(desk, officer), request.query_params.get("drawn", "")
    shown = await desk.gate.read(lambda tx: calls.show(tx, see(tx), drawn))
    return page(
        desk, request, officer, "calls.html", status, view=shown, counters=calls.COUNTERS,
        screens=address(desk, request, "display/"),
        form=secrets.token_urlsafe(12), trouble=trouble, typed=typed,
    )  # fmt: skip
