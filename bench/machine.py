"""What the figures were measured on."""

import os
import platform
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.config import ROOT

PEERS = ("python-telegram-bot", "aiogram", "SQLAlchemy", "fastapi", "uvicorn")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is removed again, on the disk where the program keeps its data.

    The system's folder for temporary files may be memory, where syncing costs nothing.
    """
    place = ROOT / "var"
    place.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=place) as name:
        yield Path(name)


def describe() -> list[tuple[str, str]]:
    """(what, value) for the report."""
    memory = int(_found("/proc/meminfo", r"MemTotal: *(\d+)") or 0) / 1e6
    return [
        ("CPU", _found("/proc/cpuinfo", r"model name\s*: (.*)") or platform.processor()),
        ("cores", str(os.cpu_count())),
        ("memory", f"{memory:.1f} GB"),
        ("system", f"{platform.system()} {platform.release().split('-')[0]}"),
        ("Python", sys.version.split()[0]),
        ("SQLite", sqlite3.sqlite_version),
        ("libraries", ", ".join(f"{name} {version(name)}" for name in PEERS)),
        ("disk, 4 kB written and synced", f"{sync_latency() * 1000:.2f} ms"),
        ("load before the run", f"{os.getloadavg()[0]:.1f}"),
    ]


def sync_latency(times: int = 200) -> float:
    """The median seconds for a small write to reach the disk."""
    took = []
    with folder() as place, (place / "sync").open("wb", buffering=0) as file:
        for _ in range(times):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    return statistics.median(took)


def _found(path: str, pattern: str) -> str:
    """What a line of a file says, or nothing."""
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1].strip() if found else ""
