"""config.toml and the environment -> Settings, or every mistake at once with key and line.

What there is to set is in settings.py.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.day_settings import mistakes, read_location, section_mistakes
from bot.settings import SECRETS, SECTIONS, WAYS, OfficeSettings, Settings
from flows.calendar import Hours, Sla
from flows.health import LEVELS
from flows.numbers import confusable
from handlers.letterhead import Letterhead

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT / "config.toml"
PREFIX = "LOKET_"
RESERVED = ("assets", "belajar")
"""What stands below /info besides offices."""


class WrongSettings(Exception):
    """The settings cannot be used; `mistakes` names each with its place."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def read(path: Path, environment: Mapping[str, str]) -> Settings:
    """Settings from a TOML file and LOKET_SECTION__KEY variables.  Raises WrongSettings."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings([f"{path}: cannot be read: {error}"]) from None
    return _Reading(str(path), text, environment).settings()


class _Reading:
    """One reading of one file: where things stand in it, and what is wrong with them."""

    def __init__(self, name: str, text: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.text = text
        self.environment = environment
        self.mistakes: list[str] = []
        self.from_environment: dict[str, str] = {}
        self.places: dict[str, list[str]] = {}
        """Where each of a list of sections stands; those that cannot be read are not counted."""

    def settings(self) -> Settings:
        try:
            data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise WrongSettings([f"{self.name}: not TOML: {error}"]) from None
        if "offices" not in data:
            data["offices"] = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))["offices"]
        self._override(data)
        for section in data.keys() - SECTIONS.keys() - {"offices"}:
            self.wrong(section, f"unknown section; known are {', '.join((*SECTIONS, 'offices'))}")
        sections = {
            name: self._section(name, kind, data.get(name, {})) for name, kind in SECTIONS.items()
        }
        offices = {}
        if not isinstance(data["offices"], dict):
            self.wrong("offices", "is no section")
            data["offices"] = {}
        for office, raw in data["offices"].items():
            read_office = self._section(f"offices.{office}", OfficeSettings, raw)
            if read_office is not None:
                offices[office] = read_office
        settings = Settings(offices=offices, **sections)
        self._check(settings)
        if self.mistakes:
            raise WrongSettings(self.mistakes)
        return settings

    def wrong(self, key: str, what: str) -> None:
        """Note a mistake at a key ("web.port")."""
        variable = self.from_environment.get(key) or next(
            (name for path, name in self.from_environment.items() if path.startswith(f"{key}.")),
            None,
        )
        place = f"environment {variable}" if variable else f"{self.name}:{self._line(key)}"
        self.mistakes.append(f"{place}: {key}: {what}")

    def _line(self, key: str) -> int:
        """Where a key stands, or else the section or list that should hold it."""
        section, _, name = key.rpartition(".")
        here, counted, line_of_section = "", Counter[str](), 0
        for number, line in enumerate(self.text.splitlines(), 1):
            bare = line.split("#")[0].strip()
            if bare.startswith("["):
                here = bare.strip("[] ")
                if bare.startswith("[["):
                    counted[here] += 1
                    here = f"{here}.{counted[here] - 1}"
                if here in (section, key):
                    line_of_section = number
            elif here == section and re.match(rf"{re.escape(name)}\s*=", bare):
                return number
        return line_of_section or (self._line(section) if section else 1)

    def _override(self, data: dict[str, Any]) -> None:
        for variable, value in self.environment.items():
            if not variable.startswith(PREFIX) or "__" not in variable:
                continue
            path = [part.lower() for part in variable.removeprefix(PREFIX).split("__")]
            place = data
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = value
            self.from_environment[".".join(path)] = variable

    def _section(self, name: str, kind: type, raw: Any) -> Any:
        """The section with its wrong values left at their defaults; None if that cannot be."""
        if not isinstance(raw, dict):
            self.wrong(name, "is no section")
            raw = {}
        types = get_type_hints(kind)
        known = {each.name.rstrip("_"): each for each in fields(kind)}  # "from" is Python's
        for key in raw.keys() - known.keys():
            self.wrong(f"{name}.{key}", f"unknown key; known are {', '.join(known)}")
        values = {}
        for key in known.keys() & raw.keys():
            value = self._value(f"{name}.{key}", types[known[key].name], raw[key])
            if value is not MISSING:
                values[known[key].name] = value
        required = {
            key
            for key, each in known.items()
            if each.default is MISSING and each.default_factory is MISSING
        }
        for key in required - raw.keys():
            self.wrong(f"{name}.{key}", "is missing")
        return kind(**values) if {known[key].name for key in required} <= values.keys() else None

    def _value(self, key: str, wanted: Any, value: Any) -> Any:
        """The value in its type, or MISSING after noting that it has another."""
        if key in self.from_environment and wanted is not str:
            value = self._from_text(key, wanted, value)
        if (kind := next(filter(is_dataclass, get_args(wanted)), None)) is not None:
            return self._tables(key, kind, value)
        good = {
            date: type(value) is date,
            str: isinstance(value, str),
            bool: isinstance(value, bool),
            int: isinstance(value, int) and not isinstance(value, bool),
            dict[str, str]: isinstance(value, dict)
            and all(isinstance(each, str) for each in value.values()),
            list[int]: isinstance(value, list) and all(type(each) is int for each in value),
            list[str]: isinstance(value, list) and all(isinstance(each, str) for each in value),
            list[date]: isinstance(value, list) and all(type(each) is date for each in value),
        }
        names = {
            date: "a date (2026-12-31)",
            str: "a text",
            bool: "true or false",
            int: "a whole number",
            dict[str, str]: "a section of texts",
            list[int]: "a list of whole numbers",
            list[str]: "a list of texts",
            list[date]: "a list of dates (2026-12-31)",
        }
        if good[wanted]:
            return value
        shown = "" if key in SECRETS else f", not {value!r}"
        self.wrong(key, f"must be {names[wanted]}{shown}")
        return MISSING

    def _tables(self, key: str, kind: Any, value: Any) -> Any:
        """A list of sections ([[…]]), without those that cannot be read."""
        if not isinstance(value, list):
            self.wrong(key, f"must be a list of sections: [[{key}]]")
            return MISSING
        read = [(at, self._section(f"{key}.{at}", kind, raw)) for at, raw in enumerate(value)]
        good = [(f"{key}.{at}", each) for at, each in read if each is not None]
        self.places[key] = [place for place, _ in good]
        return [each for _, each in good]

    def _from_text(self, key: str, wanted: Any, value: Any) -> Any:
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            return value

    def _check(self, settings: Settings) -> None:
        """What is wrong though every type is right."""
        self._check_telegram(settings)
        self._check_whatsapp(settings)
        for key in ("web.public_url", "telegram.api_url", "whatsapp.api_url"):
            section, _, name = key.partition(".")
            address = getattr(getattr(settings, section), name)
            if address and urlsplit(address).scheme not in ("http", "https"):
                self.wrong(key, f"must begin with https:// (or http://), not {address!r}")
        if not 0 <= settings.web.port <= 65535:
            self.wrong("web.port", "must be between 0 and 65535")
        if not settings.database_url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            self.wrong("database.url", "must begin with sqlite: or postgresql:")
        for key, number in (
            ("talk.quiet_hours", settings.talk.quiet_hours),
            ("talk.officer_minutes", settings.talk.officer_minutes),
            ("desk.idle_minutes", settings.desk.idle_minutes),
            ("desk.session_hours", settings.desk.session_hours),
            ("whatsapp.per_second", settings.whatsapp.per_second),
            ("whatsapp.person_seconds", settings.whatsapp.person_seconds),
            ("whatsapp.person_burst", settings.whatsapp.person_burst),
            ("whatsapp.catch_up_seconds", settings.whatsapp.catch_up_seconds),
            ("sms.per_second", settings.sms.per_second),
        ):
            if number < 1:
                self.wrong(key, "must be 1 or more")
        try:
            settings.reminders.timing()
        except ValueError as error:
            self.wrong("reminders", str(error))
        for key, number, low, high in (
            ("reminders.expiry_days", settings.reminders.expiry_days, 2, 365),
            ("reminders.warn_percent", settings.reminders.warn_percent, 1, 99),
            ("reminders.visit_hours", settings.reminders.visit_hours, 1, 12),
            ("letters.result_days", settings.letters.result_days, 1, 90),
            ("appointments.days_ahead", settings.appointments.days_ahead, 1, 10),
            ("appointments.lead_minutes", settings.appointments.lead_minutes, 0, 1440),
            ("broadcasts.per_month", settings.broadcasts.per_month, 0, 30),
            ("broadcasts.approve_above", settings.broadcasts.approve_above, 0, 10_000_000),
            ("broadcasts.holdout_percent", settings.broadcasts.holdout_percent, 0, 50),
            ("broadcasts.lost_percent", settings.broadcasts.lost_percent, 1, 100),
            ("broadcasts.left_percent", settings.broadcasts.left_percent, 1, 100),
            ("broadcasts.judged_after", settings.broadcasts.judged_after, 20, 100_000),
            ("broadcasts.effect_days", settings.broadcasts.effect_days, 1, 90),
            ("retention.photos_days", settings.retention.photos_days, 0, 36_500),
            ("retention.answers_days", settings.retention.answers_days, 0, 36_500),
            ("retention.chat_days", settings.retention.chat_days, 0, 36_500),
            ("retention.draft_days", settings.retention.draft_days, 0, 36_500),
            ("health.basic_percent", settings.health.basic_percent, 1, 100),
            ("health.strict_percent", settings.health.strict_percent, 1, 100),
            ("appointments.priority_hours", settings.appointments.priority_hours, 0, 240),
            ("reminders.valid_days", settings.reminders.valid_days, 1, 90),
            ("reminders.keep_days", settings.reminders.keep_days, 60, 3650),
            ("whatsapp.price_marketing", settings.whatsapp.price_marketing, 0, 100_000),
            ("whatsapp.price_utility", settings.whatsapp.price_utility, 0, 100_000),
            ("whatsapp.price_message", settings.whatsapp.price_message, 0, 100_000),
            ("sms.price", settings.sms.price, 0, 100_000),
        ):
            if not low <= number <= high:
                self.wrong(key, f"must be between {low} and {high}")
        if 0 < settings.retention.draft_days <= settings.reminders.expiry_days:
            self.wrong("retention.draft_days", "must be longer than reminders.expiry_days")
        if 0 < settings.retention.chat_days <= settings.reminders.expiry_days:
            self.wrong("retention.chat_days", "must be longer than reminders.expiry_days")
        if settings.reminders.alarm_minutes < 1:
            self.wrong("reminders.alarm_minutes", "must be 1 or more")
        try:
            start = settings.clock.start
            if start is not None and start.tzinfo is None:
                self.wrong("clock.now", "needs its zone: 2026-11-23T08:00:00+07:00")
        except ValueError:
            self.wrong("clock.now", f"is no time: {settings.clock.now!r}")
        for name, office in settings.offices.items():
            self._check_office(name, office)
        for (one, a), (other, b) in combinations(settings.offices.items(), 2):
            if a.code == b.code or confusable(a.code, b.code):
                self.wrong(f"offices.{other}.code", f"too easily mistaken for that of {one}")
        if not settings.offices:
            self.wrong("offices", "there must be one")

    def _check_telegram(self, settings: Settings) -> None:
        telegram = settings.telegram
        if telegram.mode not in ("polling", "webhook"):
            self.wrong("telegram.mode", f"must be polling or webhook, not {telegram.mode!r}")
        if telegram.token and not re.fullmatch(r"\d+:[\w-]+", telegram.token):
            self.wrong("telegram.token", "is no bot token; @BotFather gives one like 123456:ABC…")
        name = telegram.username.removeprefix("@")
        if name and not re.fullmatch(r"[A-Za-z]\w{4,31}", name, re.ASCII):
            self.wrong("telegram.username", "is no user name; @BotFather gives one like loket_bot")
        if telegram.token and telegram.mode == "webhook":
            if not re.fullmatch(r"[\w-]{16,256}", telegram.webhook_secret, re.ASCII):
                self.wrong("telegram.webhook_secret", "needs 16 to 256 of A-Z a-z 0-9 _ -")
            if not settings.web.public_url:
                self.wrong("web.public_url", "is needed for telegram.mode = webhook")

    def _check_whatsapp(self, settings: Settings) -> None:
        given, text = settings.whatsapp, settings.sms
        for kind in fields(settings.fallback):
            for way in getattr(settings.fallback, kind.name):
                if way not in WAYS:
                    self.wrong(f"fallback.{kind.name}", f"no way {way!r}; known: {', '.join(WAYS)}")
        if not (given.account_sid or given.auth_token or given.from_ or text.from_):
            return
        if not re.fullmatch(r"AC[0-9a-fA-F]{32}", given.account_sid):
            self.wrong("whatsapp.account_sid", "is no account: AC and 32 letters and digits")
        if not given.auth_token:
            self.wrong("whatsapp.auth_token", "is missing; the console shows it below the account")
        if given.messaging_service_sid and not re.fullmatch(
            r"MG[0-9a-fA-F]{32}", given.messaging_service_sid
        ):
            self.wrong("whatsapp.messaging_service_sid", "is none: MG and 32 letters and digits")
        for key, number in (("whatsapp.from", given.sender), ("sms.from", text.from_)):
            if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number.removeprefix("whatsapp:")):
                self.wrong(key, "must be a number like +628111222333")
        if given.messaging_service_sid and not given.from_:
            self.wrong("whatsapp.from", "is needed to ask for what came while we were down")
        elif not (given.from_ or text.from_):
            self.wrong("whatsapp.from", "is missing")
        if not settings.web.public_url:
            self.wrong("web.public_url", "is needed for WhatsApp and SMS: it is what gets signed")

    def _check_office(self, name: str, office: OfficeSettings) -> None:
        key = f"offices.{name}"
        if not re.fullmatch(r"[a-z][a-z0-9]{0,9}", name):
            self.wrong(key, "its id must be up to ten lower-case letters and digits")
        if name in RESERVED:
            self.wrong(key, "its id is an address of the public pages already")
        if not re.fullmatch(r"[A-Z]{2,4}", office.code):
            self.wrong(f"{key}.code", f"must be two to four capitals, not {office.code!r}")
        if office.area not in ("rt_rw", "lingkungan"):
            self.wrong(f"{key}.area", f"must be rt_rw or lingkungan, not {office.area!r}")
        for what, number, low, high in (
            ("counters", office.counters, 0, 99),
            ("slot_minutes", office.slot_minutes, 5, 240),
            ("waiting_room", office.waiting_room, 0, 999),
            ("priority_seats", office.priority_seats, 0, max(0, office.counters - 1)),
        ):
            if not low <= number <= high:
                self.wrong(f"{key}.{what}", f"must be between {low} and {high}")
        self._check_days(key, office)
        for what in section_mistakes(office.sections):
            self.wrong(f"{key}.sections", what)
        try:
            Letterhead(**office.letterhead).numbered("470", 1, date(2026, 11, 23), office.code)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            self.wrong(f"{key}.letterhead", str(error))
        try:
            Sla.read(office.check_within)
        except ValueError as error:
            self.wrong(f"{key}.check_within", str(error))
        try:
            ZoneInfo(office.zone)
        except (ValueError, OSError):
            self.wrong(f"{key}.zone", f"no such zone: {office.zone!r}")

    def _check_days(self, key: str, office: OfficeSettings) -> None:
        """Hours, seasons and outings, each with its own place in the file."""
        if office.protocol not in LEVELS:
            self.wrong(f"{key}.protocol", f"must be off, basic or strict, not {office.protocol!r}")
        try:
            Hours.read(office.hours)
        except ValueError as error:
            self.wrong(f"{key}.hours", str(error))
            return  # seasons stand on them
        seasons = zip(self.places.get(f"{key}.seasons", ()), office.seasons, strict=True)
        mobile = zip(self.places.get(f"{key}.mobile", ()), office.mobile, strict=True)
        for place, what in mistakes(office.hours, [*seasons], [*mobile]):
            self.wrong(place, what)
        try:
            read_location(office.location)
        except ValueError as error:
            self.wrong(f"{key}.location", str(error))
