"""`loket broadcast`: what scripts do with broadcasts.  A large one still waits for its approval."""

import argparse
import secrets
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.commands import Refusal, office, on_database
from bot.house import build
from bot.settings import Settings
from flows.effect import effect
from handlers import broadcasts as texts
from handlers import dispatch
from handlers.audit import CONSOLE
from handlers.broadcasts import Written
from handlers.campaigns import NOBODY
from handlers.offices import House
from handlers.steering import steer
from storage import broadcasts
from storage.db import Tx

KEYS = {"title", "body", "purpose", "buttons", "segment", "holdout", "every", "at"}
SEEDS = 2**31 - 1


def listed(settings: Settings, options: argparse.Namespace) -> int:
    """`loket broadcast list`: newest first."""
    here = office(settings, options.office)
    for row in on_database(settings, lambda tx, _: broadcasts.of_office(tx, here)):
        at = row.started_at or row.planned_at
        when = at.isoformat(timespec="minutes") if at else "-"
        print(f"{row.id}\t{row.state}\t{when}\t{row.size}\t{row.title}")
    return 0


def show(settings: Settings, options: argparse.Namespace) -> int:
    """`loket broadcast show ID`: how far it is, and what it changed."""
    here, house = office(settings, options.office), build(settings)
    window = house.manners.window

    def work(tx: Tx, now: datetime) -> tuple[Any, ...]:
        row = texts.of_office(tx, here, options.id)
        groups = broadcasts.groups(tx, row.id, window)
        return row, broadcasts.turns(tx, row.id), dispatch.look(tx, row.id), groups

    row, turns, totals, groups = on_database(settings, work)
    print(f"{row.title}\nstate\t{row.state} {row.reason}".rstrip())
    print(f"people\t{row.size}, {row.held} held out")
    for (state, why, channel), number in sorted(turns.items()):
        print(f"{state}\t{number}\t{channel}\t{why}".rstrip())
    print(
        f"messages\t{totals.tried - totals.lost} out, {totals.lost} lost, {totals.left} opted out"
    )
    told, held = groups.get(False, NOBODY), groups.get(True, NOBODY)
    for name, one, other in (("began", told.began, held.began), ("sent", told.sent, held.sent)):
        found = effect(one, told.size, other, held.size)
        print(
            f"{name}\t{found.told:.3f} of the told, {found.held:.3f} of the held out\t"
            f"difference {found.difference:+.3f}, 95% {found.low:+.3f} to {found.high:+.3f}\t"
            f"{found.verdict}"
        )
    return 0


def plan(settings: Settings, options: argparse.Namespace) -> int:
    """`loket broadcast plan FILE.toml`: write it and send it at its time, or now."""
    here, house = office(settings, options.office), build(settings)
    written, at = _read(Path(options.file), house, here)
    seed = secrets.randbelow(SEEDS)

    def work(tx: Tx, now: datetime) -> tuple[int, str]:
        number = texts.write(tx, house, house.office(here), written, CONSOLE, seed, now)
        return number, steer(tx, house, here, number, "plan", CONSOLE, "admin", now, at)

    number, state = on_database(settings, work)
    print(f"{number}\t{state}")
    return 0


def _read(path: Path, house: House, here: str) -> tuple[Written, datetime | None]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"{path}: {error}") from None
    if unknown := raw.keys() - KEYS:
        raise Refusal(f"{path}: unknown {', '.join(sorted(unknown))}; known: {', '.join(KEYS)}")
    at = raw.pop("at", None)
    if at is not None and not isinstance(at, datetime):
        raise Refusal(f"{path}: at must be a time like 2026-11-24T09:00:00")
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=house.office(here).calendar.zone)
    try:
        raw["buttons"] = [(each["label"], each["service"]) for each in raw.get("buttons", ())]
        written = Written(**{"title": "", "body": "", "holdout": house.manners.holdout, **raw})
    except (KeyError, TypeError):
        raise Refusal(f"{path}: buttons are tables with label and service") from None
    return written, at


def act(settings: Settings, options: argparse.Namespace) -> int:
    """`loket broadcast pause|resume|cancel ID`."""
    here, house = office(settings, options.office), build(settings)

    def work(tx: Tx, now: datetime) -> str:
        return steer(tx, house, here, options.id, options.deed, CONSOLE, "admin", now)

    print(f"{options.id}\t{on_database(settings, work)}")
    return 0


def add(verbs: Any) -> None:
    """The command line of `loket broadcast`."""
    broadcast = verbs.add_parser("broadcast", help="messages to many people")
    deeds = broadcast.add_subparsers(required=True, metavar="DEED")
    for name, command, help_ in (
        ("list", listed, "all of an office, newest first"),
        ("show", show, "how far it is, and what it changed"),
        ("plan", plan, "send what a TOML file says, at its time or now"),
        ("pause", act, "stop for now"),
        ("resume", act, "go on"),
        ("cancel", act, "stop for good"),
    ):
        deed = deeds.add_parser(name, help=help_)
        deed.add_argument("--office", default="")
        if name == "plan":
            deed.add_argument("file", metavar="FILE.toml")
        elif name != "list":
            deed.add_argument("id", type=int)
        deed.set_defaults(command=command, deed=name)
