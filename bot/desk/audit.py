"""Who did what at this office, for those who lead it."""

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Stop, page, sight
from handlers import logbook
from handlers.audit import ACTIONS
from handlers.staff import Officer


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The newest entries; of one kind, of one person, about one thing if that is asked for."""
    asked = request.query_params
    kind, actor, subject = (asked.get(name, "")[:100] for name in ("kind", "actor", "subject"))
    before = asked.get("before", "")
    if kind and kind not in ACTIONS:
        raise Stop(404, "not_found")
    at = int(before) if before.isdecimal() and len(before) <= 9 else None
    see = sight(desk, officer)
    shown = await desk.gate.read(
        lambda tx: logbook.show(tx, see(tx), kind, actor, subject.strip(), at)
    )
    return page(
        desk, request, officer, "audit.html", log=shown, kinds=ACTIONS, paged=at is not None
    )
