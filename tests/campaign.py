"""A campaign for the tests: an office full of people, a broadcast, and what becomes of it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from handlers import broadcasts as texts
from handlers import delivery, dispatch, feeding
from handlers.broadcasts import Written
from handlers.delivery import Settled
from handlers.message import Message
from handlers.offices import House
from storage import broadcasts, conversations, optins, outbox
from storage.db import Database
from storage.tables import OUTBOX, RECIPIENTS
from talk import MONDAY, rows

LEASE = timedelta(minutes=1)
NEWS = Written("Domisili", "Halo {name}, surat domisili bisa lewat chat.",
               buttons=[("Coba sekarang", "domisili")], holdout=0)  # fmt: skip


class Campaign:
    """One broadcast of the office "pu", with a clock of its own."""

    def __init__(self, database: Database, house: House, now: datetime = MONDAY) -> None:
        self.database, self.house, self.now = database, house, now
        self.office = house.offices["pu"]
        self.number = 0

    # --- people -----------------------------------------------------------------------

    def people(self, many: int, first: int = 1, channel: str = "telegram", state: str = "in",
               office: str = "pu") -> None:  # fmt: skip
        """People with a chat, who said that to being told things; "" for never asked."""

        def work(tx: Any) -> None:
            for number in range(first, first + many):
                address = f"{5000 + number}" if channel == "telegram" else f"+62812{number:06}"
                phone = "" if channel == "telegram" else address
                chat = conversations.create(
                    tx, office, channel, address, f"Warga {number}", phone, self.now
                )
                if state:
                    optins.keep(tx, office, chat.person_id, state, "chat", self.now)

        self.database.write(work)

    # --- the broadcast -----------------------------------------------------------------

    def writes(self, written: Written = NEWS, seed: int = 7, author: str = "sari") -> "Campaign":
        self.number = self.database.write(
            lambda tx: texts.write(tx, self.house, self.office, written, author, seed, self.now)
        )
        return self

    @property
    def row(self) -> Any:
        return self.database.read(lambda tx: broadcasts.get(tx, self.number))

    def plans(self, at: datetime | None = None, role: str = "head") -> str:
        row = self.row
        return self.database.write(
            lambda tx: dispatch.plan(tx, self.house, row, role, at, self.now)
        )

    def does(self, deed: Any, *more: Any) -> Any:
        """pause, resume, cancel or back, as of now."""
        row = self.row
        return self.database.write(lambda tx: deed(tx, row, *more, self.now))

    def searches(self) -> "Campaign":
        """Find all its people."""
        work = partial(feeding.search, house=self.house, broadcast_id=self.number, now=self.now)
        while self.database.write(work):
            pass
        return self

    def feeds(self, most: int = 1000, channel: str = "telegram") -> int:
        work = partial(
            feeding.feed, house=self.house, broadcast_id=self.number, channel=channel, most=most,
            now=self.now,
        )  # fmt: skip
        return self.database.write(work)

    def goes(self, written: Written = NEWS) -> "Campaign":
        """Written, sent now, its people found, and all of them fed."""
        self.writes(written)
        assert self.plans() == "sending"
        self.searches()
        for channel in ("telegram", "whatsapp"):
            self.feeds(channel=channel)
        return self

    def ends(self) -> bool:
        work = partial(feeding.finish, broadcast_id=self.number, now=self.now)
        return self.database.write(work)

    # --- what came of it ----------------------------------------------------------------

    def turns(self) -> dict[str, int]:
        """How many people are in each state; why, where they were dropped."""
        found: dict[str, int] = {}
        for row in rows(self.database, RECIPIENTS):
            if row.broadcast_id == self.number:
                key = f"{row.state} {row.why}".strip()
                found[key] = found.get(key, 0) + 1
        return found

    def promised(self) -> list[Any]:
        """Its rows of the outbox."""
        mine = sa.select(OUTBOX).where(OUTBOX.c.broadcast_id == self.number).order_by(OUTBOX.c.id)
        return self.database.read(lambda tx: list(tx.execute(mine)))

    def texts(self) -> list[str]:
        return [Message.of(row.payload).text for row in self.promised()]

    def delivers(self, state: str = "sent", error: str = "", most: int = 1000) -> int:
        """What is due goes out, or fails."""

        def work(tx: Any) -> int:
            taken = outbox.claim(tx, "telegram", self.now, most, LEASE)
            settled = [Settled(row, state, 1, error, "1") for row in taken]
            delivery.settle(tx, self.house, settled, self.now)
            return len(taken)

        return self.database.write(work)

    def watched(self) -> str:
        seen = self.database.read(lambda tx: dispatch.look(tx, self.number))
        return self.database.write(
            lambda tx: feeding.watch(tx, self.house, self.number, seen, self.now)
        )
