"""The routes of the counter: passes, slips, walk-ins, letters and results."""

from starlette.routing import Route

from bot.desk import passes, slips, ticket
from bot.desk.base import Desk, done, shown
from bot.desk.doors import openly

TICKET = "/desk/tickets/{number}"


def routes(desk: Desk) -> list[Route]:
    """All of them; those outside /desk are open to whoever holds their secret address."""
    return [
        Route("/desk/scan", done(desk, passes.scan), methods=["POST"]),
        Route(f"{TICKET}/slip", shown(desk, slips.show), methods=["GET"]),
        Route(f"{TICKET}/collect", done(desk, ticket.collect), methods=["POST"]),
        Route("/p/{token}", openly(desk, passes.show), methods=["GET"]),
    ]
