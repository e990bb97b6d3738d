"""A ticket's documents: accepted or refused one by one, looked at closely, originals ticked."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from bot.desk import leaves
from bot.desk.base import Desk, Form, Stop, go, page, sight
from bot.desk.ticket import STALE, address, named, show_again
from handlers import dossier, judging
from handlers.dossier import Dossier
from handlers.errors import Rejected
from handlers.staff import Officer


async def judge(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Accept a document or refuse it, and on to the next one that nobody has judged."""
    number, document = named(request), request.path_params["document"]
    decision, note = form.one("decision"), form.one("note")
    see = sight(desk, officer)
    try:
        await desk.gate.write(
            lambda tx: judging.judge(
                tx, see(tx), number, document, form.one("version"), decision,
                was=form.one("was"), reason=form.one("reason"), note=note,
            )
        )  # fmt: skip
    except Rejected as rejected:
        status = 409 if rejected.code in STALE else 422
        return await show_again(
            desk, request, officer, status, tried=f"refuse-{document}", note=note,
            trouble=rejected.code,
        )  # fmt: skip
    desk.wake()
    shown = await desk.gate.read(lambda tx: dossier.show(tx, see(tx), number))
    return go(desk, _next(shown, closely=form.one("closely") == "yes"), decision)


async def tick(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The original was shown at the desk, or it was not after all."""
    number, document = named(request), request.path_params["document"]
    see, shown = sight(desk, officer), form.one("shown") == "yes"
    try:
        await desk.gate.write(lambda tx: judging.tick(tx, see(tx), number, document, shown))
    except Rejected as rejected:
        return await show_again(desk, request, officer, 409, trouble=rejected.code)
    return go(desk, f"{address(number)}#originals")


async def look(desk: Desk, request: Request, officer: Officer) -> Response:
    """One file of a ticket by itself, with the way to the others."""
    see, number = sight(desk, officer), named(request)
    try:
        shown = await desk.gate.read(lambda tx: dossier.show(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    leaf = shown.papers.leaf(request.path_params["file"])
    if leaf is None:
        raise Stop(404, "not_found")
    pages = 0
    if leaf.file.kind == "pdf" and leaf.file.stored:
        data = await asyncio.to_thread(desk.vault.get, leaf.file.id, officer.office_id)
        pages = await asyncio.to_thread(leaves.count, data)
    return page(
        desk, request, officer, "viewer.html", ticket=shown, leaf=leaf, pages=pages,
        sheet=max(1, _below(request, "page", pages + 1)), turn=_below(request, "turn", 4),
        zoom=_below(request, "zoom", 4), tried="", note="", trouble="",
    )  # fmt: skip


def _next(ticket: Dossier, closely: bool) -> str:
    """The next document that nobody has judged, or what to do when there is none."""
    here, following = address(ticket.number), ticket.papers.next
    if following is None:
        return f"{here}#acts"
    if closely and following.files:
        return f"{here}/files/{following.files[0].id}"
    return f"{here}#paper-{following.id}"


def _below(request: Request, name: str, limit: int) -> int:
    """A small number of the address; what is none, or not below the limit, counts as 0."""
    given = request.query_params.get(name, "")
    return int(given) if given.isdecimal() and len(given) <= 3 and int(given) < limit else 0
