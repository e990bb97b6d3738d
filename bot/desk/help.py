"""Help for officers with one service: a page that can be printed and hung up."""

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Stop, page, sight
from handlers import help as helping
from handlers.errors import Rejected
from handlers.staff import Officer


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The service's standard, its steps, and what goes wrong often."""
    see, service = sight(desk, officer), request.path_params["service"]
    try:
        shown = await desk.gate.read(lambda tx: helping.of_service(see(tx), service))
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(desk, request, officer, "help.html", help=shown)
