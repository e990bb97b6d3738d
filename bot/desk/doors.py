"""Pages that are open to everybody who holds their secret address: no officer, no chat.

Wrong addresses are counted per network, so that guessing gets slow; a right one is given back.
"""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.auth import network
from bot.desk.base import Desk, Endpoint, Public, Stop, public


def openly(desk: Desk, page: Public) -> Endpoint:
    """A page for everybody, whose refusals speak to citizens."""

    async def guarded(desk: Desk, request: Request) -> Response:
        keys = (("guess", network(request)),)
        try:
            if desk.limiter.attempt(keys, desk.clock()) > timedelta():
                raise Stop(429, "slow")
            response = await page(desk, request)
        except Stop as stop:
            return desk.pages.render("open_message.html", stop.status, code=stop.code)
        desk.limiter.forgive(keys, desk.clock())
        return response

    return public(desk, guarded)


def address(desk: Desk, request: Request, path: str) -> str:
    """Where others reach a page: by the public address, else by that of this very request."""
    base = desk.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{base.rstrip('/')}/{path}"
