"""The demo, as a person starts it: one story on every channel, or one clear line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import ROOT

OWN_SETTINGS = """
[web]
public_url = "https://loket.example.go.id"

[telegram]
token = "1:own"
api_url = "http://127.0.0.1:9"

[whatsapp]
account_sid = "AC00000000000000000000000000000000"
auth_token = "own"
from = "+628111222333"
api_url = "http://127.0.0.1:9"
"""


def demo(channel: str, cwd: Path, code: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--channel", channel],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.mark.parametrize("channel", ["web", "telegram", "whatsapp"])
def test_the_story_is_played_to_its_end_whatever_the_settings(tmp_path: Path, channel: str) -> None:
    (tmp_path / "config.toml").write_text(OWN_SETTINGS)
    done = demo(channel, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    heard = iter(done.stdout.splitlines())
    for words in (
        "< bkin ktp ilg gmn yaa",
        "tulisannya kabur",
        "Nomor: PU-2611-00001-4",
        "dikirim ulang",
        "diperiksa lagi",
        "silakan diambil",
        "[Sel 24/11 08.00]",
        "sudah dicatat",
        "Selasa, 24 November, pukul 08.00 WIB",
        "four in the afternoon",
        "Besok waktunya ambil hasil Ganti KTP",
        "at the counter",
        "sudah selesai",
        "< status",
        "PU-2611-00001-4 · collected",
        "without a phone comes to the counter",
        "Tulis NIK pemohon",
        "printed: slip, 58 mm",
        "printed: letter",
        "PU-2611-00002-3 · collected",
    ):
        assert any(words in line for line in heard), f"{words!r} is missing:\n{done.stdout}"

    if channel == "whatsapp":
        *_, later = done.stdout.partition("25 hours later")
        assert (
            "Catatan petugas: KTP bisa diambil di Loket 2.\n> \n> Ada yang kurang jelas?" in later
        )
        assert "[Cek status]" in later


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The program without its tests, as a package brings it."""
    for part in ("bot", "handlers", "flows", "storage", "templates"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "config.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_an_installed_package_refuses_what_only_a_clone_can_play(
    installed: Path, channel: str
) -> None:
    done = demo(channel, installed, installed)
    assert done.returncode == 2
    assert done.stderr == f"--channel {channel} needs tests/fakes, which only a clone has\n"


def test_a_demo_that_fails_says_so_and_exits_with_1(installed: Path) -> None:
    (installed / "tests" / "fakes").mkdir(parents=True)
    done = demo("telegram", installed, installed)
    assert done.returncode == 1
    assert done.stderr.endswith("The demo failed: fakes.telegram ended before it had begun\n")
    assert "Traceback" not in done.stderr


def test_an_unknown_channel_is_named_with_those_there_are(tmp_path: Path) -> None:
    done = demo("pigeon", tmp_path)
    assert done.returncode == 2
    assert "whatsapp" in done.stderr
