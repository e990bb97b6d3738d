"""The web chat over HTTP: open a chat, write, send files, read, listen.

Every answer waits for the commit.  A chat belongs to whoever holds its token; the database
knows only the token's hash.  What the conversation makes of a message is not known here.
"""

import asyncio
import json
import math
import re
import secrets
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Query, Request, Response, Security
from fastapi.responses import StreamingResponse
from fastapi.security import APIKeyCookie, HTTPBearer

from bot.channels.webchat import NAME, Hub, address_of, read
from bot.chat_files import SENT, whole
from bot.chat_files import small as thumbnail
from bot.chat_models import (
    LONGEST,
    Accepted,
    Opened,
    Opening,
    Page,
    Problem,
    Writing,
    bubble,
)
from bot.chat_page import pages
from bot.chat_route import ChatRoute, Refused
from bot.clock import Clock
from bot.flood import Flood
from bot.gate import Gate
from bot.intake import Intake
from bot.upload import Crowded, Form, Room, TooBig, Unreadable, Upload
from handlers.message import Message
from handlers.offices import House
from storage import attachments, conversations, history, inbox, outbox
from storage.db import Tx
from storage.files import RAW, Missing, Vault
from storage.history import Entry

if TYPE_CHECKING:
    from bot.app import Program

COOKIE = "loket_chat"
COOKIE_DAYS = 180
PAGE = 100
FILE = 16 << 20
UPLOADS = 256 << 20
"""Bytes of uploads in memory at once."""
RETRY = "retry: 1500\n\n"
BEAT = ":\n\n"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Deps:
    """What the web chat needs of the program."""

    gate: Gate
    intake: Intake
    vault: Vault
    house: House
    clock: Clock
    hub: Hub
    public_url: str


def mount(app: FastAPI, program: "Program") -> None:
    """Add the web chat to the application."""
    deps = Deps(
        program.gate,
        program.intake,
        program.vault,
        program.house,
        program.clock,
        program.webchat.hub,
        program.settings.web.public_url,
    )
    app.include_router(router(deps))


def router(deps: Deps) -> APIRouter:
    """The page, its assets, and the API below /api/chat."""
    api = _Api(deps)
    either = [
        Security(APIKeyCookie(name=COOKIE, auto_error=False)),
        Security(HTTPBearer(auto_error=False)),
    ]
    refusals: dict[int | str, dict[str, Any]] = {
        code: {"model": Problem} for code in (401, 413, 422, 429)
    }
    routes = APIRouter(route_class=ChatRoute, tags=["web chat"], responses=refusals)
    add = partial(routes.add_api_route, dependencies=either)
    routes.add_api_route("/api/chat", api.open, methods=["POST"])
    add("/api/chat", api.leave, methods=["DELETE"], status_code=204)
    add("/api/chat/messages", api.read)
    add("/api/chat/messages", api.write, methods=["POST"], status_code=202)
    add("/api/chat/files", api.upload, methods=["POST"], status_code=202, openapi_extra=_FORM)
    add("/api/chat/files/{file}", api.picture, response_class=Response, responses=_PICTURE)
    add("/api/chat/files/{file}/whole", api.whole, response_class=Response, responses=_WHOLE)
    add("/api/chat/events", api.events, response_class=StreamingResponse, responses=_STREAM)
    routes.include_router(pages(deps.house))
    return routes


@dataclass(frozen=True, slots=True)
class _Chat:
    """The chat whose token came along."""

    address: str
    id: int
    office: str


class _Api:
    """The endpoints."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._secure = deps.public_url.startswith("https:")
        self._writing = Flood(1, burst=20)
        self._opening = Flood(1, burst=60)  # a mobile network's whole town has one address
        self._room = Room(UPLOADS)
        self._drawing = asyncio.Semaphore(2)

    async def open(
        self, request: Request, response: Response, opening: Opening | None = None
    ) -> Opened:
        """Open a chat, or recognise the one whose cookie or token comes along."""
        opening = opening or Opening()
        token = _token(request)
        known = await self._find(token) is not None
        if not known:
            self._hold_back(self._opening, _network(request))
            token = secrets.token_urlsafe(16)
        if not known or opening.link:
            name = str(opening.id or uuid.uuid4())
            await self._take(address_of(token), name, {"link": opening.link})
        response.set_cookie(
            COOKIE, token, max_age=COOKIE_DAYS * 86400, path="/", httponly=True,
            samesite="lax", secure=self._secure,
        )  # fmt: skip
        return Opened(chat=token, new=not known, now=self._deps.clock())

    async def leave(self, response: Response) -> None:
        """Forget the chat in this browser, as on a borrowed phone.  Nothing is deleted."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=self._secure)

    async def write(self, request: Request, writing: Writing) -> Accepted:
        """Say something, or tap a choice.  202 after the commit."""
        chat = await self._chat(request)
        self._hold_back(self._writing, chat.address)
        if writing.token is not None:
            label = await self._label(chat, writing.token)
            raw = {"token": writing.token, "label": label}
        else:
            raw = {"text": writing.text or ""}
            if len(raw["text"]) > LONGEST:
                raise Refused(413, "too_long")
        await self._take(chat.address, str(writing.id), raw)
        return Accepted(id=writing.id)

    async def upload(self, request: Request) -> Accepted:
        """Send a photo or PDF: fields id and file, perhaps caption and album.

        Several files sent at once carry the same `album`.
        """
        chat = await self._chat(request)
        self._hold_back(self._writing, chat.address)
        try:
            with Upload(request.headers.get("content-type", ""), FILE, self._room) as upload:
                return await self._keep(chat, await upload.read(request.stream()))
        except (Unreadable, ValueError) as error:
            raise Refused(422, "wrong") from error
        except TooBig as error:
            raise Refused(413, "too_big") from error
        except Crowded as error:
            raise Refused(503, "crowded", retry_after=5) from error

    async def _keep(self, chat: _Chat, form: Form) -> Accepted:
        """The raw bytes into the vault, then the event; the fetcher does the rest."""
        name = uuid.UUID(form.fields.get("id", ""))
        caption = form.fields.get("caption", "").replace("\0", "")
        if len(caption) > LONGEST:
            raise Refused(413, "too_long")
        external_id = f"{chat.address}:{name}"
        if await self._deps.gate.read(lambda tx: inbox.written(tx, chat.address, external_id)):
            return Accepted(id=name)
        file, upload = secrets.token_urlsafe(16), f"{RAW}{secrets.token_hex(16)}"
        data = form.data or b""
        await asyncio.to_thread(self._deps.vault.put, upload, chat.office, data)
        raw = {
            "file": file,
            "upload": upload,
            "office": chat.office,
            "name": form.name.replace("\0", "")[-100:],
            "size": len(data),
            "text": caption,
            "album": bool(form.fields.get("album")),
        }
        await self._take(chat.address, str(name), raw)
        awaited = await self._deps.gate.read(lambda tx: attachments.get(tx, file))
        if awaited is None:  # it was taken in before, or came in a practice run
            await asyncio.to_thread(self._deps.vault.delete, upload)
        return Accepted(id=name)

    async def read(
        self,
        request: Request,
        after: Annotated[str, Query(max_length=40)] = "",
        before: Annotated[str, Query(max_length=40)] = "",
    ) -> Page:
        """The newest messages of both sides, or those after or before the one of that id."""
        chat = await self._chat(request)
        entries, more = await self._deps.gate.read(
            lambda tx: history.page(tx, chat.address, PAGE, after=after, before=before)
        )
        messages = [each for each in map(bubble, entries) if each is not None]
        office = self._deps.house.offices.get(chat.office)
        return Page(messages=messages, office=office.name if office else None, more=more)

    async def events(
        self,
        request: Request,
        after: Annotated[str, Query(max_length=40)] = "",
        last_event_id: Annotated[str, Header(max_length=40)] = "",
    ) -> StreamingResponse:
        """The office's messages as they come; first those after the one of that id."""
        chat = await self._chat(request)
        if self._deps.hub.full(chat.address):
            raise Refused(429, "too_many_windows", retry_after=10)
        seen = last_event_id or after
        since = int(seen[:9]) if seen.isascii() and seen.isdecimal() else 0
        return StreamingResponse(
            stream(self._deps.gate, self._deps.hub, chat.address, since),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def picture(self, request: Request, file: str) -> Response:
        """One's own sent photo, small."""
        chat = await self._chat(request)
        row = await self._deps.gate.read(lambda tx: attachments.get(tx, file))
        if row is None or row.conversation_id != chat.id or row.kind != "photo":
            raise Refused(404, "no_picture")
        try:
            async with self._drawing:
                small = await asyncio.to_thread(thumbnail, self._deps.vault, row.id, row.office_id)
        except Missing as error:
            raise Refused(404, "no_picture") from error
        return Response(small, media_type="image/jpeg")

    async def whole(self, request: Request, file: str) -> Response:
        """A photo or PDF that the office sent."""
        chat = await self._chat(request)
        row = await self._deps.gate.read(lambda tx: attachments.handed(tx, file, chat.id))
        if row is None or row.media_type not in SENT:
            raise Refused(404, "no_picture")
        try:
            data = await asyncio.to_thread(self._deps.vault.get, row.id, row.office_id)
        except Missing as error:
            raise Refused(404, "no_picture") from error
        return whole(row, data)

    # --- what every endpoint needs ---------------------------------------------------

    async def _chat(self, request: Request) -> _Chat:
        """The chat of the token that came along.  Raises Refused."""
        chat = await self._find(_token(request))
        if chat is None:
            raise Refused(401, "signed_out")
        return chat

    async def _find(self, token: str) -> _Chat | None:
        if not token:
            return None
        address = address_of(token)
        row = await self._deps.gate.read(lambda tx: conversations.peek(tx, NAME, address))
        if row is None:
            return None
        return _Chat(address, row.id, self._deps.house.settle(row.office_id))

    async def _take(self, address: str, name: str, raw: Mapping[str, Any]) -> bool:
        """Commit one update; False when it was taken in before."""
        text = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
        new = await self._deps.intake.take(read(address, name, text))
        self._deps.hub.publish(address)
        return new

    async def _label(self, chat: _Chat, token: str) -> str:
        """The words on the button that carried this token."""
        command = self._deps.house.catalog(chat.office).commands.get(token)
        if command is not None:
            return command.label

        def find(tx: Tx) -> str:
            entries, _ = history.page(tx, chat.address, 20)
            for entry in reversed(entries):
                choices = () if entry.mine else Message.of(entry.body).choices
                for choice in choices:
                    if choice.token == token:
                        return choice.label
            return token

        return await self._deps.gate.read(find)

    def _hold_back(self, flood: Flood, key: str) -> None:
        wait = flood.wait(key, self._deps.clock().timestamp())
        if wait:
            raise Refused(429, "too_fast", retry_after=math.ceil(wait))


async def stream(gate: Gate, hub: Hub, address: str, since: int) -> AsyncIterator[str]:
    """Server-sent events of one chat: what it has missed, then what comes, and beats between."""
    with hub.listen(address) as bell:
        yield RETRY
        while not hub.closed:
            bell.clear()
            newer = partial(outbox.sent_to, channel=NAME, address=address, after=since)
            rows = await gate.read(newer)
            for row in rows:
                since = row.id
                shown = bubble(Entry(False, row.id, str(row.id), row.payload, row.created_at))
                if shown is not None:
                    yield f"id: {row.id}\ndata: {shown.model_dump_json(by_alias=True)}\n\n"
            if not rows and not await _rings(bell, hub.pause):
                yield BEAT


def _token(request: Request) -> str:
    """The token of an Authorization header, else of the cookie; empty when there is none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""


def _network(request: Request) -> str:
    """Where a request comes from: the last hop's word for it when the last hop is this machine."""
    host = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and host in ("127.0.0.1", "::1"):
        host = forwarded.rpartition(",")[2].strip()
    return ":".join(host.split(":")[:4]) if ":" in host else host


async def _rings(bell: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), seconds)
    except TimeoutError:
        return False
    return True


_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["id", "file"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "file": {"type": "string", "format": "binary"},
                        "caption": {"type": "string", "maxLength": LONGEST},
                        "album": {"type": "string"},
                    },
                }
            }
        },
    }
}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}, "description": "at most 320 pixels on the long side"},
    404: {"model": Problem},
}
_WHOLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in SENT}, "description": "a file that the office sent"},
    404: {"model": Problem},
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "events with the message's id, and a Bubble as data",
    }
}
