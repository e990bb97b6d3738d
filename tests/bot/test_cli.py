"""The commands, as a person types them."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fakes.telegram import FakeTelegram
from running import Running
from storage import inbox
from storage.db import Database
from storage.outbox import sent_to
from storage.schema import upgrade
from talk import MONDAY, Citizen, house


def loket(
    folder: Path, *arguments: str, says: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    plan = Running(folder, **settings)
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=plan.environment,
        input=says,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_wrong_settings_exit_with_2_and_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[web]\nhost = 3\nfoo = 1\n")
    done = loket(tmp_path, "--config", str(file), "run")
    assert done.returncode == 2
    assert "mine.toml:2: web.host" in done.stderr
    assert "web.foo" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_config_variable_names_another_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[nope]\n")
    assert loket(tmp_path, "check", LOKET_CONFIG=str(file)).returncode == 2


def test_check_finds_no_mistakes(tmp_path: Path) -> None:
    done = loket(tmp_path, "check")
    assert done.returncode == 0, done.stderr
    assert "no mistakes" in done.stdout
    assert "ktp_ganti" in done.stdout


def test_diagram_draws_a_service(tmp_path: Path) -> None:
    done = loket(tmp_path, "diagram", "domisili")
    assert done.stdout.startswith("flowchart TD")
    assert loket(tmp_path, "diagram", "nothing").returncode == 2


def test_try_chats_in_the_terminal(tmp_path: Path) -> None:
    done = loket(tmp_path, "try", "ktp_ganti", says="1\nsaya sendiri\nya\nsetuju\n330227\n")
    assert done.returncode == 0, done.stderr
    assert "KTP-nya kenapa?" in done.stdout
    assert "Baru 6 angka" in done.stdout


def test_tick_makes_one_pass_and_ends(tmp_path: Path) -> None:
    done = loket(tmp_path, "tick", "--at", "2026-11-23T08:00+07:00")
    assert done.returncode == 0, done.stderr
    assert "messages 0" in done.stdout
    assert loket(tmp_path, "tick", "--at", "someday").returncode == 2
    assert loket(tmp_path, "tick", "--at", "2026-11-23T08:00").returncode == 2


def test_tick_sends_what_waits(tmp_path: Path) -> None:
    with FakeTelegram() as fake:
        user = fake.user("Siti")
        user.start()
        fake.update  # noqa: B018  the program is not running: nobody fetches her /start
        database = Database(f"sqlite:///{tmp_path}/loket.db")
        upgrade(database)
        Citizen(database, house(), address=str(user.id)).opens("pu")
        database.close()
        done = loket(
            tmp_path,
            "tick",
            "--at",
            "2026-11-23T09:00+07:00",
            LOKET_TELEGRAM__TOKEN=fake.token,
            LOKET_TELEGRAM__API_URL=fake.url,
        )
        assert done.returncode == 0, done.stderr
        assert "messages 1" in done.stdout
        assert "Mau urus apa" in user.last.text


def test_a_tick_at_a_time_does_what_is_due_then_and_nothing_twice(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/loket.db")
    upgrade(database)
    for address in ("7", "8"):
        Citizen(database, house(), address, "web").starts("ktp_ganti").continues(until="nik")

    def reminders() -> int:
        chats = database.read(lambda tx: sent_to(tx, "web", "7") + sent_to(tx, "web", "8"))
        return sum("masih tersimpan" in row.payload for row in chats)

    def tick(at: str) -> dict[str, int]:
        done = loket(tmp_path, "tick", "--at", at)
        assert done.returncode == 0, done.stderr
        counts = (part.rsplit(" ", 1) for part in done.stdout.strip().split(", "))
        return {name: int(count) for name, count in counts}

    assert tick("2026-11-24T07:59+07:00")["done"] == 0
    once = tick("2026-11-24T09:00+07:00")
    assert {"released", "sessions", "done", "dropped", "later", "failed"} <= once.keys()
    assert (once["done"], once["failed"], reminders()) == (2, 0, 2)
    again = tick("2026-11-24T09:00+07:00")
    assert (again["done"], again["later"], again["messages"], reminders()) == (0, 0, 0, 2)
    database.close()


def test_staff_are_added_listed_and_locked_out(tmp_path: Path) -> None:
    added = loket(tmp_path, "staff", "add", "sari", "--name", "Bu Sari", says="a-long-passphrase\n")
    assert added.returncode == 0, added.stderr
    assert "a-long-passphrase" not in added.stdout
    assert "sari\tBu Sari\tpu\tofficer\tactive" in loket(tmp_path, "staff", "list").stdout
    again = loket(tmp_path, "staff", "add", "sari", says="a-long-passphrase\n")
    assert again.returncode == 2
    assert loket(tmp_path, "staff", "add", "budi", says="short\n").returncode == 2
    assert loket(tmp_path, "staff", "disable", "sari").returncode == 0
    assert "disabled" in loket(tmp_path, "staff", "list").stdout
    assert loket(tmp_path, "staff", "disable", "nobody").returncode == 2


@pytest.fixture
def with_ticket(tmp_path: Path) -> Path:
    database = Database(f"sqlite:///{tmp_path}/loket.db")
    upgrade(database)
    citizen = Citizen(database, house())
    citizen.starts("ktp_ganti").chooses("KTP hilang").says("saya sendiri").says("ya")
    citizen.says("setuju").says("3302271708900003").says("=HYPERLINK Budi")
    citizen.says("Budi Santoso").says("3302270101150007").says("grendeng")
    citizen.sends().sends().says("kirim")
    assert citizen.ticket
    database.close()
    return tmp_path


def test_export_writes_tickets_as_json_lines(with_ticket: Path) -> None:
    done = loket(with_ticket, "export", "tickets", "--format", "jsonl")
    (row,) = map(json.loads, done.stdout.splitlines())
    assert row["number"].startswith("PU-2611-00001-")
    assert row["answers"]["name"] == "Budi Santoso"


def test_export_writes_csv_that_no_spreadsheet_runs(with_ticket: Path) -> None:
    done = loket(with_ticket, "export", "tickets", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["status"] == "submitted"
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
    assert not loket(with_ticket, "export", "tickets", "--office", "ma").stdout.strip()


def test_doctor_looks_at_everything(tmp_path: Path) -> None:
    done = loket(tmp_path, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    database" in done.stdout
    with FakeTelegram() as fake:
        settings = {"LOKET_TELEGRAM__TOKEN": fake.token, "LOKET_TELEGRAM__API_URL": fake.url}
        assert "@loket_test_bot" in loket(tmp_path, "doctor", **settings).stdout
    assert "WRONG telegram" in loket(tmp_path, "doctor", **settings).stdout


def test_who_lost_password_or_phone_is_let_in_again(tmp_path: Path) -> None:
    loket(tmp_path, "staff", "add", "sari", says="a-long-passphrase\n")
    changed = loket(tmp_path, "staff", "password", "sari", says="another-passphrase\n")
    assert changed.returncode == 0, changed.stderr
    assert "another-passphrase" not in changed.stdout
    assert loket(tmp_path, "staff", "password", "sari", says="short\n").returncode == 2
    assert loket(tmp_path, "staff", "password", "budi", says="another-passphrase\n").returncode == 2
    assert loket(tmp_path, "staff", "reset-totp", "sari").returncode == 0
    assert loket(tmp_path, "staff", "reset-totp", "budi").returncode == 2


def test_run_prints_the_invitation_once_and_ends_cleanly(tmp_path: Path) -> None:
    with Running(tmp_path).start(anew=True) as program:
        printed = program.printed.read_text()
        assert "/desk/invite/" in printed
        page = httpx.get(f"{program.url}/")
        assert page.status_code == 200
        assert program.stop() == 0
    loket(tmp_path, "staff", "add", "sari", says="a-long-passphrase\n")
    again = Running(tmp_path)
    again.printed = tmp_path / "again.txt"
    with again:
        assert "/desk/invite/" not in again.printed.read_text()


def test_the_first_run_makes_a_key_outside_the_data(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "files.key"
    settings = {"LOKET_FILES__KEY": "", "LOKET_FILES__KEY_PATH": str(key)}
    with Running(tmp_path, **settings):
        assert key.stat().st_mode & 0o777 == 0o600
    inside = {**settings, "LOKET_FILES__KEY_PATH": str(tmp_path / "files" / "key")}
    assert loket(tmp_path, "run", **inside).returncode == 2
    wrong = {"LOKET_FILES__KEY": "c2hvcnQ="}
    assert loket(tmp_path, "run", **wrong).returncode == 2


def test_replay_gives_updates_that_were_set_aside_their_effect(tmp_path: Path) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Siti"}
    message = {"message_id": 1, "date": 1, "text": "/start pu", "from": person}
    update = {"update_id": 5, "message": {**message, "chat": {"id": 7, "type": "private"}}}
    database = Database(f"sqlite:///{tmp_path}/loket.db")
    upgrade(database)
    for number, raw in enumerate((json.dumps(update), "{not json")):
        database.write(
            lambda tx, number=number, raw=raw: inbox.take(
                tx, now=MONDAY, office_id="", channel="telegram", external_id=str(number),
                address="7", raw=raw, state="failed", error="a bug",
            )
        )  # fmt: skip
    done = loket(tmp_path, "replay")
    assert (done.returncode, done.stdout) == (1, "1 done, 1 still failing\n")
    (row,) = database.read(lambda tx: sent_to(tx, "telegram", "7"))
    assert "Mau urus apa" in row.payload
    assert loket(tmp_path, "replay").stdout == "0 done, 1 still failing\n"
    database.close()
