"""How the web chat says no: every refusal is a friendly sentence in JSON, never a stack trace.

The sentences are in templates/chat/refusals.j2.
"""

from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from bot.config import ROOT
from handlers.words import Words

BODY = 128 * 1024
"""Most bytes of a JSON body: the longest text with every character escaped."""
DISCARDED = 4 * 1024 * 1024
"""So much of a larger one is still read and dropped, so that the answer can be heard."""


class Refused(Exception):
    """A no with a status; `name` names the sentence."""

    def __init__(self, status: int, name: str, retry_after: int = 0) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.retry_after = retry_after

    def response(self) -> Response:
        message = _words().say(self.name, seconds=self.retry_after)
        headers = {"retry-after": str(self.retry_after)} if self.retry_after else {}
        if self.status == 413:
            headers["connection"] = "close"  # what is still coming will not be read
        return JSONResponse({"message": message}, self.status, headers)


class ChatRoute(APIRoute):
    """A route whose bodies are bounded, whose refusals are friendly, and that is never cached."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                if self.body_field is not None:
                    request = await _bounded(request)
                response = await handle(request)
            except Refused as refused:
                response = refused.response()
            except RequestValidationError:
                response = Refused(422, "wrong").response()
            except HTTPException as error:
                if error.status_code != 400:
                    raise
                response = Refused(422, "wrong").response()
            except ClientDisconnect:
                response = Response(status_code=400)
            response.headers["x-content-type-options"] = "nosniff"
            response.headers.setdefault("cache-control", "no-store")
            return response

        return handler


async def _bounded(request: Request) -> Request:
    """The same request with its body read, if that is not too large."""
    body, seen = bytearray(), 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen <= BODY:
            body += chunk
        elif seen > DISCARDED:
            break
    if seen > BODY:
        raise Refused(413, "too_long")
    whole: Message = {"type": "http.request", "body": bytes(body), "more_body": False}

    async def receive() -> Message:
        return whole

    return Request(request.scope, receive)


@cache
def _words() -> Words:
    path = ROOT / "templates" / "chat" / "refusals.j2"
    return Words({path.name: path.read_text(encoding="utf-8")})
