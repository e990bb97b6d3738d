"""A citizen for the tests: writes, taps and sends photos, and remembers what was answered.

Everything goes through the real handlers and a real database; only the channel and the
fetcher are played.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from zlib import crc32

import sqlalchemy as sa

from bot.config import DEFAULT, read
from bot.house import build
from flows.model import (
    Event,
    Judged,
    Left,
    Opened,
    Said,
    Sent,
    Shared,
    State,
    Step,
    Tapped,
    Unsupported,
)
from handlers import doors, due_work
from handlers.attachments import Found, judge
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.offices import House
from handlers.sessions import decode
from storage import conversations, due
from storage.db import Database
from storage.outbox import sent_to

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 23 November 2026, 08.00 in Purwokerto."""

STAFF_CHAT = "-1001"

ANSWERS = {
    "nik": "3302271708900003",
    "kk": "3302270102150004",
    "name": "Yuni Astuti",
    "phrase": "Jalan Kenanga 12",
    "phone": "081234567890",
    "rt_rw": "RT 3 RW 2",
    "lingkungan": "5",
    "number": "3",
    "text": "Jalan Kenanga 12",
    "date": "17-8-2019",
    "date_past": "17-8-2019",
    "date_future": "minggu depan",
}
"""A good answer for each check."""

LONGEST = 60
"""More questions than any service has."""


@cache
def house(**environment: str) -> House:
    """The house of config.toml with a staff chat, where nobody is asked about news."""
    given = {"LOKET_TELEGRAM__STAFF_CHAT": STAFF_CHAT, "LOKET_BROADCASTS__PER_MONTH": "0"}
    return build(read(DEFAULT, given | environment))


@dataclass
class Citizen:
    """One person in one chat."""

    database: Database
    house: House
    address: str = "1"
    channel: str = "telegram"
    now: datetime = MONDAY
    heard: list[Message] = field(default_factory=list)
    chat: list[str] = field(default_factory=list)
    _after: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    # --- what a person does ----------------------------------------------------------

    def opens(self, link: str = "") -> "Citizen":
        return self._does(Opened(link), f"/start {link}".strip())

    def starts(self, service: str, office: str = "pu") -> "Citizen":
        """Open a service of an office by its link."""
        return self.opens(f"{office}-{service}")

    def continues(self, until: str = "", **answers: str) -> "Citizen":
        """Answer whatever is asked, until that question or the end; `answers` by step."""
        for _ in range(LONGEST):
            state = self.state
            if state is None or state.asked == until:
                return self
            step = self._asked(state)
            if step is None:
                break
            if step.id in answers:
                self.says(answers[step.id])
            elif step.kind == "document":
                self.sends()
                if step.many:
                    self.chooses("Sudah semua")
            elif step.kind in ("choice", "choices"):
                self.says("1, 2" if step.kind == "choices" else "1")
            elif step.kind == "review":
                self.chooses("Ya, kirim")
            else:
                self.says(ANSWERS[step.check])
        raise AssertionError(f"no end in sight; the last message was:\n{self.last}")

    def submits(self, service: str = "ktp_ganti", office: str = "pu", **answers: str) -> "Citizen":
        """A whole request, from the link to the ticket."""
        return self.starts(service, office).continues(**answers)

    def says(self, text: str) -> "Citizen":
        return self._does(Said(text), text)

    def edits(self, text: str) -> "Citizen":
        return self._does(Said(text, edited=True), f"{text} (edited)")

    def chooses(self, label: str) -> "Citizen":
        """Tap the newest button with this label."""
        for message in reversed(self.heard):
            for choice in message.choices:
                if choice.label == label:
                    return self._does(Tapped(choice.token), f"[{label}]")
        raise AssertionError(f"no button {label!r}; the last message was:\n{self.last}")

    def taps(self, token: str) -> "Citizen":
        return self._does(Tapped(token), f"[{token}]")

    def sends(self, verdict: str = "good", kind: str = "photo", caption: str = "") -> "Citizen":
        """Send a photo that the examination will find to be `verdict`."""
        file = self.announces(caption)
        return self.judged(file, verdict, kind)

    def sends_in_practice(self) -> "Citizen":
        """Send a photo of which nothing is kept, so that nobody will examine it."""
        self.announces()
        return self

    def announces(self, caption: str = "", album: bool = False) -> str:
        """A photo arrives but has not been fetched yet; returns its id."""
        file = f"file-{self._mark}-{next(self._ids):04}"
        self._does(Sent(file, caption), f"(photo) {caption}".strip(), album=album)
        return file

    def judged(self, file: str, verdict: str = "good", kind: str = "photo") -> "Citizen":
        unfit = Judged(file, kind, verdict)
        state = "stored" if verdict in ("good", "blurred", "dark", "bright", "small") else "refused"
        found = Found(state, unfit.verdict, kind, "image/jpeg", "0" * 64, 1000)
        self.database.write(lambda tx: judge(tx, self.house, file, found, self.now))
        return self.hears()

    def sends_voice(self) -> "Citizen":
        return self._does(Unsupported("voice"), "(voice note)")

    def shares_phone(self, phone: str) -> "Citizen":
        return self._does(Shared(phone), "(own phone)")

    def leaves(self) -> "Citizen":
        return self._does(Left(), "(blocked)")

    def waits(self, **duration: float) -> "Citizen":
        self.now += timedelta(**duration)
        return self

    # --- what a person sees ----------------------------------------------------------

    @property
    def last(self) -> str:
        """The newest message with its numbered choices."""
        return self.heard[-1].plain() if self.heard else ""

    @property
    def state(self) -> State | None:
        """Where the chat stands."""
        row = self.database.read(lambda tx: conversations.peek(tx, self.channel, self.address))
        return decode(row.session).state if row is not None else None

    def was_asked(self, step: str) -> bool:
        return self.state is not None and self.state.asked == step

    def _asked(self, state: State) -> Step | None:
        row = self.database.read(lambda tx: conversations.peek(tx, self.channel, self.address))
        assert row is not None
        flow = self.house.catalog(row.office_id).flow(state.flow)
        return flow.step(state.asked) if flow is not None else None

    @property
    def ticket(self) -> str:
        """The newest ticket number that was told."""
        for message in reversed(self.heard):
            if found := re.search(r"[A-Z]{2}-\d{4}-\d{5}-\d", message.text):
                return found.group()
        raise AssertionError("no ticket number was told")

    @property
    def _mark(self) -> str:
        """Tells the ids of this chat from those of others; like real ones, it is no phone."""
        return self.address if self.address.isdigit() else f"{crc32(self.address.encode()):x}"

    # --- how -------------------------------------------------------------------------

    def _does(
        self,
        event: Event,
        shown: str,
        album: bool = False,
        remote: Mapping[str, Any] | None = None,
    ) -> "Citizen":
        self.chat.append(f"< {shown}")
        number = next(self._ids)
        inbound = Inbound(
            self.channel,
            f"{self._mark}-{number}",
            self.address,
            event,
            raw="{}",
            album=album,
            remote=remote or {},
            message_id=str(number),
            phone=doors.phone(self.channel, self.address),
        )
        self.database.write(lambda tx: receive(tx, self.house, inbound, self.now))
        return self.hears()

    def hears(self) -> "Citizen":
        """Take note of what was answered or written by itself."""
        rows = self.database.read(lambda tx: sent_to(tx, self.channel, self.address, self._after))
        for row in rows:
            self._after = row.id
            message = Message.of(row.payload)
            if message.text:
                self.heard.append(message)
                self.chat.append("\n".join(f"> {line}" for line in message.plain().split("\n")))
        self.now += timedelta(seconds=20)
        return self


def ticks(citizen: Citizen, **later: float) -> dict[str, str]:
    """Let time pass and do what is due; what became of each row."""
    citizen.now += timedelta(**later)
    database, now = citizen.database, citizen.now
    found: dict[str, str] = {}
    while ready := database.read(lambda tx: due.ready(tx, now, 100)):
        for row in ready:
            found[row.kind] = database.write(
                lambda tx, row=row: due_work.perform(tx, citizen.house, row, now)
            )
    citizen.hears()
    return found


Meet = Callable[..., Citizen]


def rows(database: Database, table: sa.Table) -> list[Any]:
    """All rows of a table, oldest first."""
    return database.read(lambda tx: list(tx.execute(sa.select(table).order_by(*table.primary_key))))
