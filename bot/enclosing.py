"""A file for a broadcast on its way in: looked at, made light, put into the vault.

Whatever is taken here goes out on every channel: the limits are the smallest of them all.
"""

import asyncio
import io
import secrets
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot import film
from bot.cell import Cell, CellDied
from bot.examined import Examined, Unfit, Unsuited
from bot.gate import Gate
from storage import enclosures
from storage.files import Vault

MB = 1000 * 1000
MOST = {"photo": 5 * MB, "pdf": 5 * MB, "video": 16 * MB}
"""Bytes.  WhatsApp: pictures 5 MB, all else 16 MB.  Telegram: pictures 10, files of bots 50 MB.
A PDF of more than 5 MB is more than people without much data quota open."""
LARGEST_UPLOAD = 32 << 20
"""Bytes read of a form, so that a file too large is refused in words, with the form kept."""
SIDE = 1600
"""Pixels of the long side of a picture: what WhatsApp itself makes of larger ones."""
NARROW = 15
"""Telegram refuses pictures more than 20 times as long as wide."""


async def examined(data: bytes) -> Examined:
    """What a file is, fit for every channel.  Raises Unfit, Unsuited."""
    if film.is_film(data):
        seen = await asyncio.to_thread(film.examine, data)
    else:
        seen = await _seen_in_cell(data)
    if seen.kind == "photo":
        seen = await asyncio.to_thread(_lighter, seen)
    if len(seen.data) > MOST[seen.kind]:
        raise Unsuited(f"too_big_{seen.kind}")
    return seen


async def _seen_in_cell(data: bytes) -> Examined:
    cell = Cell()
    try:
        return await cell.examine(data)
    except CellDied:
        raise Unfit("broken") from None
    finally:
        await cell.close()


def _lighter(seen: Examined) -> Examined:
    if max(seen.width, seen.height) > NARROW * min(seen.width, seen.height):
        raise Unsuited("too_narrow")
    if max(seen.width, seen.height) <= SIDE:
        return seen
    from PIL import Image  # 10 MB that a program without such a file does without

    out = io.BytesIO()
    with Image.open(io.BytesIO(seen.data), formats=["JPEG"]) as picture:
        picture.thumbnail((SIDE, SIDE))
        picture.save(out, "JPEG", quality=85)
        return replace(seen, data=out.getvalue(), width=picture.width, height=picture.height)


async def store(vault: Vault, office: str, data: bytes) -> tuple[str, Examined]:
    """Put a file into the vault; returns its id and what it is.  Raises Unfit."""
    seen = await examined(data)
    file = f"{seen.kind}-{secrets.token_urlsafe(16)}"
    await asyncio.to_thread(vault.put, file, office, seen.data)
    return file, seen


async def keep(
    gate: Gate, vault: Vault, office: str, data: bytes, name: str, by: str, now: datetime
) -> str:
    """Take a file in; returns its id.  Raises Unfit.

    Nobody needs it until a broadcast names it; what nobody needs is let go of after a day.
    """
    file, seen = await store(vault, office, data)
    await gate.write(partial(
        enclosures.create, file=file, office_id=office, kind=seen.kind,
        media_type=seen.media_type, size=len(seen.data), name=name[-100:], made_by=by, now=now,
    ))  # fmt: skip
    return file
