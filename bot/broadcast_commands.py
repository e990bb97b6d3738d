"""`loket broadcast`: what scripts do with broadcasts.  A large one still waits for its approval."""

import argparse
import asyncio
import secrets
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.commands import Refusal, office, on_database
from bot.enclosing import store
from bot.examined import Unfit
from bot.house import build
from bot.settings import Settings
from bot.stores import open_vault
from flows.effect import effect
from handlers import broadcasts as texts
from handlers import dispatch
from handlers.audit import CONSOLE
from handlers.broadcasts import Written
from handlers.campaigns import NOBODY
from handlers.estimates import Reach
from handlers.offices import House
from handlers.steering import steer
from storage import broadcasts, enclosures
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
    if row.estimate is not None:
        print(f"expected cost\t{_rupiah(row.estimate)}")
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
    file = _stored(settings, here, Path(options.attach)) if options.attach else None

    def work(tx: Tx, now: datetime) -> tuple[int, str]:
        nonlocal written
        if file is not None:
            enclosures.create(tx, **file, office_id=here, made_by=CONSOLE, now=now)
            written = replace(written, enclosure=file["file"])
        number = texts.write(tx, house, house.office(here), written, CONSOLE, seed, now)
        return number, steer(tx, house, here, number, "plan", CONSOLE, "admin", now, at)

    number, state = on_database(settings, work)
    print(f"{number}\t{state}")
    return 0


def estimate(settings: Settings, options: argparse.Namespace) -> int:
    """`loket broadcast estimate FILE.toml`: people, messages, seconds and rupiah; sends nothing."""
    here, house = office(settings, options.office), build(settings)
    written, _ = _read(Path(options.file), house, here)

    def work(tx: Tx, now: datetime) -> Reach:
        return texts.foresee(tx, house, house.office(here), written, now)

    found = on_database(settings, work)
    print(f"people\t{found.size}, about {found.held} held out")
    for each in found.channels:
        cold = f", {each.cold} by template" if each.cold else ""
        parts = f", {each.parts} parts each" if each.parts > 1 else ""
        print(f"{each.channel}\t{each.people}{cold}{parts}\t{_rupiah(each.cost)}")
    print(f"seconds\t{found.seconds}\ncost\t{_rupiah(found.cost)}")
    return 0


def _rupiah(cost: int | None) -> str:
    return "no price set" if cost is None else f"Rp {cost:,}".replace(",", ".")


def _stored(settings: Settings, here: str, path: Path) -> dict[str, Any]:
    """The file in the vault, and what its row says of it."""

    try:
        data = path.read_bytes()
        file, seen = asyncio.run(store(open_vault(settings), here, data))
    except OSError as error:
        raise Refusal(f"{path}: {error}") from None
    except Unfit as unfit:
        raise Refusal(f"{path}: {unfit.code}") from None
    return {
        "file": file, "kind": seen.kind, "media_type": seen.media_type, "size": len(seen.data),
        "name": path.name,
    }  # fmt: skip


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


def declare(verbs: Any) -> None:
    """The command line of `loket broadcast`."""
    broadcast = verbs.add_parser("broadcast", help="messages to many people")
    deeds = broadcast.add_subparsers(required=True, metavar="DEED")
    for name, command, help_ in (
        ("list", listed, "all of an office, newest first"),
        ("show", show, "how far it is, and what it changed"),
        ("plan", plan, "send what a TOML file says, at its time or now"),
        ("estimate", estimate, "whom a TOML file would reach and what that costs"),
        ("pause", act, "stop for now"),
        ("resume", act, "go on"),
        ("cancel", act, "stop for good"),
    ):
        deed = deeds.add_parser(name, help=help_)
        deed.add_argument("--office", default="")
        if name in ("plan", "estimate"):
            deed.add_argument("file", metavar="FILE.toml")
        if name == "plan":
            deed.add_argument(
                "--file", dest="attach", default="", metavar="FILE", help="a picture, PDF or MP4"
            )
        elif name not in ("list", "estimate"):
            deed.add_argument("id", type=int)
        deed.set_defaults(command=command, deed=name)
