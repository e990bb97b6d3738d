"""The page that an officer's phone opens by scanning a walk-in's code: it only takes photos."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.base import Desk, Stop
from bot.desk.intake import kept
from handlers import counter, walkins
from handlers.errors import Rejected


async def show(desk: Desk, request: Request) -> Response:
    """A field for one photo."""
    secret, now = request.path_params["token"], desk.clock()
    if await desk.gate.read(lambda tx: counter.is_open(tx, secret, now)) is None:
        raise Stop(404, "upload_gone")
    return desk.pages.render("camera.html", token=secret, sent="sent" in request.query_params)


async def take(desk: Desk, request: Request) -> Response:
    """Take one photo in, as if it had come in a chat."""
    secret, now = request.path_params["token"], desk.clock()
    office = await desk.gate.read(lambda tx: counter.is_open(tx, secret, now))
    if office is None:
        raise Stop(404, "upload_gone")
    async with kept(desk, request, office, only_pictures=True) as (_, said):
        try:
            await desk.gate.write(lambda tx: walkins.upload(tx, desk.house, secret, said, now))
        except Rejected:
            raise Stop(404, "upload_gone") from None
    desk.wake()
    return RedirectResponse(f"/u/{secret}?sent", 303)
