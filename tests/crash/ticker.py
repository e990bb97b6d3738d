"""Ticks that can be killed hundreds of times: what `loket tick --at TIME` does with due rows.

Imports everything and reads the house once.  Each line on standard input is a JSON list, a
(time, fault) for each process: they are forked, open the database, wait for one another and
tick.  Prints the process ids, and how each ended.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime

from bot.gate import Gate
from bot.ticks import work_off
from handlers import housekeeping
from handlers.offices import House
from handlers.words import say_hours, say_time
from storage import faults
from storage.db import Database
from talk import MONDAY, house


def main() -> None:
    url, the_house = sys.argv[1], house()
    for office in the_house.offices.values():  # reads holidays and names of days, once for all
        say_time(office.calendar.next_open(MONDAY), office.calendar.zone)
        say_hours(office.calendar.hours)
    print("ready", flush=True)
    for line in sys.stdin:
        gate, key = os.pipe()
        children = [_fork(url, the_house, given, (gate, key)) for given in json.loads(line)]
        os.close(gate)
        print(json.dumps(children), flush=True)
        os.close(key)  # they begin
        print(json.dumps([os.waitpid(child, 0)[1] for child in children]), flush=True)


def _fork(url: str, the_house: House, given: Sequence[str], pipe: tuple[int, int]) -> int:
    child = os.fork()
    if child:
        return child
    gate, key = pipe
    os.close(key)
    at, fault = given
    code = 1
    try:
        database = Database(url)
        faults.arm(fault)
        os.read(gate, 1)
        asyncio.run(_tick(database, the_house, datetime.fromisoformat(at)))
        database.close()
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


async def _tick(database: Database, the_house: House, now: datetime) -> None:
    gate = Gate(database)
    await gate.write(lambda tx: housekeeping.arm_digests(tx, the_house, now))
    await work_off(gate, the_house, now)


if __name__ == "__main__":
    main()
