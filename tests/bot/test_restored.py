"""A backup is put back: what had been erased since is erased again, before anybody is served."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.gate import Gate
from bot.ledger import Ledger, forget_again, write_down
from handlers import erasure
from handlers.desk import Sight
from handlers.forgetting import Erased
from handlers.staff import Officer
from running import Running
from storage import forgotten, outbox
from storage.db import Database
from storage.files import Keys, Vault
from storage.tables import (
    ATTACHMENTS,
    CONVERSATIONS,
    DATA_REQUESTS,
    DOOMED_FILES,
    METADATA,
    TICKETS,
)
from talk import MONDAY, Citizen, house, rows, ticks

HEAD = Officer("pu", "camat", "Pak Camat", "head", "", MONDAY)
SECRETS = (b"3302271708900003", b"Yuni Astuti", b"6281234567890", b"Yuni")
PHONE = "+6281234567890"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "elsewhere" / "erased.jsonl")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "files", Keys((b"k" * 32,)))


@pytest.fixture
def citizen(database: Database) -> Citizen:
    return Citizen(database, house(), PHONE, "whatsapp")


def is_erased(citizen: Citizen) -> None:
    """They ask for it, it is decided, and the last word has arrived."""
    citizen.says("hapus data").chooses("Ya, hapus")
    row = rows(citizen.database, DATA_REQUESTS)[-1]

    def decide(tx: Any) -> None:
        see = Sight.of(tx, citizen.house, HEAD, citizen.now)
        erasure.decide(tx, see, row.id, {})

    citizen.database.write(decide)
    citizen.database.write(
        lambda tx: tx.execute(sa.update(outbox.OUTBOX).values(state="sent", settled_at=MONDAY))
    )
    ticks(citizen, hours=3)


def notes(database: Database, ledger: Ledger) -> int:
    async def work() -> int:
        return await write_down(Gate(database), ledger)

    return asyncio.run(work())


def starts(database: Database, vault: Vault, ledger: Ledger, now: Any) -> int:
    async def work() -> int:
        return await forget_again(Gate(database), vault, ledger, now)

    return asyncio.run(work())


def everything(database: Database) -> bytes:
    parts = []
    for table in METADATA.sorted_tables:
        wanted = sa.select(*(sa.cast(column, sa.Text) for column in table.columns))
        parts += database.read(lambda tx, q=wanted: [repr(tuple(row)) for row in tx.execute(q)])
    return "\n".join(parts).encode()


# --- the whole way ----------------------------------------------------------------------


@pytest.fixture
def sqlite_file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


def test_a_database_put_back_has_no_byte_of_who_was_erased_once_it_was_started(
    sqlite_url: str, sqlite_file: Path, tmp_path: Path, vault: Vault, ledger: Ledger
) -> None:
    """It takes a real start, for it is the start that has to do it."""
    folder = tmp_path / "program"
    folder.mkdir()
    place, backup = folder / "loket.db", tmp_path / "backup.db"
    shutil.copy(sqlite_file, place)
    database = Database(f"sqlite:///{place}")
    citizen = Citizen(database, house(), PHONE, "whatsapp").submits()
    files = [row.id for row in rows(database, ATTACHMENTS)]
    for file in files:
        vault.put(file, "pu", b"photo of Yuni")
    with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    shutil.copytree(tmp_path / "files", tmp_path / "files-backup")
    assert any(secret in backup.read_bytes() for secret in SECRETS)
    is_erased(citizen)
    assert notes(database, ledger) == 3
    database.close()

    for left in folder.glob("loket.db*"):
        left.unlink()
    shutil.copy(backup, place)
    shutil.rmtree(tmp_path / "files")
    shutil.copytree(tmp_path / "files-backup", tmp_path / "files")
    with Running(
        folder, LOKET_FILES__PATH=str(tmp_path / "files"), LOKET_FILES__ERASED_PATH=str(ledger.path)
    ) as program:
        assert "done again" in program.printed.read_text()
        program.stop()
    database = Database(f"sqlite:///{place}")
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        connection.rollback()
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    left = b"".join(path.read_bytes() for path in folder.glob("loket.db*"))
    for secret in SECRETS:
        assert secret not in left
        assert secret not in everything(database)
        assert secret not in ledger.path.read_bytes()
    assert [row.status for row in rows(database, TICKETS)] == ["withdrawn"]
    assert not [path for file in files for path in (tmp_path / "files").rglob(file)]
    database.close()


# --- on both databases ------------------------------------------------------------------


def test_what_was_erased_is_noted_once_with_ids_and_times_alone(citizen, ledger):
    citizen.submits()
    is_erased(citizen)
    assert notes(citizen.database, ledger) == 3
    assert notes(citizen.database, ledger) == 0
    assert sorted(each.kind for each in ledger.read()) == ["chat", "talk", "ticket"]
    assert not any(secret in ledger.path.read_bytes() for secret in SECRETS)
    assert oct(ledger.path.stat().st_mode)[-3:] == "600"


def test_a_start_on_the_same_database_erases_nothing_of_who_came_back(citizen, vault, ledger):
    citizen.submits()
    citizen.says("hapus data").chooses("Ya, hapus")
    row = rows(citizen.database, DATA_REQUESTS)[-1]
    citizen.database.write(
        lambda tx: erasure.decide(tx, Sight.of(tx, citizen.house, HEAD, citizen.now), row.id, {})
    )
    notes(citizen.database, ledger)
    citizen.starts("domisili", "pu")
    before = rows(citizen.database, CONVERSATIONS)
    assert before[0].session
    assert starts(citizen.database, vault, ledger, citizen.now) == 0
    assert rows(citizen.database, CONVERSATIONS) == before


def test_an_id_that_was_given_to_somebody_else_meanwhile_is_left_alone(citizen, vault, ledger):
    citizen.submits()
    (ticket,), (chat,) = rows(citizen.database, TICKETS), rows(citizen.database, CONVERSATIONS)
    earlier = ticket.created_at - timedelta(days=1)
    ledger.add([
        Erased("pu", "ticket", ticket.id, earlier, earlier),
        Erased("pu", "talk", chat.id, earlier, earlier),
        Erased("pu", "chat", chat.id, earlier, earlier),
    ])  # fmt: skip
    assert starts(citizen.database, vault, ledger, citizen.now) == 0
    assert rows(citizen.database, TICKETS) == [ticket]


def test_a_second_erasure_is_done_again_where_only_the_first_is_known(citizen, vault, ledger):
    citizen.submits()
    (chat,) = rows(citizen.database, CONVERSATIONS)
    once, twice = citizen.now, citizen.now + timedelta(days=1)
    ledger.add([Erased("pu", "talk", chat.id, chat.created_at, at) for at in (once, twice)])
    citizen.database.write(lambda tx: forgotten.add(tx, "pu", "talk", chat, once))
    assert starts(citizen.database, vault, ledger, citizen.now) == 1
    assert starts(citizen.database, vault, ledger, citizen.now) == 0


def test_what_came_back_is_closed_and_its_files_go_too(citizen, vault, ledger):
    citizen.submits()
    (ticket,), (chat,) = rows(citizen.database, TICKETS), rows(citizen.database, CONVERSATIONS)
    files = [row.id for row in rows(citizen.database, ATTACHMENTS)]
    for file in files:
        vault.put(file, "pu", b"photo")
    ledger.add([
        Erased("pu", "ticket", ticket.id, ticket.created_at, citizen.now),
        Erased("pu", "talk", chat.id, chat.created_at, citizen.now),
        Erased("pu", "chat", chat.id, chat.created_at, citizen.now),
    ])  # fmt: skip
    assert starts(citizen.database, vault, ledger, citizen.now) == 3
    (row,) = rows(citizen.database, TICKETS)
    assert (row.status, row.answers) == ("withdrawn", {})
    assert rows(citizen.database, DOOMED_FILES) == []
    assert not list(vault._folder.rglob(files[0]))
    text = everything(citizen.database)
    assert not [secret for secret in SECRETS if secret in text]


def test_a_line_that_a_crash_cut_off_spoils_no_other(ledger):
    ledger.add([Erased("pu", "talk", 1, MONDAY, MONDAY)])
    with ledger.path.open("a") as file:
        file.write('["pu", "talk", 2, "2026-')
    ledger.add([Erased("pu", "talk", 3, MONDAY, MONDAY)])
    assert [each.subject for each in ledger.read()] == [1, 3]


def test_the_list_lies_beside_the_key_or_where_the_settings_say(tmp_path):
    from bot.config import DEFAULT, read

    beside = Ledger.of(read(DEFAULT, {}))
    assert beside.path == Path("~/.config/loket/erased.jsonl").expanduser()
    given = Ledger.of(read(DEFAULT, {"LOKET_FILES__KEY": "x" * 43 + "="}))
    assert given.path == Path("var/files/erased.jsonl")
    named = Ledger.of(read(DEFAULT, {"LOKET_FILES__ERASED_PATH": str(tmp_path / "list")}))
    assert named.path == tmp_path / "list"
