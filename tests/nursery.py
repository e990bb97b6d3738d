"""Gives birth to the real program quickly: what takes longest, importing it, was done once.

Run by itself this is the nursery.  For each line on standard input, a job in JSON, it forks
a child that is the program with that environment, and prints the child's process id; when a
child has ended it prints the id and the exit code.  `python -m bot` itself is started by the
tests of the command line.
"""

import atexit
import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

PATIENCE = 30.0
"""Seconds in which a child is born."""


class Life:
    """One life of the program, as far as `subprocess.Popen` would tell of it."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it lives."""
        return self._nursery.ended.get(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.  Raises TimeoutError."""
        with self._nursery.news:
            if not self._nursery.news.wait_for(lambda: self.pid in self._nursery.ended, timeout):
                raise TimeoutError(f"the program still lives after {timeout} seconds")
        return self._nursery.ended[self.pid]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has just ended, and we are about to hear of it
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Where lives begin; one serves all tests of a process."""

    def __init__(self) -> None:
        self.ended: dict[int, int] = {}
        self.news = threading.Condition()
        self._born: list[int] = []
        self._one_by_one = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    @classmethod
    @cache
    def open(cls) -> Self:
        """The nursery of this process; it ends with it."""
        nursery = cls()
        atexit.register(nursery.close)
        return nursery

    def born(self, environment: dict[str, str], printed: Path, fault: str = "") -> Life:
        """A new life of the program; what it prints is added to a file."""
        job = {"environment": environment, "printed": str(printed), "fault": fault}
        assert self._process.stdin is not None
        with self._one_by_one, self.news:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            assert self.news.wait_for(lambda: self._born, PATIENCE), "the nursery gives no birth"
            return Life(self, self._born.pop())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            number, *code = map(int, line.split())
            with self.news:
                if code:
                    self.ended[number] = code[0]
                else:
                    self.ended.pop(number, None)  # ids come again
                    self._born.append(number)
                self.news.notify_all()


# --- the nursery itself ---------------------------------------------------------------


def main() -> None:
    import uvicorn  # noqa: F401

    import bot.app
    import bot.commands
    import bot.whatsapp  # noqa: F401

    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    jobs = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            _bury()
        if 0 in ready:
            read = os.read(0, 1_000_000)
            if not read:
                return
            *lines, jobs = (jobs + read).split(b"\n")
            for line in lines:
                _bear(json.loads(line))


def _bear(job: dict[str, object]) -> None:
    child = os.fork()
    if child:
        print(child, flush=True)
        return
    code = 1
    try:
        from bot import cli
        from storage import faults

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        out = os.open(str(job["printed"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
            os.dup2(file, number)
        os.environ.clear()
        os.environ.update(job["environment"])  # type: ignore[call-overload]
        time.tzset()
        random.seed()
        faults.arm(str(job["fault"]))
        code = cli.run(["run"])
    finally:
        os._exit(code)


def _bury() -> None:
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        print(child, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
