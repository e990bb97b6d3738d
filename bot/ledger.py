"""The list of what was erased, kept outside of the database so that no backup takes it back.

One line an erasure, only ever added: ids and times, nothing of anybody.  The database names what
is to be added (`storage/forgotten.py`); a line that stands there twice does no harm.
"""

import asyncio
import json
import logging
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.eraser import delete_files
from bot.gate import Gate
from bot.settings import Settings
from handlers.forgetting import Erased, again
from storage import forgotten
from storage.files import Vault

log = logging.getLogger(__name__)

NAME = "erased.jsonl"
BATCH = 100


class Ledger:
    """The file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, settings: Settings) -> "Ledger":
        """Where the settings say: else beside the master key, or with the files if that is given
        by the environment."""
        files = settings.files
        beside = Path(files.path) if files.key.strip() else Path(files.key_path).parent
        return cls(Path(files.erased_path or beside / NAME).expanduser())

    def read(self) -> Iterator[Erased]:
        """All that stands in it; what a crash left of a line counts as nothing."""
        if not self.path.exists():
            return
        for line in self.path.read_text("utf-8", "replace").splitlines():
            try:
                office, kind, subject, since, at = json.loads(line)
                yield Erased(
                    office, kind, subject, datetime.fromisoformat(since), datetime.fromisoformat(at)
                )
            except ValueError:
                continue

    def add(self, entries: Sequence[Erased]) -> None:
        """Once it returns they are on the disk."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = [
            json.dumps([e.office, e.kind, e.subject, e.since.isoformat(), e.at.isoformat()])
            for e in entries
        ]
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(("\n" + "\n".join(lines) + "\n").encode())  # after what a crash cut off
            file.flush()
            os.fsync(file.fileno())


async def write_down(gate: Gate, ledger: Ledger) -> int:
    """Add what was erased since the last time; returns how much.

    Killed in between, it is added once more.
    """
    count = 0
    while rows := await gate.read(lambda tx: forgotten.fresh(tx, BATCH)):
        entries = [Erased(r.office_id, r.kind, r.subject, r.since, r.at) for r in rows]
        await asyncio.to_thread(ledger.add, entries)
        await gate.write(partial(forgotten.noted, ids=[row.id for row in rows]))
        count += len(rows)
    return count


async def forget_again(gate: Gate, vault: Vault, ledger: Ledger, now: datetime) -> int:
    """Erase what a backup brought back, before anything of it is used; returns how much.

    Their files are deleted as well, also those that were put back with it.
    """
    entries, count = await asyncio.to_thread(lambda: list(ledger.read())), 0
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        count += await gate.write(partial(again, entries=part, now=now))
    if count:
        log.warning("this database is older than %s erasures: they were done again", count)
        await delete_files(gate, vault)
    return count
