"""What all parts share: the conversation, its order, a house, a database, a few statistics.

The conversation is six turns of "domisili": a deep link, three taps, two texts.  Every part
gets it as the updates that Telegram would send.  Knows nothing of any peer.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.config import DEFAULT, read
from bot.house import build
from handlers.offices import House
from storage import conversations
from storage.db import Database, Tx
from storage.schema import upgrade

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 23 November 2026, 08.00 in Purwokerto."""

SCRIPT = (
    ("text", "/start pu-domisili"),
    ("tap", "domisili/applicant:self"),
    ("tap", "domisili/ready:yes"),
    ("tap", "domisili/consent:yes"),
    ("text", "3302271708900003"),
    ("text", "Yuni Astuti"),
)
"""What the citizen does: (kind, the text or what the button carries)."""

LAST_ASKED = "kelurahan"
"""The question at which the conversation stands after its six turns."""

STAGGER = 64
"""How many other chats begin before a chat's next turn: so many conversations are interleaved."""

FIRST_CHAT = 5_000_000_000
FIRST_UPDATE = 700_000_000

Json = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much to measure.

    chats         conversations of six turns in one round
    rounds        rounds of which the median counts
    tickets       rows of the filled database, and
    updates       its inbox rows
    waiting       due rows whose time has not come
    seconds       how long the webhook is called at a fixed rate
    peer_updates  updates for the peer that writes its file at each one
    """

    chats: int = 2_000
    rounds: int = 7
    tickets: int = 1_000_000
    updates: int = 5_000_000
    waiting: int = 1_000_000
    seconds: float = 15.0
    peer_updates: int = 600


QUICK = Size(
    chats=300, rounds=3, tickets=20_000, updates=100_000, waiting=50_000, seconds=3.0,
    peer_updates=120,
)  # fmt: skip


@dataclass
class Part:
    """What one part measured: figures by name, and the section of the report."""

    figures: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def table(self, *rows: Sequence[object]) -> None:
        """Add a Markdown table; the first row is its head."""
        self.lines += table(*rows)


def table(*rows: Sequence[object]) -> list[str]:
    """A Markdown table; the first row is its head."""
    head, *rest = rows
    return ["", _row(head), _row(["---"] * len(head)), *map(_row, rest), ""]


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


# --- the conversation ------------------------------------------------------------------


def schedule(chats: int) -> list[tuple[int, int]]:
    """All (chat, turn), each chat's in order, those of many chats interleaved."""
    turns = [(chat, turn) for chat in range(chats) for turn in range(len(SCRIPT))]
    return sorted(turns, key=lambda pair: (pair[0] + pair[1] * STAGGER, pair[0]))


def updates(people: Sequence[int], first_update: int = FIRST_UPDATE) -> Iterator[Json]:
    """The updates of one conversation with each of these people, as Telegram would send them."""
    for number, (chat, turn) in enumerate(schedule(len(people)), first_update):
        yield update(number, people[chat], turn)


def crowd(size: int, first: int = FIRST_CHAT) -> range:
    """So many people."""
    return range(first, first + size)


def update(update_id: int, chat: int, turn: int) -> Json:
    """One raw update of the conversation."""
    kind, content = SCRIPT[turn]
    person = {"id": chat, "is_bot": False, "first_name": "Yuni Astuti", "language_code": "id"}
    place = {"id": chat, "first_name": "Yuni Astuti", "type": "private"}
    message: Json = {"message_id": 10 + 2 * turn, "date": 1_795_395_600, "chat": place}
    if kind == "text":
        message |= {"from": person, "text": content}
        if content.startswith("/start"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": 6}]
        return {"update_id": update_id, "message": message}
    bot = {"id": 123456, "is_bot": True, "first_name": "Loket", "username": "loket_bot"}
    query = {
        "id": str(update_id * 7),
        "from": person,
        "message": {**message, "from": bot, "text": "…"},
        "chat_instance": "1",
        "data": content,
    }
    return {"update_id": update_id, "callback_query": query}


# --- Loket -----------------------------------------------------------------------------


def house() -> House:
    """The house of config.toml, with its real flows and templates."""
    return build(read(DEFAULT, {}))


def open_database(folder: Path, name: str = "bench.db") -> Database:
    """A SQLite database with the real schema; that it is durable is checked."""
    database = Database(f"sqlite:///{folder / name}")
    upgrade(database)
    durability = database.write(pragmas)
    assert durability == ("wal", 2), f"not durable: {durability}"
    return database


def pragmas(tx: Tx) -> tuple[str, int]:
    """(journal mode, synchronous); 2 is FULL."""
    mode, level = (
        tx.execute(sa.text(f"PRAGMA {name}")).scalar_one()
        for name in ("journal_mode", "synchronous")
    )
    return mode, level


def check(
    tx: Tx, people: Sequence[int], channel: str = "telegram", address: Callable[[int], str] = str
) -> None:
    """Each of these conversations has had its six turns."""
    for person in people:
        chat = conversations.peek(tx, channel, address(person))
        assert chat is not None
        assert f'"asked":"{LAST_ASKED}"' in chat.session, chat.session


# --- statistics ------------------------------------------------------------------------


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """'4,321 (4,100 - 4,500)': the median, the least and the most."""
    return f"{median(values):,.0f} ({min(values):,.0f} - {max(values):,.0f})"
