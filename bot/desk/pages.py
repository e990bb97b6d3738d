"""Pages from templates/desk, with the headers that every answer of the desk carries.

Autoescape is on; what people read stands in the templates, chosen there by code.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from bot.compiled import cache

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "desk"
ASSETS = {
    "desk.css": "text/css",
    "calls.css": "text/css",
    "calendar.css": "text/css",
    "counter.css": "text/css",
    "broadcasts.css": "text/css",
    "screen.css": "text/css",
    "desk.js": "text/javascript",
    "screen.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
}


class Pages:
    """The templates and assets of one folder, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.assets = {name: (folder / name).read_bytes() for name in ASSETS}
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            bytecode_cache=cache(),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = self._address

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page."""
        return HTMLResponse(self._environment.get_template(template).render(values), status)

    def asset(self, name: str) -> Response | None:
        """A style sheet or script.  Its address names its content, so it may be kept."""
        if name not in self.assets:
            return None
        keep = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(self.assets[name], media_type=ASSETS[name], headers=keep)

    def _address(self, name: str) -> str:
        return f"/desk/assets/{name}?{sha256(self.assets[name]).hexdigest()[:12]}"


def dressed(response: Response) -> Response:
    """The response with every header of the desk that it does not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
