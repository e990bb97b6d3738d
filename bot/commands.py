"""What each command does: (settings, options) -> exit code.  `cli.py` says which there are."""

import argparse
import asyncio
import csv
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.house import build
from bot.settings import ClockSettings, Settings
from bot.stores import open_database, open_vault
from flows.diagram import diagram as draw
from flows.guides import find
from handlers.errors import Rejected
from handlers.sessions import answers as read_answers
from storage.db import Database, Tx
from storage.tickets import every


class Refusal(Exception):
    """A command that cannot do what was asked, said in one line."""


def serve(settings: Settings, _: argparse.Namespace) -> int:
    """`loket run`: serve until Ctrl-C or SIGTERM."""
    from bot.server import run

    house = build(settings)  # mistakes are told before anything is opened
    vault = open_vault(settings)
    database = open_database(settings)
    try:
        _invite_first_admin(settings, database)
        return run(settings, house, database, vault)
    finally:
        database.close()


def _invite_first_admin(settings: Settings, database: Database) -> None:
    """While nobody works at the desk, print a one-time link that makes the first admin."""
    from bot.clock import clock
    from handlers import staff

    base = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
    print(f"Loket: {base}  ·  desk: {base}/desk  ·  Ctrl-C to stop", flush=True)
    if not database.read(staff.everyone):
        secret, now = secrets.token_urlsafe(24), clock(settings.clock.start)()
        office = next(iter(settings.offices))
        database.write(lambda tx: staff.make_invite(tx, office, "admin", secret, now))
        print(f"First administrator, once, within a day: {base}/desk/invite/{secret}", flush=True)


def trial(settings: Settings, options: argparse.Namespace) -> Any:
    """`loket try`: the same handlers in the terminal, on a database that is thrown away."""
    from bot.channels.terminal import chat

    here = office(settings, options.office)
    return chat(settings, f"{here}-{options.service}" if options.service else here)


def check(settings: Settings, _: argparse.Namespace) -> int:
    """`loket check`: every mistake in flows and templates at once."""
    from bot.checkup import mistakes, template_lines

    house = build(settings)
    found = mistakes(house)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        return 2
    catalog = house.catalog("")
    services = ", ".join(f"{flow.id} ({len(flow.steps)})" for flow in catalog.services.values())
    print(f"settings  {len(settings.offices)} offices: {', '.join(settings.offices)}")
    print(f"services  {services}")
    print(f"talks     {', '.join(catalog.talks)}")
    print(f"messages  {len(list(house.words.names()))}")
    print("templates for people silent for 24 hours on WhatsApp")
    print(*template_lines(), sep="\n")
    for service in catalog.services:
        guide = find(house.guides, service)
        if guide.missing:
            print(f"guide     {service}: still to be filled in: {', '.join(guide.missing)}")
    print("no mistakes")
    return 0


def diagram(settings: Settings, options: argparse.Namespace) -> int:
    """`loket diagram SERVICE`: a Mermaid flowchart."""
    flow = build(settings).catalog(options.office).flow(options.service)
    if flow is None:
        raise Refusal(f"no service {options.service!r}")
    print(draw(flow), end="")
    return 0


async def tick(settings: Settings, options: argparse.Namespace) -> int:
    """`loket tick [--at TIME]`: one pass of all due work, then exit."""
    from bot.app import assemble
    from bot.ledger import forget_again
    from bot.ticks import tick as tidy

    if options.at:
        settings = replace(settings, clock=ClockSettings(_time(options.at).isoformat()))
    database = open_database(settings)
    try:
        program = assemble(settings, build(settings), database, open_vault(settings))
        if program.telegram is not None:
            await program.telegram.bot.initialize()
        await forget_again(program.gate, program.vault, program.ledger, program.clock())
        done = await tidy(program)
        done["files"] = await program.fetcher.drain()
        done["messages"] = await program.sender.drain()
        await program.fetcher.close()
        if program.telegram is not None:
            await program.telegram.close()
    finally:
        await asyncio.to_thread(database.close)
    print(", ".join(f"{name} {count}" for name, count in done.items()))
    return 0


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"no time: {text!r}; write 2026-11-23T08:00+07:00") from None
    if time.tzinfo is None:
        raise Refusal(f"{text!r} needs its zone: {text}+07:00")
    return time


def replay(settings: Settings, _: argparse.Namespace) -> int:
    """`loket replay`: give updates that were set aside their effect after all."""
    from bot.clock import clock
    from bot.replay import replay as play_again

    database = open_database(settings)
    try:
        done, failed = play_again(database, build(settings), clock(settings.clock.start)())
    finally:
        database.close()
    print(f"{done} done, {failed} still failing")
    return 1 if failed else 0


def export(settings: Settings, options: argparse.Namespace) -> int:
    """`loket export tickets`: all tickets as JSON lines or CSV."""
    from handlers import audit

    offices = [options.office] if options.office else list(settings.offices)

    def work(tx: Tx, now: datetime) -> list[Any]:
        for each in offices:
            audit.record(
                tx, each, audit.CONSOLE, "data.exported", "tickets", now, form=options.format
            )
        return every(tx, options.office)

    rows = on_database(settings, work)
    if options.format == "csv":
        _write_csv(rows)
    else:
        for row in rows:
            print(json.dumps(_plain(row), ensure_ascii=False))
    return 0


_FIELDS = (
    "number office_id service status channel officer promise_at created_at "
    "updated_at warnings answers"
).split()
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet would take for a formula."""


def _plain(row: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _FIELDS}
    values["answers"] = read_answers(row.answers)
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def _write_csv(rows: list[Any]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(_FIELDS)
    for row in rows:
        values = _plain(row)
        values["warnings"] = " ".join(values["warnings"])
        values["answers"] = json.dumps(values["answers"], ensure_ascii=False)
        writer.writerow([_harmless(str(values[name])) for name in _FIELDS])


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def doctor(settings: Settings, _: argparse.Namespace) -> Any:
    """`loket doctor`: look at everything the program needs and say what is wrong."""
    from bot.checkup import examine_program

    return examine_program(settings)


def demo(_: Settings, options: argparse.Namespace) -> int:
    """`loket demo`: a citizen and an officer against the real program, on a temporary folder."""
    from bot.demo import play
    from bot.demo.stage import STAND_INS

    if options.channel != "web" and not STAND_INS.is_dir():
        raise Refusal(f"--channel {options.channel} needs tests/fakes, which only a clone has")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return play(os.environ, options.channel)


def office(settings: Settings, named: str) -> str:
    """The office of that id, the first one if none is named.  Raises Refusal."""
    if not named:
        return next(iter(settings.offices))
    if named not in settings.offices:
        raise Refusal(f"no office {named!r}; there are {', '.join(settings.offices)}")
    return named


def on_database(settings: Settings, work: Callable[[Tx, datetime], Any]) -> Any:
    """Do something in one transaction.  Raises Refusal."""
    from bot.clock import clock

    database = open_database(settings)
    try:
        now = clock(settings.clock.start)()
        return database.write(lambda tx: work(tx, now))
    except Rejected as rejected:
        raise Refusal(rejected.code) from None
    finally:
        database.close()
