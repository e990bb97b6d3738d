"""What is printed on a poster or table card: a service or all of them, and codes that open a chat.

Knows the data, not the paper: templates/print/poster.typ lays them out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from handlers.brochure import brochure
from handlers.offices import House
from handlers.reach import OPENER, payload
from handlers.wording import opening

GROUPS = 6
"""Lists of documents that fit on a poster; more of them are told in the chat."""


def data(
    house: House, office_id: str, kind: str, service: str, code: str, qr: Callable[[str], str],
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """The data of one poster; `qr` draws a code."""
    office, reach = house.office(office_id), house.reach
    link = payload(office_id, service, code)
    chats = reach.chats(link)
    if not reach.web:
        del chats["web"]  # it would lead to this machine
    names = {name: house.words.say(f"poster_{name}") for name in chats}
    flow = house.catalog(office_id).services.get(service)
    return {
        "size": kind,
        "office": office.name,
        "title": flow.title if flow else house.words.say("poster_title"),
        "chats": [
            {"name": names[name], "qr": qr(url), "shown": _shown(url)}
            for name, url in chats.items()
        ],
        "needed": _needed(house, office_id, service) if service else [],
        "written": f"{OPENER} {link}" if reach.whatsapp else "",
        "number": f"+{reach.whatsapp}" if reach.whatsapp else "",
        "address": office.address,
        "hours": opening(house, office, now),
        "code": link,
    }


def _needed(house: House, office_id: str, service: str) -> list[dict[str, str]]:
    """The lists of documents, each in one line; none when they would be too many."""
    told = brochure(house, house.office(office_id), service)
    if len(told.needed) > GROUPS:
        return []
    return [
        {"heading": each.heading, "names": ", ".join(step.name for step in each.documents)}
        for each in told.needed
    ]


def _shown(url: str) -> str:
    """An address as people type it."""
    return url.removeprefix("https://").partition("?")[0].rstrip("/")
