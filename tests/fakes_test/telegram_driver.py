"""python-telegram-bot driven from plain tests: `driver.send_message(…)` waits for the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx
from telegram import Bot
from telegram.request import HTTPXRequest

from fakes.telegram import FakeTelegram, FakeUser

OK = (200, "")


class Driver:
    """The bot's side, spoken by the official library."""

    def __init__(self, fake: FakeTelegram, token: str = "") -> None:
        self._runner = asyncio.Runner()
        # reading the certificates of the world takes longer than most tests
        self._requests = [
            HTTPXRequest(connection_pool_size=size, httpx_kwargs={"verify": False})
            for size in (256, 1)  # as the library has it: one connection for polling
        ]
        self.bot = Bot(
            token or fake.token,
            base_url=f"{fake.url}/bot",
            base_file_url=f"{fake.url}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._close())
        self._runner.close()

    async def _close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    def run(self, work: Callable[[Bot], Awaitable[Any]]) -> Any:
        """Something with several awaits in it."""

        async def whole() -> Any:
            return await work(self.bot)

        return self._runner.run(whole())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self.run(lambda bot: getattr(bot, name)(*args, **kwargs))

        return call


def post(url: str, **given: Any) -> httpx.Response:
    """A request without the library, and without reading certificates first."""
    return httpx.post(url, verify=False, trust_env=False, **given)


def get(url: str, **given: Any) -> httpx.Response:
    return httpx.get(url, verify=False, trust_env=False, **given)


def ask(fake: FakeTelegram, method: str, **given: Any) -> tuple[int, str]:
    """The status and the description of an answer."""
    answer = post(f"{fake.url}/bot{fake.token}/{method}", json=given).json()
    return (200, "") if answer["ok"] else (answer["error_code"], answer["description"])


def say(user: FakeUser, fake: FakeTelegram, text: str, **given: Any) -> tuple[int, str]:
    return ask(fake, "sendMessage", chat_id=user.id, text=text, **given)


def refused(reason: str) -> tuple[int, str]:
    return 400, f"Bad Request: {reason}"


def buttons(*row: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(row)]}
