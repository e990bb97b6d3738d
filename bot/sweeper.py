"""Once a day the vault lets go of files that no row knows: a writer was killed after it put them.

A database that misses many of them is more likely the wrong one: then they stay, and an error
says so.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial

from bot.gate import Gate
from storage import bookmarks, strays
from storage.files import RAW, Vault

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
BATCH = 500
"""Names looked up in one read."""
MOST = 100
"""More files than this that were examined and belong to nobody are no accident of writers."""
NAME = "sweep"


async def sweep(gate: Gate, vault: Vault, now: datetime) -> int:
    """Delete what nobody knows; returns how many, 0 when that was done today."""
    done = await gate.read(lambda tx: bookmarks.find(tx, NAME))
    if done is not None and now - done < EVERY:
        return 0
    names = await _unknown(gate, vault)
    kept = [name for name in names if not name.startswith(RAW)]
    if len(kept) > MOST:
        log.error("%s files in the vault belong to no row and stay: is it this database's vault?",
                  len(kept))  # fmt: skip
        names = [name for name in names if name.startswith(RAW)]
    await asyncio.to_thread(_delete, vault, names)
    await gate.write(lambda tx: bookmarks.put(tx, NAME, now))
    return len(names)


async def _unknown(gate: Gate, vault: Vault) -> list[str]:
    """Files of the vault that belong to no row.

    Their names are read before the rows: what was put meanwhile is not among them.
    """
    names = await asyncio.to_thread(vault.sweep, lambda _: False)
    unknown: list[str] = []
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        known = await gate.read(partial(strays.known, names=some))
        unknown += [name for name in some if name not in known]
    return unknown


def _delete(vault: Vault, names: list[str]) -> None:
    for name in names:
        vault.delete(name)
