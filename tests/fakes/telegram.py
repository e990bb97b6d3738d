"""A Telegram for tests: a real server that speaks the Bot API as strictly as the platform.

    with FakeTelegram(allow_http=True) as fake:
        siti = fake.user("Siti")
        siti.start()
        siti.waits_for("Selamat datang")

The program under test gets `fake.url` as the address of the Bot API.  What the platform refuses
is refused here, in its words; what a person sees is in `user.messages`.  `python -m fakes.telegram
--port N` runs it as a process of its own, moved by `/control/…` (see `telegram_control`).

Knows nothing of Loket.
"""

import argparse
import asyncio
import itertools
import signal
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from fakes.telegram_control import Control
from fakes.telegram_errors import Json
from fakes.telegram_faults import Fault, Faults, Limits, Trouble
from fakes.telegram_files import picture
from fakes.telegram_methods import Methods
from fakes.telegram_model import Button, Call, Chat, Queued, SentMessage, Tap
from fakes.telegram_people import FakeGroup, FakeUser
from fakes.telegram_server import Server
from fakes.telegram_thread import ServerThread
from fakes.telegram_webhook import Courier
from fakes.telegram_world import World

__all__ = ["Button", "FakeGroup", "FakeTelegram", "FakeUser", "SentMessage", "Tap", "picture"]

TOKEN = "123456:TEST-0000000000000000000000000000000"


class FakeTelegram:
    """One bot's Telegram.  Stopped and started again, it keeps its port and its memory."""

    def __init__(
        self,
        token: str = TOKEN,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: bool = True,
        burst: int = 3,
        allow_http: bool = False,
        clock: Callable[[], float] = time.time,
        callback_life: float = 15.0,
        webhook_retry: float = 0.05,
        webhook_timeout: float = 60.0,
        privacy: bool = True,
    ) -> None:
        self.token = token
        bot: Json = {
            "id": int(token.split(":")[0]),
            "is_bot": True,
            "first_name": "Loket",
            "username": "loket_test_bot",
        }
        self.world = World(bot, clock)
        self.world.privacy = privacy
        self.limits = Limits(clock, limits, burst)
        self.faults = Faults()
        methods = Methods(self.world, self.limits, allow_http, callback_life)
        self._server = Server(token, self.world, methods, self.faults, Control(self))
        self._courier = Courier(self.world, webhook_retry, webhook_timeout)
        self._user_ids = itertools.count(5_000_000_001)
        self._thread = ServerThread(
            self._server, host, port, self._courier.restart, self._courier.stop
        )
        self.world.on_update = self._on_update
        methods.on_webhook = self._on_webhook

    # the server

    @property
    def url(self) -> str:
        """The address to give the program; it adds /bot<token> and /file/bot<token>."""
        return f"http://{self._thread.host}:{self._thread.port}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Open the port and serve from a thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every connection, as in an outage."""
        self._thread.stop()

    def _on_update(self, queued: Queued) -> None:
        def deliver() -> None:
            self._server.wake()
            self._courier.accept(queued)

        self._thread.in_loop(deliver)

    def _on_webhook(self) -> None:
        def change() -> None:
            self._server.end_poll("setWebhook request")
            self._changing = asyncio.ensure_future(self._courier.restart())

        self._thread.in_loop(change)

    # people and groups

    def user(self, name: str, id: int | None = None, language: str = "id") -> FakeUser:
        """A person; the same id is the same person.

        The bot may not write to them before they have written.
        """
        with self.world.lock:
            id = next(self._user_ids) if id is None else id
            profile = self.world.people.setdefault(
                id,
                {
                    "id": id,
                    "is_bot": False,
                    "first_name": name or "Warga",
                    "language_code": language,
                },
            )
            info = {"id": id, "first_name": profile["first_name"], "type": "private"}
            chat = self.world.open_chat(Chat(id, "private", info, access="never started"))
            return FakeUser(self.world, profile, chat)

    def group(self, id: int, title: str = "Petugas") -> FakeGroup:
        """A group with the bot in it; ids are negative, a supergroup's begin with -100."""
        assert id < 0, "the id of a group is negative"
        info = {"id": id, "title": title}
        if str(id).startswith("-100"):
            chat = Chat(id, "supergroup", info | {"type": "supergroup"})
        else:
            chat = Chat(id, "group", info | {"type": "group"})
        return FakeGroup(self.world, self.world.open_chat(chat))

    # updates

    def update(self, raw: Json) -> Json:
        """Queue any update, as it is; returns it with its update_id."""
        return self.world.push_raw(raw, lane="raw")

    @property
    def updates_sent(self) -> list[Json]:
        """Every handing over of an update to the bot, repetitions included."""
        return self.world.updates_sent

    @property
    def pending(self) -> int:
        """Updates the bot has not confirmed yet."""
        return len(self.world.pending)

    def waits_until_delivered(self, timeout: float = 10.0) -> None:
        """Block until the bot has confirmed every update."""
        with self.world.changed:
            done = self.world.changed.wait_for(lambda: not self.world.pending, timeout)
        assert done, f"{self.pending} updates were not confirmed within {timeout} s"

    @property
    def deliver_twice(self) -> bool:
        """Hand every update over twice."""
        return self._courier.twice

    @deliver_twice.setter
    def deliver_twice(self, twice: bool) -> None:
        self._courier.twice = self._server.twice = twice

    @property
    def separate_lanes(self) -> bool:
        """Push messages and taps of one chat independently, as the platform really does."""
        return self.world.separate_lanes

    @separate_lanes.setter
    def separate_lanes(self, separate: bool) -> None:
        self.world.separate_lanes = separate

    # trouble and what was seen of it

    def fail(
        self,
        method: str,
        times: int = 1,
        status: Trouble | None = None,
        retry_after: int | None = None,
        chat: FakeUser | FakeGroup | int | None = None,
        after_accept: bool = False,
        delay: float = 30.0,
        description: str = "",
    ) -> None:
        """Fail the next calls of a method ("file" for downloads, "*" for all).

        `status` is an HTTP status, "slow" (answers after `delay`; nothing is done if the caller
        hangs up before), "garbage" (200 with HTML) or "drop" (the line is cut).  With
        `after_accept` the call is carried out first and only its answer is lost; then "drop" is
        the default, else 500.
        """
        trouble: Trouble = status if status is not None else "drop" if after_accept else 500
        chat_id = chat.chat.id if isinstance(chat, FakeUser | FakeGroup) else chat
        self.faults.add(
            Fault(method, times, trouble, retry_after, chat_id, after_accept, delay, description)
        )

    @property
    def refused(self) -> int:
        """How many calls were answered with 429."""
        return self.world.refused

    @property
    def calls(self) -> list[Call]:
        """Every call of the bot, in the order they were answered."""
        return self.world.calls

    @property
    def commands(self) -> dict[str, list[Json]]:
        """The command menu by language code, as set by setMyCommands."""
        return self.world.commands


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m fakes.telegram", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--no-limits", action="store_true", help="never answer 429 by itself")
    parser.add_argument("--strict-webhook", action="store_true", help="refuse http webhooks")
    given = parser.parse_args()
    fake = FakeTelegram(
        given.token,
        given.host,
        given.port,
        limits=not given.no_limits,
        allow_http=not given.strict_webhook,
    )
    with fake:
        print(f"telegram at {fake.url} for bot {fake.token}", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", flush=True)


if __name__ == "__main__":
    main()
