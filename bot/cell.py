"""A process of its own in which files are examined.

A parser that bursts, hangs or is taken over by a hostile file takes nothing along: the
cell has no secrets in its environment, a bound on its memory, and is ended when it takes
too long.  It ends by itself when the program does, however that happens.
"""

import asyncio
import json
import os
import signal
import struct
import sys
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from bot.examined import Examined, Unfit

ROOT = Path(__file__).resolve().parent.parent  # of bot.config, which would load all settings here
LONGEST = 20.0
"""Seconds for one file, after which it counts as broken."""
_LENGTH = struct.Struct(">I")


class CellDied(Exception):
    """The process ended in the middle of a file; another one will be started."""


class Cell:
    """Examines one file at a time in another process."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def examine(self, data: bytes) -> Examined:
        """Like `examine`, but nothing worse than Unfit or CellDied can happen."""
        async with self._lock:
            process = await self.start()
            try:
                return await asyncio.wait_for(_ask(process, data), self._longest)
            except TimeoutError:
                await self.close()
                raise Unfit("broken") from None
            except (asyncio.IncompleteReadError, OSError) as error:
                await self.close()
                raise CellDied from error

    async def start(self) -> asyncio.subprocess.Process:
        """Have the process ready; the first file then need not wait for it."""
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.cell",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 16,
                env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
            )
        return self._process

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


async def _ask(process: asyncio.subprocess.Process, data: bytes) -> Examined:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(_LENGTH.pack(len(data)) + data)
    await process.stdin.drain()
    head = json.loads(await process.stdout.readexactly(await _length(process.stdout)))
    if "unfit" in head:
        raise Unfit(head["unfit"])
    body = await process.stdout.readexactly(await _length(process.stdout))
    return Examined(data=body, **head)


async def _length(stream: asyncio.StreamReader) -> int:
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    return int(length)


# --- inside the cell -------------------------------------------------------------------


def main() -> None:
    """Examine what comes on standard input until it ends."""
    from bot.examine import confine  # only the cell itself loads the parsers

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which closes us
    confine()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        try:
            _answer(source.read(length), sink)
        except BrokenPipeError:
            os._exit(0)  # the program is gone, and nobody waits for the answer


def _answer(data: bytes, sink: BinaryIO) -> None:
    from bot.examine import examine

    body = b""
    try:
        seen = examine(data)
    except Unfit as unfit:
        head: dict[str, object] = {"unfit": unfit.code}
    else:
        body = seen.data
        head = {name: value for name, value in asdict(seen).items() if name != "data"}
    words = json.dumps(head).encode()
    sink.write(_LENGTH.pack(len(words)) + words)
    if "unfit" not in head:
        sink.write(_LENGTH.pack(len(body)) + body)
    sink.flush()


if __name__ == "__main__":
    main()
