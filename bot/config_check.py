"""What is wrong with settings though every type is right.

Where a key stands is `config.py`'s to know: mistakes are told to it by their key.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.day_settings import mistakes, read_location, section_mistakes
from bot.settings import WAYS, OfficeSettings, Settings
from flows.calendar import Hours, Sla
from flows.health import LEVELS
from flows.numbers import confusable
from handlers.letterhead import Letterhead

Wrong = Callable[[str, str], None]
"""Takes a key ("web.port") and what is wrong with it."""
Places = Mapping[str, Sequence[str]]
"""Where each of a list of sections stands."""

RESERVED = ("assets", "belajar")
"""What stands below /info besides offices."""
NO_END = 10**9
RANGES: Mapping[str, tuple[int, int]] = {
    "web.port": (0, 65_535),
    "talk.quiet_hours": (1, NO_END),
    "talk.officer_minutes": (1, NO_END),
    "desk.idle_minutes": (1, NO_END),
    "desk.session_hours": (1, NO_END),
    "whatsapp.per_second": (1, NO_END),
    "whatsapp.person_seconds": (1, NO_END),
    "whatsapp.person_burst": (1, NO_END),
    "whatsapp.catch_up_seconds": (1, NO_END),
    "whatsapp.price_marketing": (0, 100_000),
    "whatsapp.price_utility": (0, 100_000),
    "whatsapp.price_message": (0, 100_000),
    "sms.per_second": (1, NO_END),
    "sms.price": (0, 100_000),
    "reminders.expiry_days": (2, 365),
    "reminders.warn_percent": (1, 99),
    "reminders.visit_hours": (1, 12),
    "reminders.valid_days": (1, 90),
    "reminders.keep_days": (60, 3650),
    "reminders.alarm_minutes": (1, NO_END),
    "letters.result_days": (1, 90),
    "appointments.days_ahead": (1, 10),
    "appointments.lead_minutes": (0, 1440),
    "appointments.priority_hours": (0, 240),
    "broadcasts.per_month": (0, 30),
    "broadcasts.approve_above": (0, 10_000_000),
    "broadcasts.holdout_percent": (0, 50),
    "broadcasts.lost_percent": (1, 100),
    "broadcasts.left_percent": (1, 100),
    "broadcasts.judged_after": (20, 100_000),
    "broadcasts.effect_days": (1, 90),
    "retention.photos_days": (0, 36_500),
    "retention.answers_days": (0, 36_500),
    "retention.chat_days": (0, 36_500),
    "retention.draft_days": (0, 36_500),
    "health.basic_percent": (1, 100),
    "health.strict_percent": (1, 100),
}
"""The least and the most that each number may be."""


def check(settings: Settings, wrong: Wrong, places: Places) -> None:
    """Tell of everything that cannot be used."""
    _telegram(settings, wrong)
    _whatsapp(settings, wrong)
    for key in ("web.public_url", "telegram.api_url", "whatsapp.api_url"):
        address = _value(settings, key)
        if address and urlsplit(address).scheme not in ("http", "https"):
            wrong(key, f"must begin with https:// (or http://), not {address!r}")
    if not settings.database_url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        wrong("database.url", "must begin with sqlite: or postgresql:")
    for key, (low, high) in RANGES.items():
        if not low <= _value(settings, key) <= high:
            most = f"between {low} and {high}" if high < NO_END else f"{low} or more"
            wrong(key, f"must be {most}")
    _times(settings, wrong)
    for name, office in settings.offices.items():
        _office(name, office, wrong, places)
    for (one, a), (other, b) in combinations(settings.offices.items(), 2):
        if a.code == b.code or confusable(a.code, b.code):
            wrong(f"offices.{other}.code", f"too easily mistaken for that of {one}")
    if not settings.offices:
        wrong("offices", "there must be one")


def _value(settings: Settings, key: str) -> Any:
    section, _, name = key.partition(".")
    return getattr(getattr(settings, section), name)


def _times(settings: Settings, wrong: Wrong) -> None:
    """What has to fit each other, and the clock."""
    try:
        settings.reminders.timing()
    except ValueError as error:
        wrong("reminders", str(error))
    for key in ("retention.draft_days", "retention.chat_days"):
        if 0 < _value(settings, key) <= settings.reminders.expiry_days:
            wrong(key, "must be longer than reminders.expiry_days")
    try:
        start = settings.clock.start
        if start is not None and start.tzinfo is None:
            wrong("clock.now", "needs its zone: 2026-11-23T08:00:00+07:00")
    except ValueError:
        wrong("clock.now", f"is no time: {settings.clock.now!r}")


def _telegram(settings: Settings, wrong: Wrong) -> None:
    telegram = settings.telegram
    if telegram.mode not in ("polling", "webhook"):
        wrong("telegram.mode", f"must be polling or webhook, not {telegram.mode!r}")
    if telegram.token and not re.fullmatch(r"\d+:[\w-]+", telegram.token):
        wrong("telegram.token", "is no bot token; @BotFather gives one like 123456:ABC…")
    name = telegram.username.removeprefix("@")
    if name and not re.fullmatch(r"[A-Za-z]\w{4,31}", name, re.ASCII):
        wrong("telegram.username", "is no user name; @BotFather gives one like loket_bot")
    if telegram.token and telegram.mode == "webhook":
        if not re.fullmatch(r"[\w-]{16,256}", telegram.webhook_secret, re.ASCII):
            wrong("telegram.webhook_secret", "needs 16 to 256 of A-Z a-z 0-9 _ -")
        if not settings.web.public_url:
            wrong("web.public_url", "is needed for telegram.mode = webhook")


def _whatsapp(settings: Settings, wrong: Wrong) -> None:
    given, text = settings.whatsapp, settings.sms
    for kind in fields(settings.fallback):
        for way in getattr(settings.fallback, kind.name):
            if way not in WAYS:
                wrong(f"fallback.{kind.name}", f"no way {way!r}; known: {', '.join(WAYS)}")
    if not (given.account_sid or given.auth_token or given.from_ or text.from_):
        return
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", given.account_sid):
        wrong("whatsapp.account_sid", "is no account: AC and 32 letters and digits")
    if not given.auth_token:
        wrong("whatsapp.auth_token", "is missing; the console shows it below the account")
    if given.messaging_service_sid and not re.fullmatch(
        r"MG[0-9a-fA-F]{32}", given.messaging_service_sid
    ):
        wrong("whatsapp.messaging_service_sid", "is none: MG and 32 letters and digits")
    for key, number in (("whatsapp.from", given.sender), ("sms.from", text.from_)):
        if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number.removeprefix("whatsapp:")):
            wrong(key, "must be a number like +628111222333")
    if given.messaging_service_sid and not given.from_:
        wrong("whatsapp.from", "is needed to ask for what came while we were down")
    elif not (given.from_ or text.from_):
        wrong("whatsapp.from", "is missing")
    if not settings.web.public_url:
        wrong("web.public_url", "is needed for WhatsApp and SMS: it is what gets signed")


def _office(name: str, office: OfficeSettings, wrong: Wrong, places: Places) -> None:
    key = f"offices.{name}"
    if not re.fullmatch(r"[a-z][a-z0-9]{0,9}", name):
        wrong(key, "its id must be up to ten lower-case letters and digits")
    if name in RESERVED:
        wrong(key, "its id is an address of the public pages already")
    if not re.fullmatch(r"[A-Z]{2,4}", office.code):
        wrong(f"{key}.code", f"must be two to four capitals, not {office.code!r}")
    if office.area not in ("rt_rw", "lingkungan"):
        wrong(f"{key}.area", f"must be rt_rw or lingkungan, not {office.area!r}")
    for what, number, low, high in (
        ("counters", office.counters, 0, 99),
        ("slot_minutes", office.slot_minutes, 5, 240),
        ("waiting_room", office.waiting_room, 0, 999),
        ("priority_seats", office.priority_seats, 0, max(0, office.counters - 1)),
    ):
        if not low <= number <= high:
            wrong(f"{key}.{what}", f"must be between {low} and {high}")
    _days(key, office, wrong, places)
    for what in section_mistakes(office.sections):
        wrong(f"{key}.sections", what)
    try:
        Letterhead(**office.letterhead).numbered("470", 1, date(2026, 11, 23), office.code)
    except (TypeError, ValueError, KeyError, IndexError) as error:
        wrong(f"{key}.letterhead", str(error))
    try:
        Sla.read(office.check_within)
    except ValueError as error:
        wrong(f"{key}.check_within", str(error))
    try:
        ZoneInfo(office.zone)
    except (ValueError, OSError):
        wrong(f"{key}.zone", f"no such zone: {office.zone!r}")


def _days(key: str, office: OfficeSettings, wrong: Wrong, places: Places) -> None:
    """Hours, seasons and outings, each with its own place in the file."""
    if office.protocol not in LEVELS:
        wrong(f"{key}.protocol", f"must be off, basic or strict, not {office.protocol!r}")
    try:
        Hours.read(office.hours)
    except ValueError as error:
        wrong(f"{key}.hours", str(error))
        return  # seasons stand on them
    seasons = zip(places.get(f"{key}.seasons", ()), office.seasons, strict=True)
    mobile = zip(places.get(f"{key}.mobile", ()), office.mobile, strict=True)
    for place, what in mistakes(office.hours, [*seasons], [*mobile]):
        wrong(place, what)
    try:
        read_location(office.location)
    except ValueError as error:
        wrong(f"{key}.location", str(error))
