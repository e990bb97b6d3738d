"""The routes: health, the platforms' webhooks, where the web chat and the desk are mounted."""

import asyncio
import hmac
import json
from typing import TYPE_CHECKING

import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot import chat_api, desk, info_page, media, twilio_hooks
from handlers.calendar_file import calendar_file
from storage.files import Missing

if TYPE_CHECKING:
    from bot.app import Program

LARGEST_UPDATE = 1024 * 1024
"""Bytes; Telegram's updates are far smaller."""


def mount(app: FastAPI, program: "Program") -> None:
    """Add all routes of the program to the application."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> JSONResponse:
        await program.gate.read(lambda tx: tx.execute(sa.select(1)))
        return JSONResponse({"status": "ok"})

    @app.get("/appointments/{token}.ics", include_in_schema=False)
    async def appointment(token: str) -> Response:
        now = program.clock()
        text = await program.gate.read(lambda tx: calendar_file(tx, program.house, token, now))
        if text is None:
            return Response(status_code=404)
        return Response(text, media_type="text/calendar", headers={"cache-control": "no-store"})

    @app.post("/webhooks/telegram", include_in_schema=False)
    async def telegram(request: Request) -> Response:
        return await _telegram(program, request)

    if program.twilio is not None:
        twilio_hooks.mount(app, program.twilio, program.intake)

        @app.api_route("/m/{token}/{name}", methods=["GET", "HEAD"], include_in_schema=False)
        async def lent(token: str) -> Response:
            return await _lent(program, token)

    chat_api.mount(app, program)
    app.include_router(info_page.pages(program.house, program.clock))
    app.router.routes.extend(media.routes(program.shelf))
    desk.mount(app, program)


async def _lent(program: "Program", token: str) -> Response:
    """A file that goes with a message, for the platform that delivers it."""
    found = program.lender.read(token)
    if found is None:
        return Response(status_code=404)
    try:
        data = await asyncio.to_thread(program.vault.get, found.file, found.office)
    except Missing:
        return Response(status_code=404)
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff",
               "content-security-policy": "default-src 'none'; sandbox",
               "x-robots-tag": "noindex"}  # fmt: skip
    return Response(data, media_type=found.media_type, headers=headers)


async def _telegram(program: "Program", request: Request) -> Response:
    """Fails closed: without a configured secret, and with a wrong one, nothing is read."""
    settings = program.settings.telegram
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    if settings.mode != "webhook" or not settings.webhook_secret:
        return Response(status_code=404)
    if not hmac.compare_digest(given.encode(), settings.webhook_secret.encode()):
        return Response(status_code=403)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_UPDATE:
            return Response(status_code=413, headers={"connection": "close"})
    try:
        raw = json.loads(body)
    except ValueError:
        return Response(status_code=400)
    if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
        return Response(status_code=400)
    await program.intake.take_telegram(raw)
    return Response(status_code=200)
