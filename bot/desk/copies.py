"""Where citizens fetch the copy of their data: a page with one button, then the copy, once.

Looking uses nothing up: chats open links for their previews.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from bot.bundle import answer, bundle
from bot.desk.base import Desk, read_form
from handlers import portrait
from handlers.errors import Rejected
from handlers.privacy import kept
from storage import privacy


async def show(desk: Desk, request: Request) -> Response:
    """The page behind the link."""
    name, now = kept(request.path_params["token"]), desk.clock()
    if await desk.gate.read(lambda tx: privacy.link(tx, name, now)) is None:
        return desk.pages.render("data_link.html", 404, gone=True)
    return desk.pages.render("data_link.html", gone=False)


async def fetch(desk: Desk, request: Request) -> Response:
    """The copy itself."""
    await read_form(request)
    token, now = request.path_params["token"], desk.clock()
    try:
        found = await desk.gate.write(lambda tx: portrait.fetch(tx, desk.house, token, now))
    except Rejected:
        return desk.pages.render("data_link.html", 404, gone=True)
    return answer(await asyncio.to_thread(bundle, found, desk.vault, desk.pages))
