"""`loket audit`: whether the record of what was done is whole, and what to keep of it elsewhere."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any, TypeVar

from bot.commands import Refusal
from bot.settings import Settings
from bot.stores import open_database
from handlers import audit
from handlers.audit import Head, Verdict
from storage.db import Database, Tx, Work

T = TypeVar("T")

NOBODY = "-"
"""How the chain of no office is written."""
WRONG = {
    "changed": "was changed",
    "missing": "is missing",
    "unlinked": "does not follow the one before",
    "cut": "and all after it are gone",
    "added": "was added by somebody else",
    "other": "is not the one that was kept",
}


def head(settings: Settings, options: argparse.Namespace) -> int:
    """`loket audit head`: where each chain ends, to be kept where nobody here can change it."""
    for each in _read(settings, lambda tx: audit.heads(tx, options.office)):
        print(each.office_id or NOBODY, each.seq, each.hash)
    return 0


def verify(settings: Settings, options: argparse.Namespace) -> int:
    """`loket audit verify [--office ID] [--expect FILE]`: 1 if an entry is not as it was."""
    expected = _kept(options.expect) if options.expect else []

    def work(tx: Tx) -> list[Verdict]:
        offices = {options.office} if options.office else {*audit.offices(tx)}
        if not options.office:
            offices |= {head.office_id for head in expected}
        return [audit.verify(tx, office, expected) for office in sorted(offices)]

    verdicts: list[Verdict] = _read(settings, work)
    for verdict in verdicts:
        print(_line(verdict), file=sys.stderr if verdict.wrong else sys.stdout)
    return 1 if any(verdict.wrong for verdict in verdicts) else 0


def _line(verdict: Verdict) -> str:
    office = verdict.office_id or NOBODY
    if verdict.wrong:
        return f"{office}: entry {verdict.seq} {WRONG[verdict.wrong]}"
    end = f", head {verdict.head.hash}" if verdict.head else ""
    return f"{office}: {verdict.entries} entries, all as they were written{end}"


def _kept(name: str) -> list[Head]:
    """The lines that `loket audit head` once printed; "-" reads them from standard input."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{name}: {error.strerror}") from None
    heads = []
    for line in filter(None, text.splitlines()):
        found = re.fullmatch(r"(\S+) (\d+) ([0-9a-f]{64})", line.strip())
        if found is None:
            raise Refusal(f"{name}: no head: {line[:80]!r}")
        office = "" if found[1] == NOBODY else found[1]
        heads.append(Head(office, int(found[2]), found[3]))
    return heads


def _read(settings: Settings, work: Work[T]) -> T:

    database: Database = open_database(settings)
    try:
        return database.read(work)
    finally:
        database.close()


def declare(verbs: Any) -> None:
    """The command line of `loket audit`."""
    audit = verbs.add_parser("audit", help="the record of who did what")
    acts = audit.add_subparsers(required=True, metavar="DEED")
    chain = acts.add_parser("verify", help="see whether an entry was changed or taken away")
    chain.add_argument("--office", default="")
    chain.add_argument(
        "--expect", default="", metavar="FILE", help="heads kept earlier: the end may be cut off"
    )
    chain.set_defaults(command=verify)
    end = acts.add_parser("head", help="print where it ends, to be kept elsewhere")
    end.add_argument("--office", default="")
    end.set_defaults(command=head)
