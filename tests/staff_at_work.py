"""Members of staff for the tests: at the desk, and in a chat of their own that is linked to it."""

from dataclasses import dataclass
from typing import Any

from flows.model import Event, Said
from handlers import conversation, staff, staff_doors, talks
from handlers.desk import Sight
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.staff import Officer
from handlers.staff_chat import StaffTap
from handlers.staff_chat import receive as tapped
from handlers.staff_replies import StaffReply, from_group
from handlers.tickets import Actor, move
from storage import outbox
from storage.db import Database
from storage.tables import OUTBOX
from talk import MONDAY, STAFF_CHAT, Citizen, rows


def hire(
    database: Database,
    login: str = "sari",
    name: str = "Bu Sari",
    office: str = "pu",
    role: str = "officer",
) -> str:
    database.write(lambda tx: staff.add(tx, office, login, name, role, "hash", MONDAY))
    return login


def deliver(database: Database) -> None:
    """Every promised message goes out, and the platform gives it an id."""

    def work(tx: Any) -> None:
        for row in tx.execute(OUTBOX.select().where(OUTBOX.c.state == "pending")).all():
            outbox.settle(tx, row.id, "sent", row.created_at, attempts=1, external_id=f"m{row.id}")

    database.write(work)


@dataclass
class Member:
    """Somebody on the staff, beside a citizen of the same test: they share a clock."""

    citizen: Citizen
    login: str = "sari"
    name: str = "Bu Sari"
    office: str = "pu"
    address: str = "42"
    channel: str = "telegram"
    role: str = "officer"

    def hired(self) -> "Member":
        hire(self.citizen.database, self.login, self.name, self.office, self.role)
        return self

    @property
    def officer(self) -> Officer:
        return Officer(self.office, self.login, self.name, self.role, "csrf", self.citizen.now)

    # --- at the desk -------------------------------------------------------------------

    def at_desk(self, work: Any) -> Any:
        """Do something that needs the sight of this officer."""
        citizen = self.citizen
        result = citizen.database.write(
            lambda tx: work(tx, Sight.of(tx, citizen.house, self.officer, citizen.now))
        )
        citizen.hears()
        return result

    def talks_about(self, number: str) -> int:
        return self.at_desk(lambda tx, sight: conversation.begin_about(tx, sight, number))

    def says(self, talk: int, text: str) -> None:
        self.at_desk(lambda tx, s: talks.say(tx, s.house, s.office, talk, self.login, text, s.now))

    def takes_over(self, talk: int, was: str) -> None:
        self.at_desk(
            lambda tx, s: talks.take_over(tx, s.house, s.office, talk, was, self.login, s.now)
        )

    def ends(self, talk: int) -> str:
        return self.at_desk(lambda tx, s: talks.end(tx, s.house, s.office, talk, self.login, s.now))

    def sees(self, talk: int) -> conversation.Conversation:
        return self.at_desk(lambda tx, sight: conversation.of_talk(tx, sight, talk))

    def moves(self, name: str, number: str, **more: Any) -> None:
        """Move a request at the desk."""
        actor = Actor("staff", self.login, self.name)
        self.at_desk(
            lambda tx, s: move(tx, s.house, self.office, number, name, actor, s.now, **more)
        )

    def is_disabled(self) -> None:
        self.citizen.database.write(lambda tx: staff.disable(tx, self.login, self.citizen.now))

    def unlinks(self) -> None:
        self.at_desk(lambda tx, s: staff_doors.unlink(tx, self.officer, self.channel, s.now))

    # --- in their own chat -------------------------------------------------------------

    def links(self, code: str = "48291375") -> "Member":
        citizen = self.citizen
        citizen.database.write(
            lambda tx: staff_doors.offer_code(tx, self.officer, code, citizen.now)
        )
        self.writes(f"sambungkan {code[:4]} {code[4:]}")
        return self

    def writes(self, text: str, reply_to: str = "") -> bool:
        return self.does(Said(text), reply_to)

    def does(self, event: Event, reply_to: str = "", **more: Any) -> bool:
        citizen = self.citizen
        number = f"staff-{next(citizen._ids)}"
        inbound = Inbound(
            self.channel, f"{self.address}-{number}", self.address, event,
            raw="{}", message_id=number, reply_to=reply_to, **more,
        )  # fmt: skip
        new = citizen.database.write(lambda tx: receive(tx, citizen.house, inbound, citizen.now))
        citizen.hears()
        return new

    def hears(self, address: str = "") -> list[Message]:
        """Everything that came to their own chat, or to the staff chat."""
        to = address or self.address
        sent = [row for row in rows(self.citizen.database, OUTBOX) if row.address == to]
        return [Message.of(row.payload) for row in sent]

    @property
    def heard(self) -> list[str]:
        return [message.text for message in self.hears() if not message.edits]

    def received(self, words: str, address: str = "") -> str:
        """The platform's id of the newest message with these words."""
        deliver(self.citizen.database)
        for row in reversed(rows(self.citizen.database, OUTBOX)):
            message = Message.of(row.payload)
            if row.address == (address or self.address) and words in message.text:
                return str(row.external_id)
        raise AssertionError(f"nobody told {self.name}: {words!r}")

    def answers(self, words: str, text: str) -> str:
        """Answer the message with these words; returns what came back."""
        self.writes(text, self.received(words))
        return self.hears()[-1].text

    # --- in the staff chat -------------------------------------------------------------

    def answers_in_group(
        self, words: str, text: str, external_id: str = "", replied: str = ""
    ) -> str:
        citizen = self.citizen
        number = external_id or f"group-{next(citizen._ids)}"
        reply = StaffReply(
            "telegram", number, STAFF_CHAT, Said(text),
            replied or self.received(words, STAFF_CHAT),
            number, self.address, raw="{}",
        )  # fmt: skip
        citizen.database.write(lambda tx: from_group(tx, citizen.house, reply, citizen.now))
        citizen.hears()
        return self.hears(STAFF_CHAT)[-1].text

    def taps(self, label: str, where: str = STAFF_CHAT, external_id: str = "") -> str:
        """Tap the newest button with this label; returns the short answer."""
        for message in reversed(self.hears(where)):
            for choice in message.choices:
                if choice.label == label:
                    return self.taps_token(choice.token, where, external_id)
        raise AssertionError(f"no button {label!r}")

    def taps_token(self, token: str, where: str = STAFF_CHAT, external_id: str = "") -> str:
        citizen = self.citizen
        number = external_id or f"tap-{next(citizen._ids)}"
        tap = StaffTap(
            "telegram", number, where, token, f"cb-{number}", self.address, self.name, "{}"
        )
        citizen.database.write(lambda tx: tapped(tx, citizen.house, tap, citizen.now))
        citizen.hears()
        notices = [m for m in self.hears(where) if m.acknowledge]
        return notices[-1].text
