"""The real program as its own process, and what a platform needs to talk with it.

A platform's side is as little as the program needs: it answers each call at once and remembers
when the first message to each person came.  How strict the platforms really are belongs to the
tests.  Which platform it is, and how it speaks, is known to bench/telegram.py and twilio.py.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.common import Json
from bot.config import PREFIX, ROOT

HOST = "127.0.0.1"
PATIENCE = 30.0
"""Seconds after which the program counts as not starting."""


class Platform:
    """A server at `url`; `first_message` says when each person first heard from the program."""

    def __init__(self) -> None:
        self.first_message: dict[str, float] = {}
        self.messages = 0
        self.url = ""
        self._server: asyncio.Server | None = None

    @property
    def settings(self) -> Mapping[str, str]:
        """What makes the program use this platform."""
        raise NotImplementedError

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        """Status and JSON for one call."""
        raise NotImplementedError

    def sent(self, person: str) -> int:
        """Note a message to that person; its number."""
        self.first_message.setdefault(person, time.perf_counter())
        self.messages += 1
        return self.messages

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                found = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(found[1])) if found else b""
                method, path, _ = head.split(" ", 2)
                status, given = self.answer(method, path.partition("?")[0], body)
                answer = json.dumps(given).encode()
                writer.write(
                    b"HTTP/1.1 %d OK\r\ncontent-type: application/json\r\n"
                    b"content-length: %d\r\n\r\n%s" % (status, len(answer), answer)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Running:
    """`python -m bot run` on a folder of its own."""

    def __init__(
        self, folder: Path, platform: Platform, more: Mapping[str, str] | None = None
    ) -> None:
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.port: int = free.getsockname()[1]
        ours = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        self.database = folder / "loket.db"
        self._log = (folder / "program.log").open("ab")
        settings = {
            "DATABASE__URL": f"sqlite:///{self.database}",
            "FILES__PATH": str(folder / "files"),
            "FILES__KEY_PATH": str(folder / "files.key"),
            "WEB__PORT": str(self.port),
            "WEB__PUBLIC_URL": f"http://{HOST}:{self.port}",
            **platform.settings,
            **(more or {}),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env={**ours, **{PREFIX + key: value for key, value in settings.items()}},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    async def connect(self) -> "Line":
        """A connection, as soon as the program accepts one."""
        deadline = time.perf_counter() + PATIENCE
        while time.perf_counter() < deadline and self._process.poll() is None:
            try:
                return Line(*await asyncio.open_connection(HOST, self.port))
            except OSError:
                await asyncio.sleep(0.005)
        raise RuntimeError(f"the program did not start; see {self._log.name}")

    def memory(self) -> tuple[float, float]:
        """(now, at most) resident MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        now, most = (re.search(rf"{name}:\s+(\d+) kB", status) for name in ("VmRSS", "VmHWM"))
        assert now is not None
        assert most is not None
        return int(now[1]) / 1024, int(most[1]) / 1024

    def processor(self) -> float:
        """Seconds of processor time it has used."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it as an administrator would, and wait until it is gone."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Line:
    """One connection over which a platform brings updates."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, request: bytes) -> int:
        """Bring one request, as `request` makes it; the status of the answer."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        await self._reader.readexactly(length)
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A POST, ready for the line."""
    lines = [f"POST {path} HTTP/1.1", "host: bench", *(f"{k}: {v}" for k, v in headers.items())]
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
    return head.encode() + body
