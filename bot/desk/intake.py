"""A photo sent to one of our own pages: into the vault as it came, then announced to the turn."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.requests import Request

from bot.desk.base import Desk, Stop
from bot.upload import Crowded, Form, TooBig, Unreadable, Upload
from flows.model import Sent
from handlers.walkins import Said
from storage import attachments
from storage.files import RAW

FILE = 16 << 20
"""Bytes of the largest photo."""
PDF = b"%PDF-"


@asynccontextmanager
async def received(desk: Desk, request: Request) -> AsyncIterator[Form]:
    """A form with one file, in memory within the block.  Raises Stop."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Stop(403, "stale")
    try:
        with Upload(request.headers.get("content-type", ""), FILE, desk.room) as upload:
            yield await upload.read(request.stream())
    except TooBig:
        raise Stop(413, "too_big") from None
    except Unreadable:
        raise Stop(422, "stale") from None
    except Crowded:
        raise Stop(503, "slow") from None


@asynccontextmanager
async def kept(
    desk: Desk, request: Request, office: str, *, only_pictures: bool = False
) -> AsyncIterator[tuple[Mapping[str, str], Said]]:
    """The form's fields, and its photo as something said; forgotten again if that fails, or if
    the same form had come before.

    Raises Stop.
    """
    name = f"{RAW}{secrets.token_hex(16)}"
    async with received(desk, request) as form:
        if not form.data or (only_pictures and PDF in form.data[:1024]):
            raise Stop(422, "no_picture")
        await asyncio.to_thread(desk.vault.put, name, office, form.data)
    event = Sent(secrets.token_urlsafe(16))
    nonce, asked = form.fields.get("nonce", "")[:64], form.fields.get("asked", "")[:64]
    said = Said(event, nonce or name, asked, {"upload": name, "office": office})
    try:
        yield form.fields, said
    except BaseException:
        await asyncio.to_thread(desk.vault.delete, name)
        raise
    if await desk.gate.read(lambda tx: attachments.get(tx, event.attachment)) is None:
        await asyncio.to_thread(desk.vault.delete, name)
