"""`loket demo`: the real program on a temporary folder, a citizen in a chat, an officer at work.

Everything goes over HTTP, as browsers and platforms do it; the photos are real files.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import httpx

from bot.demo.base import DemoFailed
from bot.demo.counter import Counter
from bot.demo.officer import Officer
from bot.demo.stage import channel, free_address, program
from bot.demo.story import Citizen, tell, tell_at_the_counter


def play(environment: Mapping[str, str], on: str) -> int:
    """Play the whole story on a channel and print the chat; returns the exit code."""
    base = free_address()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="loket-demo-") as folder,
            channel(on, base, environment) as (phone, settings),
            program(Path(folder), base, settings, environment) as running,
        ):
            officer = Officer(running.desk)
            tell(Citizen(phone), officer, running)
            tell_at_the_counter(Counter(running.desk), officer)
    except httpx.TransportError as failed:
        return _failed(f"nobody answers at {failed.request.url.netloc.decode()}")
    except (DemoFailed, httpx.HTTPStatusError) as failed:
        return _failed(str(failed).partition("\n")[0])
    except KeyboardInterrupt:
        return 130
    return 0


def _failed(reason: str) -> int:
    print(f"\nThe demo failed: {reason}", file=sys.stderr)
    return 1
