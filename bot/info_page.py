"""The public pages below /info: what each office does, what to bring, where it is.

For people without any messenger, for search engines, for printing.  Made once a day from the
same files as the conversation, kept packed, and served without a look at the database.
"""

import html
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot import paper
from bot.chat_page import FOLDER as CHAT
from bot.chat_page import FOR_EVER, Asset
from bot.clock import Clock
from bot.compiled import cache
from bot.config import ROOT
from flows.outings import ahead
from handlers.brochure import Brochure, brochure
from handlers.offices import House, Office
from handlers.reach import payload
from handlers.sharing import SHARED
from handlers.words import say_date, say_hours, say_outing

FOLDER = ROOT / "templates" / "info"
HTML = "text/html; charset=utf-8"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "geolocation=(), microphone=()",
    "cache-control": "public, max-age=300",
}
HIDDEN = ("/desk", "/api/", "/webhooks/", "/appointments/")
"""Where search engines have nothing to look for."""
LEARN, PRACTICE = "/belajar", "practice"
FROM_PAGE = "info"
"""The source of those who come by a link on these pages."""


class Leaflets:
    """All public pages of one day, each made when somebody first asks for it."""

    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock
        self._day = date.min
        self._made: dict[str, Asset | None] = {}
        self.assets = {
            "info.css": Asset.make((FOLDER / "info.css").read_text("utf-8"), "text/css"),
            "icon.svg": Asset.make((CHAT / "icon.svg").read_text("utf-8"), "image/svg+xml"),
        }
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            bytecode_cache=cache(),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "hours": say_hours, "date": say_date, "outing": say_outing, "ahead": ahead,
            "on_map": _map, "host": _host, "iso": lambda day: say_date(date.fromisoformat(day)),
        }  # fmt: skip
        self.paths = _paths(house)

    def page(self, path: str) -> Asset | None:
        """The page at that path below /info, as it is today; None if there is none."""
        today = self._house.office("").today(self._clock())
        if today != self._day:
            self._day, self._made = today, {}
        if path not in self.paths:
            return None
        if path not in self._made:
            self._made[path] = Asset.make(self._render(path), HTML)
        return self._made[path]

    def missing(self) -> str:
        """The page that says that there is none."""
        return self._fill("missing.html", "", about=None)

    def _render(self, path: str) -> str:
        if path == LEARN:
            links = self._house.reach.chats(payload("", PRACTICE))
            return self._fill("learn.html", path, lessons=self._house.lessons, links=links)
        office_id, _, service = path.strip("/").partition("/")
        if not office_id:
            return self._fill("index.html", path, offices=list(self._house.offices.values()))
        office = self._house.office(office_id)
        services = self._house.catalog(office_id).services
        if not service:
            brochures = [brochure(self._house, office, each) for each in services]
            return self._office(path, office, "office.html", "", brochures=brochures)
        told = brochure(self._house, office, service)
        return self._office(path, office, "service.html", service, it=told, about=self._about(
            path, office, told
        ))  # fmt: skip

    def _office(self, path: str, office: Office, template: str, service: str, **values: Any) -> str:
        reach, services = self._house.reach, self._house.catalog(office.id).services
        title = services[service].title if service else ""
        text = self._house.words.say("share_text", office=office.name, title=title)
        code = reach.best(payload(office.id, service, FROM_PAGE)) if reach.public else ""
        return self._fill(
            template, path, office=office,
            links=reach.chats(payload(office.id, service, FROM_PAGE)),
            shares=reach.shares(text, payload(office.id, service, SHARED)),
            titles={each.id: each.title for each in services.values()},
            code=Markup(paper.qr(code)) if code else "",  # noqa: S704  our own drawing
            **values,
        )  # fmt: skip

    def _fill(self, template: str, path: str, **values: Any) -> str:
        base = self._house.reach.web
        addresses = {name: f"/info/assets/{name}?v={a.version}" for name, a in self.assets.items()}
        today = self._house.office("").today(self._clock())
        return self._environment.get_template(template).render(
            {"about": None, **values}, assets=addresses, today=today,
            canonical=f"{base}/info{path}" if base and template != "missing.html" else "",
        )  # fmt: skip

    def _about(self, path: str, office: Office, told: Brochure) -> dict[str, Any]:
        """The service for search engines: https://schema.org/GovernmentService"""
        base = self._house.reach.web
        return {
            "@context": "https://schema.org",
            "@type": "GovernmentService",
            "name": told.title,
            "isAccessibleForFree": True,
            "provider": {
                "@type": "GovernmentOffice",
                "name": office.name,
                "address": office.address,
            },
            "areaServed": office.name,
            "availableChannel": {
                "@type": "ServiceChannel",
                "serviceUrl": f"{base}/info{path}",
                "availableLanguage": "id",
            },
        }


def _paths(house: House) -> tuple[str, ...]:
    """Every page below /info."""
    found = ["", LEARN]
    for office in house.offices:
        found.append(f"/{office}")
        found += [f"/{office}/{service}" for service in house.catalog(office).services]
    return tuple(found)


def pages(house: House, clock: Clock) -> APIRouter:
    """The routes of the public pages, and what search engines ask for."""
    leaflets = Leaflets(house, clock)
    router = APIRouter(include_in_schema=False)

    async def page(request: Request, path: str = "") -> Response:
        found = leaflets.page(f"/{path}" if path else "")
        if found is None:
            return Response(leaflets.missing(), 404, HEADERS, HTML)
        return found.response(request, HEADERS)

    async def asset(request: Request, name: str) -> Response:
        found = leaflets.assets.get(name)
        if found is None:
            return Response(status_code=404)
        known = request.query_params.get("v") == found.version
        keep = FOR_EVER if known else "no-cache"
        return found.response(request, {**HEADERS, "cache-control": keep})

    router.add_api_route("/robots.txt", _told(lambda: _robots(house), "text/plain"))
    if house.reach.web:
        sitemap = _told(lambda: _sitemap(house, leaflets.paths), "application/xml")
        router.add_api_route("/sitemap.xml", sitemap)
    router.add_api_route("/info/assets/{name}", asset)
    router.add_api_route("/info", page, methods=["GET", "HEAD"])
    router.add_api_route("/info/{path:path}", page, methods=["GET", "HEAD"])
    return router


def _told(text: Callable[[], str], kind: str) -> Callable[[], Any]:
    made = text()

    async def endpoint() -> Response:
        return Response(made, media_type=kind, headers={"cache-control": "public, max-age=3600"})

    return endpoint


def _robots(house: House) -> str:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in HIDDEN)]
    if house.reach.web:
        lines.append(f"Sitemap: {house.reach.web}/sitemap.xml")
    return "\n".join(lines) + "\n"


def _sitemap(house: House, paths: tuple[str, ...]) -> str:
    """https://www.sitemaps.org/protocol.html"""
    urls = (f"<url><loc>{html.escape(house.reach.web)}/info{path}</loc></url>" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(urls)
        + "\n</urlset>\n"
    )


def _map(office: Office) -> str:
    """Where the office is on a map: by its coordinates, or by its address."""
    place = "{},{}".format(*office.location) if office.location else office.address
    return f"https://www.google.com/maps/search/?api=1&query={quote(place)}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
