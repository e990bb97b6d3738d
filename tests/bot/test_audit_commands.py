"""`loket audit`: what it prints, and its exit codes."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from handlers import audit
from running import Running
from storage.db import Database
from storage.schema import upgrade
from talk import MONDAY


class Server:
    """The machine of an office at which three deeds were done."""

    def __init__(self, folder: Path) -> None:
        self.plan = Running(folder)
        self.path = folder / "loket.db"
        database = Database(self.plan.environment["LOKET_DATABASE__URL"])
        upgrade(database)
        for number in ("1", "2", "3"):
            database.write(
                lambda tx, n=number: audit.record(tx, "pu", "sari", "ticket.take", n, MONDAY)
            )
        database.close()

    def audit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "audit", *arguments],
            env=self.plan.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def changes(self, statement: str) -> None:
        url = self.plan.environment["LOKET_DATABASE__URL"]
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_whole_log_is_reported_with_its_head(server):
    done = server.audit("verify")
    assert done.returncode == 0, done.stderr
    assert "pu: 3 entries, all as they were written, head " in done.stdout


def test_the_first_broken_entry_is_named(server):
    server.changes("UPDATE audit SET actor = 'x' WHERE seq = 2")
    done = server.audit("verify", "--office", "pu")
    assert (done.returncode, done.stderr) == (1, "pu: entry 2 was changed\n")


def test_a_head_kept_elsewhere_shows_that_the_end_was_cut_off(server, tmp_path):
    kept = tmp_path / "head.txt"
    kept.write_text(server.audit("head").stdout)
    assert server.audit("verify", "--expect", str(kept)).returncode == 0
    server.changes("DELETE FROM audit")
    server.changes("DELETE FROM sequences WHERE series = 'audit'")
    assert server.audit("verify").returncode == 0
    done = server.audit("verify", "--expect", str(kept))
    assert (done.returncode, done.stderr) == (1, "pu: entry 1 and all after it are gone\n")


def test_a_file_that_holds_no_head_is_refused(server, tmp_path):
    (tmp_path / "head.txt").write_text("pu three abc")
    for name in ("head.txt", "nothing.txt"):
        done = server.audit("verify", "--expect", str(tmp_path / name))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
