"""What `loket check` and `loket doctor` look at."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.channels.telegram import Telegram
from bot.channels.whatsapp_form import BODY, BUTTON, BUTTONS
from bot.channels.whatsapp_templates import load
from bot.channels.whatsapp_templates import mistakes as mistakes_of
from bot.config import ROOT
from bot.house import build
from bot.settings import Settings
from bot.template_commands import TEMPLATES
from flows.checks import CHECKS
from flows.lifecycle import MOVES
from flows.model import DOUBTS
from handlers.brochure import untold
from handlers.enclosures import place
from handlers.lessons import untaught
from handlers.offices import House
from handlers.wording import PLACEHOLDERS
from storage.db import Database
from storage.files import Keys
from storage.schema import HEAD, version

LONGEST = 1000
"""Characters of an `ask` without its placeholders: WhatsApp takes 1,024 with buttons."""


def mistakes(house: House) -> list[str]:
    """What loading does not see: messages that code asks for and templates lack, and lengths."""
    return [
        *_missing_messages(house),
        *_long_asks(house),
        *_unknown_placeholders(house),
        *_wrong_templates(house),
        *(f"templates/messages: no block {name!r}" for name in untold(house)),
        *untaught(house),
    ]


def _missing_messages(house: House) -> Iterator[str]:
    """Every message that flows and handlers can say, and each refusal of each check."""
    wanted = {f"photo_{doubt}" for doubt in DOUBTS}
    for folder in ("flows", "handlers"):
        for path in sorted((ROOT / folder).glob("*.py")):
            text = path.read_text(encoding="utf-8")
            wanted |= set(re.findall(r'\bsay\(\s*"(\w+)"', text))
            wanted |= set(re.findall(r'\b_?[sS]ay\(\s*"(\w+)"', text))
            wanted |= {f"wrong_{code}" for code in re.findall(r'Refused\(\s*"(\w+)"', text)}
            wanted |= set(re.findall(r'"((?:moved|sent)_\w+)"', text))
    for name in sorted(wanted):
        if name not in house.words:
            yield f"templates/messages: no block {name!r}"


def _long_asks(house: House) -> Iterator[str]:
    for office, catalog in house.catalogs.items():
        for flow in (*catalog.services.values(), *catalog.talks.values()):
            for step in flow.steps:
                if len(step.ask) > LONGEST:
                    yield f"{flow.id}.{step.id} ({office}): ask has {len(step.ask)} characters"


def _unknown_placeholders(house: House) -> Iterator[str]:
    for catalog in house.catalogs.values():
        for flow in (*catalog.services.values(), *catalog.talks.values()):
            for step in flow.steps:
                for name in re.findall(r"\{(\w+)\}", step.ask):
                    if name not in PLACEHOLDERS:
                        yield f"{flow.id}.{step.id}: {{{name}}} has no meaning"


def _wrong_templates(house: House) -> Iterator[str]:
    """What WhatsApp would refuse, news that no template can tell, and buttons that say nothing."""
    try:
        found = load(TEMPLATES)
    except ValueError as error:
        yield str(error)
        return
    commands = house.catalog("").commands
    for (name, language), template in found.items():
        place = f"templates/whatsapp/{language}.toml: {name}"
        yield from (f"{place}: {line}" for line in mistakes_of(template))
        for token in template.buttons.keys() - commands.keys():
            yield f"{place}: button {token!r} is no word understood at any moment"
    told = {move.tells for move in MOVES.values() if move.tells} | {"officer_reply", "staff_alert"}
    told |= {name for name in house.words.names() if name.startswith(("remind_", "promise_"))}
    for name in sorted(told - {name for name, _ in found}):
        yield f"templates/whatsapp: no {name!r}: people silent for 24 hours would not hear of it"


def template_lines() -> Iterator[str]:
    """Each template with its limits, for `loket check`."""
    for (name, language), template in load(TEMPLATES).items():
        longest = max((len(title) for title in template.buttons.values()), default=0)
        yield (
            f"  {name} ({language}, {template.category}): {len(template.filled)} of {BODY} "
            f"characters, {len(template.places)} values, {len(template.buttons)} of {BUTTONS} "
            f"buttons, longest {longest} of {BUTTON}"
        )


async def examine_program(settings: Settings) -> int:
    """Print a line for everything the program needs; exit code 1 if anything is wrong."""
    good = True
    for name, look in (
        ("flows", _look_at_flows),
        ("database", _look_at_database),
        ("key", _look_at_key),
        ("disk", _look_at_disk),
    ):
        try:
            print(f"ok    {name}: {look(settings)}")
        except Exception as error:
            good = False
            print(f"WRONG {name}: {error}")
    if settings.telegram.token:
        try:
            print(f"ok    telegram: {await _look_at_telegram(settings)}")
        except Exception as error:
            good = False
            print(f"WRONG telegram: {type(error).__name__}")
    else:
        print("-     telegram: no token (LOKET_TELEGRAM__TOKEN)")
    if settings.whatsapp.account_sid:
        try:
            print(f"ok    whatsapp: {await _look_at_twilio(settings)}")
        except Exception as error:
            good = False
            print(f"WRONG whatsapp: {error}")
    else:
        print("-     whatsapp: no account (LOKET_WHATSAPP__ACCOUNT_SID)")
    if not settings.web.public_url:
        print("-     web.public_url is empty: alerts cannot link to the desk")
    return 0 if good else 1


def _look_at_flows(settings: Settings) -> str:
    house = build(settings)
    found = mistakes(house)
    if found:
        raise ValueError("; ".join(found))
    return f"{len(house.catalog('').services)} services, {len(CHECKS)} checks"


def _look_at_database(settings: Settings) -> str:
    database = Database(settings.database_url)
    try:
        stands_at = version(database)
    finally:
        database.close()
    kind = f"SQLite {sqlite3.sqlite_version}" if database.sqlite else "PostgreSQL"
    state = "ready" if stands_at == HEAD else f"will be upgraded from {stands_at} to {HEAD}"
    return f"{kind}, {state}"


def _look_at_key(settings: Settings) -> str:
    path = Path(settings.files.key_path).expanduser()
    if not settings.files.key and not path.exists():
        return f"none yet; the first run makes {path}: keep a copy apart from the data"
    Keys.open(settings.files.key, path, Path(settings.files.path))
    return "from the environment" if settings.files.key else str(path)


def _look_at_disk(settings: Settings) -> str:
    folder = Path(settings.files.path)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < 1024**3:
        raise ValueError(f"only {free // 1024**2} MB free for documents")
    return f"{free // 1024**3} GB free"


async def _look_at_telegram(settings: Settings) -> str:
    channel = Telegram(settings.telegram.token, settings.telegram.api_url)
    try:
        await asyncio.wait_for(channel.bot.initialize(), 10)
        return f"@{channel.bot.username}, {settings.telegram.mode}"
    finally:
        await channel.close()


async def _look_at_twilio(settings: Settings) -> str:
    from bot.channels.twilio_api import Twilio

    given = settings.whatsapp
    api = Twilio(given.account_sid, given.auth_token, given.api_url)
    try:
        held = {each.name: each.status for each in await asyncio.wait_for(api.contents(), 15)}
    finally:
        await api.close()
    ours = load(TEMPLATES, place(settings.web.public_url)).values()
    names = [template.resource()["friendly_name"] for template in ours]
    approved = sum(held.get(name) == "approved" for name in names)
    doors = [given.sender or given.messaging_service_sid, settings.sms.from_]
    return f"{', '.join(filter(None, doors))}; {approved} of {len(names)} templates approved"
