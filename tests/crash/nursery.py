"""Gives birth to the real program quickly, so that it can be killed hundreds of times.

Imports everything once; for each line on standard input ("" or a fault such as
"send.after:3") it forks a child that runs `loket run`, and prints the child's process id.
When a child has ended it prints "ended".
"""

import os
import sys

import uvicorn  # noqa: F401

import bot.app
import bot.commands
import bot.whatsapp
from bot import cli
from storage import faults


def main() -> None:
    assert bot.app is not None
    assert bot.whatsapp is not None
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            faults.arm(line.strip())
            code = 1
            try:
                code = cli.run(["run"])
            finally:
                os._exit(code)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
