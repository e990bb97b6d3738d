"""The fetcher when the turn of a verdict fails: never the same bug again and again, unseen."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.fetcher import LEASE, Fetcher
from bot.gate import Gate
from desk_office import grey_photo
from flows.model import Sent
from handlers.message import Message
from handlers.offices import House
from staff_at_work import Member
from storage.files import Keys, Vault
from storage.tables import ATTACHMENTS, OUTBOX, TICKETS
from stumbling import NIK, stumbling
from talk import STAFF_CHAT, Citizen, rows


@dataclass
class Album:
    """A channel that has every photo, and may do something while one is fetched."""

    meanwhile: Callable[[], object] = lambda: None
    fetched: list[str] = field(default_factory=list)

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        self.fetched.append(str(remote))
        self.meanwhile()
        return grey_photo()


@pytest.fixture
def vault(tmp_path) -> Vault:
    return Vault(tmp_path / "files", Keys((b"k" * 32,)))


@pytest.fixture
def at_photos(citizen: Citizen) -> Citizen:
    return citizen.starts("ktp_ganti").continues("police")


def fetches(citizen: Citizen, vault: Vault, album: Album, house: House, passes: int = 1) -> None:
    """The fetcher at work, a lease between its passes."""

    async def work() -> None:
        channels: Any = {citizen.channel: album}
        fetcher = Fetcher(
            Gate(citizen.database), house, channels, vault, lambda: citizen.now, lambda: None
        )
        try:
            for _ in range(passes):
                await fetcher.drain()
                citizen.waits(seconds=LEASE.total_seconds() + 1)
        finally:
            await fetcher.close()

    asyncio.run(work())
    citizen.hears()


def of_staff(citizen: Citizen) -> list[str]:
    sent = rows(citizen.database, OUTBOX)
    return [Message.of(row.payload).text for row in sent if row.address == STAFF_CHAT]


def test_a_bug_in_the_turn_of_a_verdict_is_met_once(at_photos, vault):
    at_photos.announces()
    album, before = Album(), len(at_photos.heard)
    fetches(at_photos, vault, album, stumbling(at_photos.house, "photo_"), passes=5)
    (file,) = rows(at_photos.database, ATTACHMENTS)
    assert len(album.fetched) == 1
    assert (file.state, file.verdict) == ("refused", "lost")
    assert [each.text for each in at_photos.heard[before:]] == [
        at_photos.house.words.say("apology_file")
    ]
    assert of_staff(at_photos) == [at_photos.house.words.say("alert_failed")]


def test_what_is_kept_and_logged_of_it_names_nobody(at_photos, vault, caplog):
    at_photos.announces(caption=f"NIK {NIK}")
    with caplog.at_level(logging.DEBUG):
        fetches(at_photos, vault, Album(), stumbling(at_photos.house, "photo_"))
    (file,) = rows(at_photos.database, ATTACHMENTS)
    assert file.error.startswith("KeyError in say:")
    assert "set aside: KeyError in say" in caplog.text
    assert NIK not in caplog.text + file.error


def test_after_it_the_chat_waits_no_longer(at_photos, vault):
    at_photos.announces()
    at_photos.says("halo")
    assert at_photos.last == at_photos.house.words.say("photo_on_its_way")
    fetches(at_photos, vault, Album(), stumbling(at_photos.house, "photo_"))
    assert at_photos.state.waiting == ()
    at_photos.says("ini fotonya")
    assert at_photos.last != at_photos.house.words.say("photo_on_its_way")
    at_photos.sends()
    assert not at_photos.was_asked("police"), "the same photo once more is taken"


def test_an_officer_hears_of_their_file_that_a_bug_kept_from_the_citizen(citizen, vault):
    sari = Member(citizen).hired().links()
    citizen.submits()
    sari.talks_about(rows(citizen.database, TICKETS)[-1].number)
    citizen.says("Halo Bu")
    sari.does(Sent("formulir", "Ini formulirnya"), sari.received("Halo Bu"))
    before = len(citizen.heard)
    fetches(citizen, vault, Album(), stumbling(citizen.house, "talk_word"))
    file = next(row for row in rows(citizen.database, ATTACHMENTS) if row.id == "formulir")
    assert (file.state, file.verdict) == ("refused", "lost")
    assert len(citizen.heard) == before, "the citizen sent nothing"
    assert sari.heard[-1] == citizen.house.words.say("apology_file")


def test_the_log_does_not_quote_what_a_channel_failed_with(at_photos, vault, caplog):
    def fails() -> None:
        raise KeyError(f"NIK {NIK}")

    at_photos.announces()
    with caplog.at_level(logging.DEBUG):
        fetches(at_photos, vault, Album(fails), at_photos.house)
    assert "could not be taken in: KeyError" in caplog.text
    assert NIK not in caplog.text


def test_while_the_database_is_locked_the_photo_waits(sqlite, sqlite_url, house, vault):
    citizen = Citizen(sqlite, house).starts("ktp_ganti").continues("police")
    citizen.announces()
    sqlite.write(lambda tx: tx.cursor.execute("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(
        sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    album, before = Album(lambda: other.execute("BEGIN IMMEDIATE")), len(citizen.heard)
    fetches(citizen, vault, album, house)
    assert rows(sqlite, ATTACHMENTS)[0].state == "waiting"
    assert len(citizen.heard) == before
    other.execute("ROLLBACK")
    fetches(citizen, vault, Album(), house)
    assert rows(sqlite, ATTACHMENTS)[0].state == "stored"
    other.close()
