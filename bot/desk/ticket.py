"""One ticket: everything an officer needs to decide, and the moves that may be made."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Form, Stop, go, page, sight
from flows.numbers import is_valid
from handlers import colleagues, collecting, conversation, counter, dossier, moves
from handlers.errors import Rejected
from handlers.staff import Officer
from storage.db import Tx

STALE = ("taken", "impossible", "judged")
"""Somebody was quicker: the page shows how the ticket stands now."""


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The ticket.  Another office's is not found, like one that never was."""
    return await show_again(desk, request, officer)


async def move(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Make a move; what cannot be made is said on the page, which keeps what was typed."""
    number, name = named(request), form.one("move")
    note, excuse = form.one("note"), form.one("excuse")
    see = sight(desk, officer)
    try:
        await desk.gate.write(lambda tx: moves.move(tx, see(tx), number, name, note, excuse))
    except Rejected as rejected:
        status = 409 if rejected.code in STALE else 422
        return await show_again(
            desk, request, officer, status,
            tried=name, note=note, excuse=excuse, trouble=rejected.code,
        )  # fmt: skip
    desk.wake()
    return go(desk, address(number), name)


async def collect(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Hand the result over, and keep who took it."""
    number, see, note = named(request), sight(desk, officer), form.one("note")
    collector, mandate = form.one("collector") or "self", form.one("mandate") == "yes"
    name, relation, excuse = form.one("name"), form.one("relation"), form.one("excuse")
    try:
        await desk.gate.write(
            lambda tx: collecting.collect(
                tx, see(tx), number, collector, name, relation, mandate, note, excuse
            )
        )
    except Rejected as rejected:
        status = 409 if rejected.code in STALE else 422
        return await show_again(
            desk, request, officer, status, tried="hand_over", note=note, excuse=excuse,
            trouble=rejected.code,
        )  # fmt: skip
    desk.wake()
    return go(desk, address(number), "hand_over")


async def hand(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Take the ticket over, or hand it to a colleague: only from the one whom the page named."""
    number, was, to = named(request), form.one("holder"), form.one("to")
    see = sight(desk, officer)
    try:
        await desk.gate.write(lambda tx: colleagues.hand(tx, see(tx), number, was, to))
    except Rejected as rejected:
        status = 409 if rejected.code in STALE else 422
        return await show_again(desk, request, officer, status, tried="hand", trouble=rejected.code)
    desk.wake()
    took = to == officer.login
    return go(desk, address(number), "take_over" if took else "hand_to")


async def write(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Write a note that only colleagues read."""
    number, text = named(request), form.one("text")
    see = sight(desk, officer)
    try:
        await desk.gate.write(lambda tx: colleagues.write(tx, see(tx), number, text))
    except Rejected as rejected:
        return await show_again(
            desk, request, officer, 422, tried="note", note=text, trouble=rejected.code
        )
    return go(desk, f"{address(number)}#history", "note")


async def refused(
    desk: Desk, request: Request, officer: Officer, code: str, tried: str = "letter"
) -> Response:
    """The page of a ticket whose letter, or signed result, could not be dealt with as asked."""
    status = 409 if code in STALE or code.endswith("_there") else 422
    return await show_again(desk, request, officer, status, tried=tried, trouble=code)


async def show_again(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    tried: str = "",
    note: str = "",
    excuse: str = "",
    trouble: str = "",
) -> Response:
    """The ticket; `tried`, `note` and `excuse` are of a move refused for `trouble`."""
    see, number = sight(desk, officer), named(request)

    def read(tx: Tx) -> tuple[Any, ...]:
        seen = see(tx)
        return (
            dossier.show(tx, seen, number),
            conversation.of_ticket(tx, seen, number),
            counter.beside(tx, seen, number),
        )

    try:
        shown, said, beside = await desk.gate.read(read)
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(
        desk,
        request,
        officer,
        "ticket.html",
        status,
        ticket=shown,
        talk=said,
        beside=beside,
        tried=tried,
        note=note,
        excuse=excuse,
        trouble=trouble,
    )


def address(number: str) -> str:
    """Where a ticket's page is."""
    return f"/desk/tickets/{number}"


def named(request: Request) -> str:
    """The number in the address; what is none names no ticket."""
    number: str = request.path_params["number"]
    if not is_valid(number):
        raise Stop(404, "not_found")
    return number
