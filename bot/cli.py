"""The commands.  Each is one function of (settings, arguments) -> exit code."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import (
    audit_commands,
    broadcast_commands,
    commands,
    poster_commands,
    restore_commands,
    staff_commands,
    template_commands,
)
from bot.config import DEFAULT, WrongSettings, read
from flows.mistakes import Mistakes

PARTS = (
    staff_commands, broadcast_commands, audit_commands, template_commands, poster_commands,
)  # fmt: skip
"""Commands with deeds of their own."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; wrong settings exit with 2."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of one command."""
    options = _parser().parse_args(arguments)
    # Libraries below WARNING stay silent: httpx, for one, would log the bot's token.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("bot").setLevel(logging.INFO)
    try:
        settings = read(_config(options.config), os.environ)
        result = options.command(settings, options)
        code: int = asyncio.run(result) if asyncio.iscoroutine(result) else result
        return code
    except WrongSettings as wrong:
        print(*wrong.mistakes, sep="\n", file=sys.stderr)
    except Mistakes as mistakes:
        print(*mistakes.all, sep="\n", file=sys.stderr)
    except commands.Refusal as refusal:
        print(refusal, file=sys.stderr)
    return 2


def _config(named: str | None) -> Path:
    """The settings file: named, or config.toml here, or the one that ships with the program."""
    name = named or os.environ.get("LOKET_CONFIG")
    if name:
        return Path(name)
    here = Path("config.toml")
    return here if here.exists() else DEFAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loket", description="The service counter in chat.")
    parser.add_argument("--config", metavar="FILE", help="settings instead of ./config.toml")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    run = verbs.add_parser("run", help="serve the web chat, the desk, Telegram and WhatsApp")
    run.set_defaults(command=commands.serve)

    trial = verbs.add_parser("try", help="chat with a service in the terminal")
    trial.add_argument("service", nargs="?", default="", help="ktp_ganti, kk, …; none: the menu")
    trial.add_argument("--office", default="", help="pu, ma, …")
    trial.set_defaults(command=commands.trial)

    check = verbs.add_parser("check", help="look for mistakes in settings, flows and templates")
    check.set_defaults(command=commands.check)

    diagram = verbs.add_parser("diagram", help="print a service as a Mermaid flowchart")
    diagram.add_argument("service")
    diagram.add_argument("--office", default="")
    diagram.set_defaults(command=commands.diagram)

    tick = verbs.add_parser("tick", help="one pass of all due work")
    tick.add_argument(
        "--at", default="", metavar="TIME", help="as if it were 2026-11-23T08:00+07:00"
    )
    tick.set_defaults(command=commands.tick)

    restored = verbs.add_parser("restore-check", help="after a restore: erase again what was")
    restored.set_defaults(command=restore_commands.check)

    replay = verbs.add_parser("replay", help="process updates that a bug had set aside")
    replay.set_defaults(command=commands.replay)

    export = verbs.add_parser("export", help="write data to standard output")
    export.add_argument("what", choices=("tickets",))
    export.add_argument("--format", default="jsonl", choices=("jsonl", "csv"))
    export.add_argument("--office", default="")
    export.set_defaults(command=commands.export)

    for part in PARTS:
        part.declare(verbs)

    doctor = verbs.add_parser("doctor", help="see whether everything the program needs is there")
    doctor.set_defaults(command=commands.doctor)

    demo = verbs.add_parser("demo", help="play a citizen and an officer against the real program")
    demo.add_argument(
        "--channel", default="web", choices=("web", "telegram", "whatsapp"), help="where they chat"
    )
    demo.set_defaults(command=commands.demo)
    return parser
