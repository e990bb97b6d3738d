"""The chat page and its two assets, each with the hash of its content in its address.

Everything comes from here: no other server is asked for anything.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.compiled import cache
from bot.config import ROOT
from handlers.offices import House
from handlers.words import say_date, say_hours, say_outing

FOLDER = ROOT / "templates" / "chat"
ASSETS = {
    "chat.css": "text/css; charset=utf-8",
    "chat.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=()",
    "cache-control": "no-cache",
}
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_COMMENT = re.compile(r"^(//.*|/\*\*.*\*/)\n", re.MULTILINE)
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that does not change while the program runs, plain and packed."""

    plain: bytes
    packed: bytes
    kind: str
    version: str

    @classmethod
    def make(cls, text: str, kind: str) -> "Asset":
        """Sent without indentation and lines of comment: many readers pay for every kilobyte."""
        plain = _COMMENT.sub("", _INDENT.sub("", text)).encode()
        version = hashlib.sha256(plain).hexdigest()[:12]
        return cls(plain, gzip.compress(plain, mtime=0), kind, version)

    def response(self, request: Request, headers: Mapping[str, str]) -> Response:
        """The content, packed if the browser can unpack it; nothing if it has it already."""
        tag = f'"{self.version}"'
        headers = {**headers, "etag": tag, "vary": "accept-encoding"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.plain, media_type=self.kind, headers=headers)
        headers["content-encoding"] = "gzip"
        return Response(self.packed, media_type=self.kind, headers=headers)


def pages(house: House) -> APIRouter:
    """The page at / and its assets."""
    assets = {
        name: Asset.make((FOLDER / name).read_text(encoding="utf-8"), kind)
        for name, kind in ASSETS.items()
    }
    shells = _shells(house, assets)
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def index(request: Request) -> Response:
        wanted = request.query_params.get("to", "").partition("-")[0]
        return shells[house.settle(wanted)].response(request, HEADERS)

    for name, asset in assets.items():
        router.add_api_route(f"/assets/{name}", partial(_asset, asset))
    return router


async def _asset(asset: Asset, request: Request) -> Response:
    known = request.query_params.get("v") == asset.version
    headers = {
        "cache-control": FOR_EVER if known else "no-cache",
        "x-content-type-options": "nosniff",
    }
    return asset.response(request, headers)


def _shells(house: House, assets: Mapping[str, Asset]) -> Mapping[str, Asset]:
    """The page as each office shows it, and under "" before one is chosen."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        bytecode_cache=cache(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"hours": say_hours, "date": say_date, "outing": say_outing}
    page = environment.get_template("index.html")
    addresses = {name: f"/assets/{name}?v={asset.version}" for name, asset in assets.items()}
    offices = list(house.offices.values())
    return {
        office_id: Asset.make(
            page.render(office=house.offices.get(office_id), offices=offices, assets=addresses),
            "text/html; charset=utf-8",
        )
        for office_id in ("", *house.offices)
    }
