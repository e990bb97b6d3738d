"""The program's lives and those who live with it: its citizens and its two platforms.

A platform goes on while the program dies and comes back; what reached it, and what it shows to
people, is what the laws of the drill are held against.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol, Self

from bot.channels.whatsapp_form import render, straight
from fakes.telegram import FakeTelegram
from fakes.telegram import FakeUser as TelegramUser
from fakes.twilio import FakeTwilio
from fakes.twilio import FakeUser as WhatsappUser
from handlers.message import Message
from nursery import Life, Nursery
from running import Running, answers
from seen import HINT
from storage.db import Database
from storage.tables import BOOKMARKS, OUTBOX
from twilio_counter import MESSAGES, PUBLIC, settings

PATIENCE = 120.0


class Lives:
    """The program's lives, one after another.

    How long they are is told in breaths, the time from a birth until it answers: machines are
    quick and slow, and one is slower while others work on it.
    """

    def __init__(self, environment: dict[str, str], log: Path, url: str = "") -> None:
        self._environment, self._log, self._url = environment, log, url
        self._breath = 0.0

    def live(self, fault: str, breaths: float) -> None:
        """One life: until the fault point kills it, or at the latest after so many breaths."""
        self._ends(self.start(fault), breaths * self._breath)

    def live_for(self, fault: str, seconds: float) -> None:
        """One life: until the fault point kills it, or at the latest after so many seconds."""
        life = self.start(fault)
        with suppress(TimeoutError):
            life.wait(seconds)
        life.kill()
        life.wait(PATIENCE)

    def start(self, fault: str = "") -> Life:
        """A life that is not ended from here."""
        return Nursery.open().born(self._environment, self._log, fault)

    def settle(self) -> None:
        """Two lives that only take a breath; the first one makes the database."""
        for _ in range(2):
            self._breath = PATIENCE
            self._ends(self.start(), 0)
            assert self._breath < PATIENCE, "it never answered"

    def _ends(self, life: Life, after: float) -> None:
        """Kill a life some seconds after its birth, or 0: once it answers."""
        born, answered = time.monotonic(), False
        end = born + (after or PATIENCE)
        while life.poll() is None and time.monotonic() < end:
            if not answered and (answered := answers(self._url)):
                self._breath = time.monotonic() - born
                end = end if after else born
            time.sleep(0.01)
        if not answered and life.poll() is None:
            self._breath *= 1.1  # it was too short to see
        life.kill()
        life.wait(PATIENCE)


class Person(Protocol):
    """A citizen's phone, on either platform."""

    def says(self, text: str) -> Any: ...

    def taps(self, title: str) -> Any: ...

    def sends_photo(self, content: bytes) -> Any: ...

    def waits_for(self, match: Callable[[Any], bool], timeout: float) -> Any: ...


class Applicant(threading.Thread):
    """Applies for a domicile letter again and again until told to stop."""

    def __init__(self, user: Person, photos: list[bytes], enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.user = user
        self.photos = cycle(photos)
        self.enough = enough
        self.names: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self._apply(f"Budi {chr(65 + len(self.names) % 26)}{len(self.names) // 26 * 'a'}")
        except BaseException as error:
            self.error = error

    def _apply(self, name: str) -> None:
        user, wait = self.user, self._waits
        user.says("/start pu-ktp_ganti")
        wait("KTP-nya kenapa")
        user.taps("1 KTP hilang")
        wait("milik siapa")
        user.taps("1 Saya sendiri")
        wait("Mulai sekarang")
        user.taps("1 Ya, mulai")
        if not self.names:
            wait("Setuju")
            user.taps("1 Setuju")
        wait("Tulis NIK")
        user.says("3302271708900003")
        wait("nama lengkap")
        user.says(name)
        wait("nomor KK")
        user.says("3302270101150007")
        wait("kelurahan mana")
        user.says("grendeng")
        wait("foto surat kehilangan")
        user.sends_photo(next(self.photos))
        wait("Kirim foto Kartu Keluarga")
        user.sends_photo(next(self.photos))
        wait("Sudah benar")
        user.taps("1 Ya, kirim")
        wait("Nomor: PU-")
        self.names.append(name)

    def _waits(self, words: str) -> None:
        self.user.waits_for(lambda message: words in message.text, timeout=PATIENCE)


class Platform(Protocol):
    """Where citizens and the program meet."""

    channel: str
    secret: str

    @property
    def settings(self) -> Mapping[str, str]:
        """What the program is told of it."""

    def person(self, number: int) -> Person:
        """Somebody with a phone."""

    def address(self, person: Any) -> str:
        """What the program calls this person."""

    def received(self) -> set[str]:
        """Everything that citizens did, by the name under which the program takes it in."""

    def shown(self, message: Message) -> tuple[str, ...]:
        """The texts that a person reads of a promised message."""

    def read(self, message: Any) -> str:
        """A text as a person read it, to be compared with those."""

    def opens(self, plan: Running, lives: Lives) -> None:
        """Before the drill."""

    def closes(self, plan: Running) -> None:
        """After the drill."""


class Telegram:
    """Keeps updates until they are fetched: nothing is missed."""

    channel = "telegram"

    def __init__(self) -> None:
        self.fake = FakeTelegram(limits=False, callback_life=3600)
        self.secret = self.fake.token

    def __enter__(self) -> Self:
        self.fake.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.fake.__exit__(*error)

    @property
    def settings(self) -> Mapping[str, str]:
        return {"LOKET_TELEGRAM__TOKEN": self.fake.token, "LOKET_TELEGRAM__API_URL": self.fake.url}

    def person(self, number: int) -> Person:
        return self.fake.user(f"Warga {number}")

    def address(self, person: TelegramUser) -> str:
        return str(person.id)

    def received(self) -> set[str]:
        return {str(update["update_id"]) for update in self.fake.updates_sent}

    def shown(self, message: Message) -> tuple[str, ...]:
        return (message.text,) if message.text else ()

    def read(self, message: Any) -> str:
        return str(message.text)

    def opens(self, plan: Running, lives: Lives) -> None:
        """Nothing to prepare."""

    def closes(self, plan: Running) -> None:
        """Nothing is left to be asked."""


class Whatsapp:
    """Calls once, twice over, and never again: what fails has to be asked for.

    Reports come shuffled, and are lost when nobody is there.
    """

    channel = "whatsapp"
    secret = "f0e1d2c3b4a5968778695a4b3c2d1e0f"

    def __init__(self) -> None:
        self.fake = FakeTwilio(auth_token=self.secret, throughput=None)
        self.fake.deliver_twice = True
        self.fake.callbacks = "shuffled"

    def __enter__(self) -> Self:
        self.fake.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.fake.__exit__(*error)

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            **settings(self.fake),
            "LOKET_SMS__FROM": "",
            "LOKET_WHATSAPP__CATCH_UP_SECONDS": "1",
        }

    def person(self, number: int) -> Person:
        return self.fake.user(f"+62812000001{number:02}", f"Warga {number}")

    def address(self, person: WhatsappUser) -> str:
        return person.phone

    def received(self) -> set[str]:
        return {message.sid for message in self.fake.messages if message.inbound}

    def missed(self) -> set[str]:
        """Messages of which no webhook ever worked."""
        calls = [told for told in self.fake.told if told.url.endswith(MESSAGES)]
        heard = {told.form["MessageSid"] for told in calls if told.status == 200}
        return {told.form["MessageSid"] for told in calls} - heard

    def acknowledged(self) -> Iterator[tuple[int, str]]:
        """The reports that the program has answered: row and status."""
        for told in self.fake.told:
            _, _, row = told.url.partition("?row=")
            if row and told.status == 204:
                yield int(row), told.form["MessageStatus"]

    def shown(self, message: Message) -> tuple[str, ...]:
        return tuple(_even(piece.text) for piece in render(message, HINT))

    def read(self, message: Any) -> str:
        return _even(message.text)

    def opens(self, plan: Running, lives: Lives) -> None:
        """An office starts the program before it tells Twilio of it."""
        life = lives.start()
        waits_until(plan, lambda tx: tx.execute(BOOKMARKS.select()).first())
        life.kill()
        life.wait(PATIENCE)
        self.fake.webhook(plan.url + MESSAGES, PUBLIC + MESSAGES)

    def closes(self, plan: Running) -> None:
        """One more life, a little later: it asks for the reports that were lost."""
        later = datetime.now(UTC) + timedelta(minutes=10)
        plan.environment["LOKET_CLOCK__NOW"] = later.isoformat()
        silent = OUTBOX.select().where(OUTBOX.c.receipt == "")
        with plan:
            waits_until(plan, lambda tx: tx.execute(silent).first() is None)


def _even(text: str) -> str:
    """WhatsApp's templates take no runs of spaces and no straight quotes."""
    return "\n".join(straight(line) for line in text.split("\n"))


def waits_until(plan: Running, condition: Callable[[Any], Any]) -> None:
    """Until something is so in the program's database."""
    url = plan.environment["LOKET_DATABASE__URL"]
    deadline = time.monotonic() + PATIENCE
    while not Path(url.removeprefix("sqlite:///")).exists():
        assert time.monotonic() < deadline, "the program never began"
        time.sleep(0.05)
    database = Database(url)
    try:
        while not _holds(database, condition):
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.1)
    finally:
        database.close()


def _holds(database: Database, condition: Callable[[Any], Any]) -> bool:
    try:
        return bool(database.read(condition))
    except Exception as error:
        if "no such table" in str(error):
            return False  # the very first start is still making them
        raise


def in_order(promised: Sequence[tuple[str, ...]], seen: Sequence[str]) -> str:
    """The first text that stands where it may not; empty when all is in order and complete.

    Each promise is shown whole, one after the other; the one that was cut off begins again.
    """
    places = {(-1, 0)}
    for text in seen:
        reached = set()
        for row, piece in places:
            whole = row < 0 or piece == len(promised[row]) - 1
            onward = [(row + 1, 0)] if whole else [(row, piece + 1)]
            reached |= {*onward, (row, 0)} if row >= 0 else set(onward)
        places = {
            (row, piece)
            for row, piece in reached
            if row < len(promised) and promised[row][piece] == text
        }
        if not places:
            return text
    done = not promised or (len(promised) - 1, len(promised[-1]) - 1) in places
    return "" if done else "the last ones were not shown"
