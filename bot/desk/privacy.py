"""What citizens ask about their data, for those who decide it."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.bundle import answer, bundle
from bot.desk import copies
from bot.desk.base import Desk, Form, Stop, done, go, page, public, shown, sight
from bot.eraser import delete_files
from flows.numbers import is_valid
from handlers import erasure, privacy_desk
from handlers.errors import Rejected
from handlers.staff import Officer

PAGE = "/desk/privacy"
LAST = 2**31 - 1


def routes(desk: Desk) -> list[Route]:
    """The pages about citizens' data, with those that citizens open themselves."""
    one_wish = f"{PAGE}/{{request:int}}"
    return [
        Route(PAGE, shown(desk, show, right="privacy"), methods=["GET"]),
        Route(one_wish, shown(desk, one, right="privacy"), methods=["GET"]),
        Route(one_wish, done(desk, decide, right="privacy"), methods=["POST"]),
        Route(f"{one_wish}/copy", done(desk, copy, right="privacy"), methods=["POST"]),
        Route("/desk/tickets/{number}/looks", shown(desk, looks, right="privacy"), methods=["GET"]),
        Route("/d/{token}", public(desk, copies.show), methods=["GET"]),
        Route("/d/{token}", public(desk, copies.fetch), methods=["POST"]),
    ]


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """What is to be decided, and what was."""
    see = sight(desk, officer)
    open_ones = await desk.gate.read(lambda tx: privacy_desk.wishes(tx, see(tx), ("open",)))
    past = await desk.gate.read(lambda tx: privacy_desk.wishes(tx, see(tx), ("erased", "done")))
    return page(desk, request, officer, "privacy.html", wishes=open_ones, decided=past[::-1])


async def one(desk: Desk, request: Request, officer: Officer) -> Response:
    """One wish, with what it is about."""
    return await _one(desk, request, officer)


async def decide(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Erase all but what is ticked; files go at once."""
    see, number = sight(desk, officer), _number(request)
    keep = {each: form.one(f"reason-{each}") for each in form.all("keep") if is_valid(each)}
    try:
        await desk.gate.write(lambda tx: erasure.decide(tx, see(tx), number, keep))
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        if rejected.code == "stale":
            raise Stop(409, "stale") from None
        return await _one(desk, request, officer, 422, trouble=rejected.code, keep=keep)
    await delete_files(desk.gate, desk.vault)
    desk.wake()
    return go(desk, PAGE, "erased")


async def copy(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The copy that a citizen asked for, to be handed to them."""
    see, number = sight(desk, officer), _number(request)
    try:
        found = await desk.gate.write(lambda tx: privacy_desk.copy(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    return answer(await asyncio.to_thread(bundle, found, desk.vault, desk.pages))


async def looks(desk: Desk, request: Request, officer: Officer) -> Response:
    """Who opened documents of whoever applied for a ticket."""
    see, number = sight(desk, officer), request.path_params["number"]
    if not is_valid(number):
        raise Stop(404, "not_found")
    try:
        found = await desk.gate.write(lambda tx: privacy_desk.looks(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(desk, request, officer, "looks.html", looks=found, number=number)


async def _one(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    trouble: str = "",
    keep: dict[str, str] | None = None,
) -> Response:
    see, number = sight(desk, officer), _number(request)
    try:
        wish, lines = await desk.gate.read(lambda tx: privacy_desk.show(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(
        desk, request, officer, "privacy_one.html", status,
        wish=wish, lines=lines, trouble=trouble, keep=keep or {},
    )  # fmt: skip


def _number(request: Request) -> int:
    return min(int(request.path_params["request"]), LAST)
