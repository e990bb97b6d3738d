"""The program's side, for tests of the fake: the official library, a webhook, bare requests.

The library is pointed at another address in one of two ways.  Its domains have a `base_url`;
that is all `client_for` needs.  Where requests shall not block, `Elsewhere` is an HTTP client of
ours in the library's place: it moves every host of Twilio to one address, sends JSON as JSON,
keeps its timeout and repeats nothing, none of which the library's own asynchronous client does.
"""

import asyncio
import logging
import re
import threading
import time
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.types import Receive, Scope, Send
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from fakes.telegram_thread import ServerThread
from fakes.twilio import FakeTwilio
from fakes.twilio_http import Answer, headers_of, read_body, send_answer

_TWILIO = re.compile(r"https://[\w.-]+\.twilio\.com")


def client_for(fake: FakeTwilio, **given: Any) -> Any:
    """The official client, its requests going to the fake."""
    client = Client(fake.account_sid, fake.auth_token, **given)
    client.api.base_url = client.content.base_url = fake.url
    return client


class Elsewhere(AsyncHttpClient):  # type: ignore[misc]
    """Twilio's hosts at another address, asked without blocking."""

    def __init__(self, base: str, timeout: float = 15.0) -> None:
        super().__init__(logging.getLogger("twilio"), True, timeout)
        self._base = base.rstrip("/")
        # reading the certificates of the world takes longer than most tests
        self._client = httpx.AsyncClient(timeout=timeout, verify=False, trust_env=False)

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 (the library calls it so)
        allow_redirects: bool = False,
    ) -> Any:
        as_json = (headers or {}).get("Content-Type") == "application/json"
        answer = await self._client.request(
            method,
            _TWILIO.sub(self._base, uri, count=1),
            params=params,
            json=data if as_json else None,
            data=None if as_json else data,
            headers=headers,
            auth=auth,
            timeout=timeout or self.timeout,
            follow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        await self._client.aclose()


class Program:
    """A program that is told of messages: checks signatures, keeps forms, hosts files."""

    def __init__(self, fake: FakeTwilio, public: str = "https://loket.example.go.id") -> None:
        self.fake = fake
        self.public = public
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.answer = Answer(204)
        self.delay = 0.0
        self.at_once = self.most_at_once = 0
        self.files: dict[str, tuple[str, bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self._came = threading.Condition()
        self._validator = RequestValidator(fake.auth_token)
        self._thread = ServerThread(self._app, "127.0.0.1", 0, _nothing, _nothing)

    @property
    def url(self) -> str:
        return f"http://{self._thread.host}:{self._thread.port}"

    def __enter__(self) -> "Program":
        self._thread.start()
        self.fake.webhook(f"{self.url}/whatsapp", f"{self.public}/whatsapp")
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.stop()

    def hosts(self, path: str, mime: str, content: bytes) -> str:
        """A file of ours; returns its public address."""
        self.files[path] = (mime, content)
        return self.public + path

    @property
    def statuses(self) -> list[str]:
        """What the status callbacks said, in the order they came."""
        return [form["MessageStatus"] for form in self.forms if "MessageStatus" in form]

    def waits_for(self, count: int, timeout: float = 5.0) -> list[dict[str, str]]:
        """The first so many forms."""
        with self._came:
            enough = self._came.wait_for(lambda: len(self.forms) >= count, timeout)
        assert enough, f"only {len(self.forms)} of {count} forms came: {self.forms}"
        return self.forms[:count]

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["path"], headers_of(scope)
        body = await read_body(receive)
        if path in self.files:
            self.asked.append((scope["method"], path))
            mime, content = self.files[path]
            await send_answer(send, Answer(200, content, mime))
            return
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = headers.get("x-twilio-signature", "")
        query = scope["query_string"].decode()
        url = f"{self.public}{path}" + (f"?{query}" if query else "")
        if not self._validator.validate(url, form, signature):
            await send_answer(send, Answer(403))
            return
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(self.delay)
        self.at_once -= 1
        with self._came:
            self.forms.append(form)
            self.headers.append(headers)
            self._came.notify_all()
        await send_answer(send, self.answer)


async def _nothing() -> None:
    """Nothing to begin or to end."""


def asked(fake: FakeTwilio, method: str, path: str, **given: Any) -> httpx.Response:
    """A request without the library, and without reading certificates first."""
    auth = given.pop("auth", (fake.account_sid, fake.auth_token))
    address = path if path.startswith("http") else fake.url + path
    return httpx.request(method, address, auth=auth, verify=False, trust_env=False, **given)


def send(fake: FakeTwilio, to: str, body: str = "halo", **fields: Any) -> tuple[int, int, str]:
    """POST a message; the HTTP status, Twilio's code, and the sid or the error's words."""
    path = f"/2010-04-01/Accounts/{fake.account_sid}/Messages.json"
    sender = fake.whatsapp_from if to.startswith("whatsapp:") else fake.sms_from
    form = {"From": sender, "To": to, "Body": body} | fields
    answer = asked(fake, "POST", path, data={k: v for k, v in form.items() if v != ""})
    given = answer.json()
    return answer.status_code, given.get("code", 0), given.get("sid") or given["message"]


def outcome(fake: FakeTwilio, sid: str, timeout: float = 5.0) -> tuple[str, int]:
    """What became of a message: its last status and error."""
    fake.waits_until_quiet(timeout)
    message = fake.world.messages[sid]
    return message.status, message.error


def waits(condition: Any, timeout: float = 5.0) -> None:
    """Block until something is so."""
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)
