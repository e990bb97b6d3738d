"""The files of broadcasts for everybody who knows their address: people, and platforms that fetch.

A few platforms ask for the head first, and phones ask for a video in pieces.
"""

import re

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.channels.whatsapp_templates import SAMPLES
from bot.config import ROOT
from bot.shelf import Shelf
from handlers.enclosures import ENDINGS, PLACE, kind
from storage.files import IDENTITY, Missing

FOLDER = ROOT / "templates" / "whatsapp"
"""Where the samples are that reviewers of templates see."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "accept-ranges": "bytes",
    "cache-control": "public, max-age=86400",
}
HOW = {"photo": "inline", "video": "inline", "pdf": "attachment"}
RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


def routes(shelf: Shelf) -> list[Route]:
    """Where they are, with and without a look at the bytes."""

    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"]
        if name in SAMPLES.values():
            return FileResponse(FOLDER / name, headers=HEADERS)
        file, _, ending = name.partition(".")
        if not IDENTITY.fullmatch(file) or ENDINGS.get(kind(file)) != ending:
            return Response(status_code=404)
        return await served(shelf, file, request)

    return [Route(f"/{PLACE}/{{name}}", endpoint, methods=["GET"])]  # HEAD comes with it


async def served(shelf: Shelf, file: str, request: Request) -> Response:
    """The file, or the piece of it that was asked for."""
    row = await shelf.find(file)
    if row is None:
        return Response(status_code=404)
    named = f'{HOW[row.kind]}; filename="{PLACE}.{ENDINGS[row.kind]}"'
    headers = {**HEADERS, "content-disposition": named}
    if request.method == "HEAD":
        headers["content-length"] = str(row.size)
        return Response(headers=headers, media_type=row.media_type)
    try:
        data = await shelf.load(file)
    except Missing:
        return Response(status_code=404)
    return _piece(data, row.media_type, headers, request.headers.get("range", ""))


def _piece(data: bytes, kind: str, headers: dict[str, str], wanted: str) -> Response:
    found = RANGE.fullmatch(wanted)
    if found is None:
        return Response(data, headers=headers, media_type=kind)
    first = int(found[1])
    last = min(int(found[2] or len(data)), len(data) - 1)
    if first > last:
        headers["content-range"] = f"bytes */{len(data)}"
        return Response(status_code=416, headers=headers)
    headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, headers=headers, media_type=kind)
