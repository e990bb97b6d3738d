"""Deletes from the vault what was erased in the tables: listed, gone, then struck off."""

import asyncio

from bot.gate import Gate
from storage import erasure
from storage.files import Vault

BATCH = 100


async def delete_files(gate: Gate, vault: Vault) -> int:
    """Delete the bytes of all doomed files; returns how many.

    Killed in between, the next pass deletes the rest: deleting twice is no error.
    """
    count = 0
    while names := await gate.read(lambda tx: erasure.files(tx, BATCH)):
        await asyncio.to_thread(_delete, vault, names)
        await gate.write(lambda tx: erasure.files_gone(tx, names))
        count += len(names)
    return count


def _delete(vault: Vault, names: list[str]) -> None:
    for name in names:
        vault.delete(name)
