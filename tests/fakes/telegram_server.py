"""The fake's HTTP: method calls, file downloads, the control API.

A bare ASGI application, so that thousands of calls a second cost little.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from fakes.telegram_errors import Json, Refused, bad_request, conflict, too_many_requests
from fakes.telegram_faults import Fault, Faults
from fakes.telegram_methods import Methods
from fakes.telegram_model import Call
from fakes.telegram_request import Answer, Params, Upload
from fakes.telegram_world import World

MOST_BODY = 50 * 1024 * 1024 + 65_536
_PATH = re.compile(r"/(?P<file>file/)?bot(?P<token>[^/]*)/(?P<rest>.+)")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
Control = Callable[[str, str, Json], Any]


class Server:
    """Reads requests, has them carried out, and answers, or fails as ordered."""

    def __init__(
        self, token: str, world: World, methods: Methods, faults: Faults, control: Control
    ) -> None:
        self.token = token
        self.world = world
        self.methods = methods
        self.faults = faults
        self.control = control
        self.twice = False
        self._poll: asyncio.Future[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        try:
            body = await _read_body(receive)
        except ConnectionError:
            return
        if path.startswith("/control/"):
            await self._controlled(scope, path.removeprefix("/control/"), body, send)
            return
        found = _PATH.fullmatch(path)
        if found is None or not _TOKEN.fullmatch(found["token"]):
            await _answer(send, 404, Refused(404, "Not Found").as_json())
        elif found["token"] != self.token:
            await _answer(send, 401, Refused(401, "Unauthorized").as_json())
        elif found["file"]:
            await self._file(found["rest"], receive, send)
        elif body is None:
            await _answer(send, 413, Refused(413, "Request Entity Too Large").as_json())
        else:
            await self._method(found["rest"], scope, body, receive, send)

    # methods

    async def _method(
        self, method: str, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        try:
            params = await _read_params(scope, body)
        except ValueError:
            refused = bad_request("can't parse request body")
            await _answer(send, 400, refused.as_json())
            return
        chat = params.text("chat_id")
        fault = self.faults.take(method, chat)

        async def work() -> tuple[int, Json | bytes]:
            return await self._carry_out(method, params, receive)

        def note(status: int) -> None:
            self._note(method, chat, status)

        await self._answer_with(fault, work, note, receive, send)

    async def _carry_out(self, method: str, params: Params, receive: Receive) -> tuple[int, Json]:
        try:
            if method.lower() == "getupdates":
                result: Any = await self._get_updates(params, receive)
            else:
                result = self.methods.call(method, params)
        except Refused as refused:
            return refused.code, refused.as_json()
        if isinstance(result, Answer):
            return 200, {"ok": True, "result": result.result, "description": result.description}
        return 200, {"ok": True, "result": result}

    def _note(self, method: str, chat: str, status: int) -> None:
        # before the answer leaves, so that whoever has it finds the record complete
        self.world.calls.append(Call(method, chat, status, self.world.clock()))
        if status == 429:
            self.world.refused += 1

    async def _answer_with(
        self,
        fault: Fault | None,
        work: Callable[[], Awaitable[tuple[int, Json | bytes]]],
        note: Callable[[int], None],
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer with the work's result, or with the trouble ordered instead."""
        done = await work() if fault is None or fault.after_accept else None
        match fault.status if fault else None:
            case "drop":
                note(0)
                await _cut(send)
                return
            case "garbage":
                note(200)
                await _raw(send, 200, b"<html><body>gateway</body></html>", b"text/html")
                return
            case "slow":
                assert fault
                if await _hangs_up(receive, fault.delay):
                    note(0)
                    return
                status, body = done or await work()
            case int() as status:
                assert fault
                body = _ordered(status, fault)
            case _:
                assert done
                status, body = done
        note(status)
        await _answer(send, status, body)

    async def _get_updates(self, params: Params, receive: Receive) -> list[Json]:
        if self.world.webhook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to "
                "delete the webhook first"
            )
        self.world.allow(params.item("allowed_updates", "allowed updates"))
        offset = params.integer("offset")
        limit = min(max(params.integer("limit", 100), 1), 100)
        timeout = min(max(params.integer("timeout"), 0), 50)
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        while True:
            updates = self.world.waiting(offset, limit)
            if updates or loop.time() >= until:
                break
            if not await self._woken(until - loop.time(), receive):
                return []
        if self.twice:
            updates = [update for update in updates for _ in range(2)]
        self.world.updates_sent.extend(updates)
        return updates

    async def _woken(self, seconds: float, receive: Receive) -> bool:
        """Sleep until an update comes or time is up; False when the caller hung up."""
        self.end_poll("other getUpdates request; make sure that only one bot instance is running")
        self._poll = poll = asyncio.get_running_loop().create_future()
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({poll, gone}, timeout=seconds, return_when="FIRST_COMPLETED")
            if poll.done():
                poll.result()  # a conflict is raised here
            return not gone.done()
        finally:
            gone.cancel()
            if self._poll is poll:
                self._poll = None

    def end_poll(self, reason: str) -> None:
        """Refuse the long poll under way, as the platform does when another begins."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(conflict(f"terminated by {reason}"))

    def wake(self) -> None:
        """An update came."""
        if self._poll and not self._poll.done():
            self._poll.set_result(None)

    # files and control

    async def _file(self, path: str, receive: Receive, send: Send) -> None:
        async def work() -> tuple[int, Json | bytes]:
            stored = self.world.shelf.at(path)
            if stored is None or stored.served_until < self.world.clock():
                return 404, Refused(404, "Not Found").as_json()
            return 200, stored.content()

        def note(status: int) -> None:
            self._note("file", "", status)

        await self._answer_with(self.faults.take("file", ""), work, note, receive, send)

    async def _controlled(self, scope: Scope, path: str, body: bytes | None, send: Send) -> None:
        query = dict(parse_qsl(scope["query_string"].decode()))
        try:
            given = query | (json.loads(body) if body else {})
            result = self.control(scope["method"], path, given)
        except (AssertionError, ValueError, KeyError, TypeError, LookupError) as error:
            await _answer(send, 400, {"error": f"{type(error).__name__}: {error}"})
        else:
            await _answer(send, 200, {"result": result})


def _ordered(status: int, fault: Fault) -> Json:
    if status == 429:
        return too_many_requests(fault.retry_after or 1).as_json()
    return Refused(status, fault.description or _PHRASES.get(status, "Error")).as_json()


async def _hangs_up(receive: Receive, seconds: float) -> bool:
    """Wait; True when the caller lost patience."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    except TimeoutError:
        return False


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than the platform takes."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= MOST_BODY else None


async def _read_params(scope: Scope, body: bytes) -> Params:
    query = scope["query_string"]
    values: dict[str, Any] = dict(parse_qsl(query.decode())) if query else {}
    kind = next((v for k, v in scope["headers"] if k == b"content-type"), b"")
    if kind.startswith(b"application/x-www-form-urlencoded"):
        return Params(values | dict(parse_qsl(body.decode(), keep_blank_values=True)))
    if kind.startswith(b"application/json") and body:
        given = json.loads(body)
        if not isinstance(given, dict):
            raise ValueError("not an object")
        return Params(values | given)
    if not kind.startswith(b"multipart/form-data"):
        return Params(values)
    files: dict[str, Upload] = {}

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(scope, replay).form(max_part_size=MOST_BODY) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read()
                files[name] = Upload(value.filename or name, value.content_type or "", content)
            else:
                values[name] = value
    return Params(values, files)


async def _answer(send: Send, status: int, body: Json | bytes) -> None:
    if isinstance(body, bytes):
        await _raw(send, status, body, b"application/octet-stream")
    else:
        await _raw(send, status, json.dumps(body).encode(), b"application/json")


async def _raw(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send) -> None:
    """Promise an answer and never give it: the server closes the connection."""
    headers = [(b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
