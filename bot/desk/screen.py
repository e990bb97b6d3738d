"""The screen in the waiting room: no sign-in, only an address that nobody guesses."""

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Stop
from handlers import display


async def show(desk: Desk, request: Request) -> Response:
    """The screen as it is now; it asks for itself anew every few seconds."""
    token, now = request.path_params["token"], desk.clock()
    seen = await desk.gate.read(lambda tx: display.show(tx, desk.house, token, now))
    if seen is None:
        raise Stop(404, "not_found")
    return desk.pages.render("screen.html", screen=seen)
