"""A segment as people write it, in a form or a TOML file, and as the storage reads it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from handlers.errors import Rejected
from handlers.offices import House, Office
from storage.segments import Segment

CHANNELS = ("telegram", "whatsapp", "sms")
LISTS = ("channels", "kelurahan", "used", "unused", "drafts", "languages")
DAYS = ("seen_after", "seen_before", "agreed_after", "agreed_before")
ANY = "any"
"""A draft of whatever service."""


def tidy(house: House, office: Office, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was written, without what is empty.

    Raises Rejected "segment_…" for what means nothing: no expressions, only known values.
    """
    services = {*house.catalog(office.id).services, ANY}
    known = {
        "channels": set(CHANNELS), "kelurahan": {each.id for each in office.kelurahan},
        "used": services - {ANY}, "unused": services - {ANY}, "drafts": services,
    }  # fmt: skip
    if raw.keys() - {*LISTS, *DAYS, "newcomers"}:
        raise Rejected("segment_unknown")
    found: dict[str, Any] = {}
    for name in LISTS:
        given = raw.get(name) or []
        values = [given] if isinstance(given, str) else list(given)
        if name == "languages":
            known[name] = {each for each in values if re.fullmatch("[a-z]{2,3}", each)}
        if not set(values) <= known[name]:
            raise Rejected("segment_unknown")
        if values:
            found[name] = sorted(set(values))
    for name in DAYS:
        if raw.get(name):
            found[name] = _day(raw[name]).isoformat()
    if raw.get("newcomers"):
        found["newcomers"] = True
    return found


def read(house: House, office: Office, kept: Mapping[str, Any]) -> Segment:
    """The segment of a row: days begin and end at the office's midnight."""
    services = tuple(house.catalog(office.id).services)
    lists: dict[str, Any] = {name: tuple(kept[name]) for name in LISTS if name in kept}
    if ANY in lists.get("drafts", ()):
        lists["drafts"] = services
    zone = office.calendar.zone
    days: dict[str, Any] = {name: _midnight(kept[name], zone) for name in DAYS if name in kept}
    return Segment(**lists, **days, newcomers=bool(kept.get("newcomers")))


def lines(kept: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    """What narrows the choice, for people to read."""
    return [(name, kept[name]) for name in (*LISTS, "newcomers", *DAYS) if name in kept]


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), zone)


def _day(given: Any) -> date:
    try:
        return given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise Rejected("segment_day") from None
