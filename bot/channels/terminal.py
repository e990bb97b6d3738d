"""The terminal as a channel: try a service before anybody else sees it.

The same handlers as everywhere, on a database that is thrown away.  A line that names a
file sends it; its examination happens at once, as the fetcher would do it.
"""

import sys
import tempfile
from datetime import datetime
from itertools import count
from pathlib import Path

from bot.clock import clock
from bot.examine import Unfit, examine
from bot.house import build
from bot.settings import Settings
from flows.model import Event, Opened, Said, Sent
from handlers.attachments import Found, judge
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.offices import House
from storage.db import Database
from storage.outbox import sent_to
from storage.schema import upgrade

NAME, ADDRESS = "terminal", "1"


def chat(settings: Settings, link: str) -> int:
    """Chat until end of input (Ctrl-D); returns the exit code."""
    now = clock(settings.clock.start)
    with tempfile.TemporaryDirectory(prefix="loket-try-") as folder:
        database = Database(f"sqlite:///{folder}/try.db")
        try:
            upgrade(database)
            talk = _Chat(database, build(settings))
            talk.hear(Opened(link), now())
            for line in sys.stdin:
                text = line.rstrip("\n")
                if text and Path(text).is_file():
                    talk.send(Path(text), now())
                elif text:
                    talk.hear(Said(text), now())
                _prompt()
        except KeyboardInterrupt:
            pass
        finally:
            database.close()
    return 0


class _Chat:
    def __init__(self, database: Database, house: House) -> None:
        self._database = database
        self._house = house
        self._ids = count(1)
        self._after = 0

    def hear(self, event: Event, now: datetime) -> None:
        """Take in one event and print what is answered."""
        inbound = Inbound(NAME, str(next(self._ids)), ADDRESS, event)
        self._database.write(lambda tx: receive(tx, self._house, inbound, now))
        self._print()

    def send(self, path: Path, now: datetime) -> None:
        """Take in a file."""
        file = f"file-{next(self._ids):08}"
        self.hear(Sent(file), now)
        try:
            seen = examine(path.read_bytes())
            found = Found("stored", seen.verdict, seen.kind, seen.media_type, size=len(seen.data))
        except Unfit as unfit:
            found = Found("refused", unfit.code)
        self._database.write(lambda tx: judge(tx, self._house, file, found, now))
        self._print()

    def _print(self) -> None:
        rows = self._database.read(lambda tx: sent_to(tx, NAME, ADDRESS, self._after))
        for row in rows:
            self._after = row.id
            print(Message.of(row.payload).plain(), end="\n\n", flush=True)


def _prompt() -> None:
    if sys.stdin.isatty():
        print("> ", end="", flush=True)
