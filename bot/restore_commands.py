"""`loket restore-check`: after a backup was put back, erase again what had been erased since."""

import argparse
import asyncio

from bot.settings import Settings


async def check(settings: Settings, _: argparse.Namespace) -> int:
    """The same as every start does, without serving anybody."""
    from bot.clock import clock
    from bot.gate import Gate
    from bot.ledger import Ledger, forget_again, write_down
    from bot.stores import open_database, open_vault

    ledger, database = Ledger.of(settings), open_database(settings)
    try:
        gate, now = Gate(database), clock(settings.clock.start)()
        count = await forget_again(gate, open_vault(settings), ledger, now)
        await write_down(gate, ledger)
    finally:
        await asyncio.to_thread(database.close)
    print(f"{ledger.path}: {len(list(ledger.read()))} erasures, {count} done again")
    return 0
