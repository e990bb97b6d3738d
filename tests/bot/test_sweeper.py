"""Files of the vault that no row knows go once a day, and no other file ever does."""

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import assemble
from bot.config import DEFAULT, read
from bot.gate import Gate
from bot.sweeper import MOST, sweep
from bot.ticks import tick
from storage import enclosures, erasure
from storage.files import Keys, Vault
from storage.tables import ATTACHMENTS, DOOMED_FILES, LETTERS
from talk import MONDAY, Citizen, rows

OFFICE = "pu"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "files", Keys((b"k" * 32,)))


def puts(vault: Vault, *names: str) -> None:
    """Files that were put long ago."""
    for name in names:
        vault.put(name, OFFICE, b"bytes")
    for path in vault._folder.rglob("*"):
        os.utime(path, (time.time() - 7200,) * 2)


def sweeps(citizen: Citizen, vault: Vault, **later: float) -> int:
    citizen.waits(**later)

    async def work() -> int:
        return await sweep(Gate(citizen.database), vault, citizen.now)

    return asyncio.run(work())


def kept(vault: Vault) -> set[str]:
    return {path.name for path in vault._folder.rglob("*") if path.is_file()}


def test_what_no_row_knows_goes_and_the_photos_of_drafts_stay(citizen, vault):
    citizen.starts("ktp_ganti").continues(until="kk_photo")
    (photo,) = rows(citizen.database, ATTACHMENTS)
    puts(vault, photo.id, "raw-0001", "signed-0001")
    assert sweeps(citizen, vault) == 2
    assert kept(vault) == {photo.id}


def test_what_is_just_being_put_stays(citizen, vault):
    vault.put("raw-0001", OFFICE, b"bytes")
    assert sweeps(citizen, vault) == 0
    assert kept(vault) == {"raw-0001"}


def test_an_upload_stays_until_it_was_examined(citizen, vault):
    file = citizen.starts("ktp_ganti").continues(until="police").announces()
    uploaded = sa.update(ATTACHMENTS).values(remote={"upload": "raw-0001", "office": OFFICE})
    citizen.database.write(lambda tx: tx.execute(uploaded))
    puts(vault, "raw-0001", file)
    assert sweeps(citizen, vault) == 0
    citizen.judged(file)
    assert sweeps(citizen, vault, days=1) == 1
    assert kept(vault) == {file}


def test_letters_enclosures_and_what_waits_for_the_eraser_stay(citizen, vault):
    citizen.submits()
    letter = {
        "office_id": OFFICE, "ticket_id": 1, "kind": "domisili", "series": "470", "year": 2026,
        "initials": "YA", "issued_at": MONDAY, "issued_by": "sari", "state": "issued",
        "revoked_by": "", "reason": "",
    }  # fmt: skip

    def work(tx: Any) -> None:
        tx.execute(sa.insert(LETTERS), [
            {**letter, "number": "1", "sequence": 1, "token": "filed", "file": "letter-filed"},
            {**letter, "number": "2", "sequence": 2, "token": "printed", "file": "",
             "state": "revoked"},
        ])  # fmt: skip
        enclosures.create(
            tx, "photo-0001", office_id=OFFICE, kind="photo", media_type="image/jpeg", size=5,
            name="", made_by="sari", now=MONDAY,
        )  # fmt: skip
        tx.execute(sa.insert(DOOMED_FILES).values(id="doomed-0001", office_id=OFFICE))

    citizen.database.write(work)
    names = {"letter-filed", "letter-printed", "photo-0001", "doomed-0001"}
    puts(vault, *names, "letter-unknown")
    assert sweeps(citizen, vault) == 1
    assert kept(vault) == names


def test_what_a_killed_eraser_left_of_a_request_goes(citizen, vault):
    citizen.submits()
    puts(vault, *(row.id for row in rows(citizen.database, ATTACHMENTS)))
    citizen.database.write(lambda tx: erasure.tickets(tx, [1]))
    assert sweeps(citizen, vault) == 0, "the eraser has them on its list"
    citizen.database.write(lambda tx: tx.execute(sa.delete(DOOMED_FILES)))
    assert sweeps(citizen, vault, days=1) == 2


def test_beside_the_wrong_database_only_raw_uploads_go(citizen, vault, caplog):
    puts(vault, *(f"photo-{number:04}" for number in range(MOST + 1)), "raw-0001")
    assert sweeps(citizen, vault) == 1
    assert len(kept(vault)) == MOST + 1
    assert "belong to no row" in caplog.text


def test_it_is_done_once_a_day(citizen, vault):
    assert sweeps(citizen, vault) == 0
    puts(vault, "raw-0001")
    assert sweeps(citizen, vault, hours=23) == 0
    assert sweeps(citizen, vault, hours=2) == 1
    assert citizen.now - MONDAY > timedelta(days=1)


def test_the_daily_work_does_it(citizen, vault, tmp_path):
    settings = read(DEFAULT, {"LOKET_FILES__ERASED_PATH": str(tmp_path / "erased")})
    puts(vault, "raw-0001")

    async def work() -> dict[str, int]:
        return await tick(assemble(settings, citizen.house, citizen.database, vault))

    assert asyncio.run(work())["swept"] == 1
    assert kept(vault) == set()
