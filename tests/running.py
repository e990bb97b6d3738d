"""The real program as a process of its own, for tests that go over HTTP."""

import base64
import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

from nursery import Life, Nursery

KEY = base64.b64encode(b"k" * 32).decode()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether the program at this address is ready."""
    line = HTTPConnection(url.removeprefix("http://"), timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


class Running:
    """`python -m bot run` in a folder of its own; settings as environment variables."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = int(settings.get("LOKET_WEB__PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("LOKET_")},
            "LOKET_DATABASE__URL": f"sqlite:///{folder}/loket.db",
            "LOKET_FILES__PATH": f"{folder}/files",
            "LOKET_FILES__KEY": KEY,
            "LOKET_WEB__PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self.process: Life | subprocess.Popen[str] | None = None
        self.printed = folder / "printed.txt"

    def start(self, patience: float = 20, *, anew: bool = False) -> Self:
        """Start and wait until it is ready.

        anew  by a Python of its own, as `make run` does it; else it is born in the nursery
        """
        self.process = self._anew() if anew else Nursery.open().born(self.environment, self.printed)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the program ended at once:\n{self.printed.read_text()}")
            if answers(self.url):
                return self
            time.sleep(0.02)
        raise AssertionError(f"the program was never ready:\n{self.printed.read_text()}")

    def _anew(self) -> subprocess.Popen[str]:
        with self.printed.open("a") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def stop(self, patience: float = 5) -> int:
        """End it as Ctrl-C or a service manager would; returns its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=patience)

    def kill(self) -> None:
        """End it as a power failure would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self if self._lives() else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lives():
            self.stop()

    def _lives(self) -> bool:
        return self.process is not None and self.process.poll() is None
