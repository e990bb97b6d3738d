"""Twilio's API as the channels use it: messages, Content, media, over the official library.

The library's own asynchronous client ignores its timeout, sends Content as a form and repeats
requests by itself, so it gets an HTTP client of ours.  Media is fetched without the library:
our credentials go to the API's host alone, redirects are followed bare and to known hosts only.
"""

import asyncio
import ipaddress
import logging
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from twilio.base.exceptions import TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from bot.channels.base import FetchFailed, SendFailed
from handlers.delivery import GONE

HOME = "https://api.twilio.com"
TIMEOUT = 15.0
"""Seconds for any one request."""
FETCH_TIMEOUT = 60.0
"""Seconds for a whole file."""
LARGEST_FILE = 16 * 1024 * 1024
REDIRECTS = 4
MEDIA_HOST = re.compile(r"([a-z0-9][a-z0-9_-]{0,62}\.)+(twiliocdn|amazonaws)\.com")
"""Where the API sends those who ask for a file."""
AS_IT_IS = {"accept-encoding": "identity"}
"""What is packed could unfold without end."""
WRONG_SID = 21655
BUSY = 20429
RATE = 63018


class Unreachable(Exception):
    """Twilio gave no answer that can be used."""


@dataclass(frozen=True, slots=True)
class Held:
    """A Content resource at Twilio.

    status  of its review by WhatsApp: "approved", "pending", "rejected", …; empty if never asked
    """

    sid: str
    name: str
    language: str
    status: str = ""
    category: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message that Twilio keeps, with what a webhook would have said of it."""

    form: Mapping[str, str]
    sent_at: datetime


class Twilio:
    """One account."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_url: str = HOME,
        patience: float = FETCH_TIMEOUT,
    ) -> None:
        """patience: seconds for a whole file."""
        self.account_sid = account_sid
        self._auth = (account_sid, auth_token)
        self._base = api_url.rstrip("/")
        self._home = httpx.URL(self._base)
        self._patience = patience
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            trust_env=False,
        )
        self._client = Client(account_sid, auth_token, http_client=_Http(self._http))
        if self._base != HOME:
            self._client.api.base_url = self._client.content.base_url = self._base

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    # --- messages ----------------------------------------------------------------------

    async def send(self, **fields: Any) -> str:
        """Send a message; returns its sid.  Raises SendFailed."""
        try:
            sent = await self._client.api.v2010.account.messages.create_async(**fields)
        except Exception as error:
            raise failure(error) from error
        return str(sent.sid)

    async def status(self, sid: str) -> tuple[str, str]:
        """What became of a message, and the code if it failed.  Raises Unreachable."""
        try:
            message = await self._client.api.v2010.account.messages(sid).fetch_async()
        except Exception as error:
            if isinstance(error, TwilioRestException) and error.status == 404:
                return "accepted", ""  # deleted there: more will never be known
            raise Unreachable(type(error).__name__) from error
        return str(message.status), str(message.error_code or "")

    async def received(self, number: str, since: datetime | None) -> list[Listed]:
        """What was sent to our number from that time on, oldest first; just the newest if None.

        Raises Unreachable.
        """
        try:
            return await self._received(number, since)
        except Exception as error:
            raise Unreachable(type(error).__name__) from error

    async def _received(self, number: str, since: datetime | None) -> list[Listed]:
        given: dict[str, Any] = {"to": number, "page_size": 1 if since is None else 200}
        if since is not None:
            given["date_sent_after"] = since  # Twilio compares whole days in GMT
        found: list[Listed] = []
        stream = await self._client.api.v2010.account.messages.stream_async(**given)
        async for message in stream:
            if message.direction != "inbound" or message.date_sent is None:
                continue
            if since is not None and message.date_sent < since:
                break
            form = {
                "MessageSid": str(message.sid),
                "AccountSid": self.account_sid,
                "From": str(message.from_),
                "To": str(message.to),
                "Body": str(message.body or ""),
                "NumMedia": str(message.num_media or "0"),
                "DateSent": message.date_sent.isoformat(),
            }
            found.append(Listed(form, message.date_sent))
            if since is None:
                break
        return found[::-1]

    async def with_media(self, form: Mapping[str, str]) -> dict[str, str]:
        """A listed message with the addresses of its files.  Raises Unreachable."""
        filled = dict(form)
        if filled["NumMedia"] in ("", "0"):
            return filled
        sid = filled["MessageSid"]
        try:
            files = await self._client.api.v2010.account.messages(sid).media.list_async()
        except Exception as error:
            raise Unreachable(type(error).__name__) from error
        for number, file in enumerate(files):
            filled[f"MediaUrl{number}"] = f"{self._base}{file.uri.removesuffix('.json')}"
            filled[f"MediaContentType{number}"] = str(file.content_type)
        return filled

    # --- Content -----------------------------------------------------------------------

    async def contents(self) -> list[Held]:
        """Every Content resource of ours with its review.  Raises Unreachable."""
        held = []
        try:
            pages = await self._client.content.v1.content_and_approvals.stream_async(page_size=500)
            async for each in pages:
                asked = each.approval_requests or {}
                status = str(asked.get("status") or "")
                held.append(
                    Held(
                        sid=str(each.sid),
                        name=str(each.friendly_name),
                        language=str(each.language),
                        status="" if status == "unsubmitted" else status,
                        category=str(asked.get("category") or ""),
                        reason=str(asked.get("rejection_reason") or ""),
                    )
                )
        except Exception as error:
            raise Unreachable(type(error).__name__) from error
        return [each for each in held if each.name.startswith("loket_")]

    async def create(self, resource: Mapping[str, Any]) -> str:
        """Make a Content resource; returns its sid.  Raises SendFailed."""
        request = ContentList.ContentCreateRequest(dict(resource))
        try:
            made = await self._client.content.v1.contents.create_async(request)
        except Exception as error:
            raise failure(error) from error
        return str(made.sid)

    async def submit(self, sid: str, name: str, category: str) -> str:
        """Ask WhatsApp to approve a Content resource; returns the status.  Raises SendFailed."""
        asked = {"name": name, "category": category.upper()}
        request = ApprovalCreateList.ContentApprovalRequest(asked)
        try:
            review = await self._client.content.v1.contents(sid).approval_create.create_async(
                request
            )
        except Exception as error:
            raise failure(error) from error
        return str(review.status)

    # --- media -------------------------------------------------------------------------

    async def fetch(self, url: str) -> bytes:
        """The bytes of a file.  Raises FetchFailed."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._fetch(url)
        except (TimeoutError, httpx.HTTPError) as error:
            raise FetchFailed(type(error).__name__) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise FetchFailed("a file at no address", permanent=True) from error

    async def forget(self, url: str) -> None:
        """Delete a file at Twilio, which would keep it for a year.  Raises httpx.HTTPError."""
        if _origin(httpx.URL(url)) == _origin(self._home):
            (await self._http.delete(url, auth=self._auth)).raise_for_status()

    async def _fetch(self, address: str) -> bytes:
        url = httpx.URL(address)  # read as the client reads it, so that both mean the same host
        for _ in range(REDIRECTS + 1):
            auth = self._auth if _origin(url) == _origin(self._home) else None
            if auth is None:
                await self._allow(url)
            async with self._http.stream("GET", url, auth=auth, headers=AS_IT_IS) as answer:
                if answer.is_redirect:
                    url = url.join(answer.headers.get("location", ""))
                    continue
                if answer.status_code == 410:
                    raise FetchFailed("410", permanent=True)
                if answer.status_code != 200:
                    raise FetchFailed(str(answer.status_code))
                return await _read(answer)
        raise FetchFailed("redirected in circles", permanent=True)

    async def _allow(self, url: httpx.URL) -> None:
        """Refuse every host but those where Twilio keeps files, and none inside our network."""
        ours = self._home
        if self._base != HOME and (url.host, url.scheme) == (ours.host, ours.scheme):
            return  # a test's or a proxy's own host stands for all of Twilio's
        if url.scheme != "https" or url.port not in (None, 443):
            raise FetchFailed("a file at an address that is not Twilio's", permanent=True)
        if url.userinfo or not MEDIA_HOST.fullmatch(url.host):
            raise FetchFailed("a file at a host that is not Twilio's", permanent=True)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, 443, type=socket.SOCK_STREAM)
        except OSError as error:
            raise FetchFailed("the file's host is unknown") from error
        addresses = [ipaddress.ip_address(each[4][0]) for each in found]
        if not all(each.is_global and not each.is_multicast for each in addresses):
            raise FetchFailed("a file inside our network", permanent=True)


def _origin(url: httpx.URL) -> tuple[str, str, int, bytes]:
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.host, port, url.userinfo


async def _read(answer: httpx.Response) -> bytes:
    data = bytearray()
    async for chunk in answer.aiter_raw():
        data += chunk
        if len(data) > LARGEST_FILE:
            raise FetchFailed("larger than WhatsApp allows", permanent=True, code="too_big")
    return bytes(data)


def failure(error: Exception) -> SendFailed:
    """What a failed request means to the sender; its words are Twilio's code."""
    if not isinstance(error, TwilioRestException):
        return SendFailed(type(error).__name__)
    code = int(error.code or 0)
    reason = str(code or error.status)
    if error.status == 429 or code == BUSY:
        return SendFailed(reason, retry_after=2.0, everybody=True)
    if code == RATE:
        return SendFailed(reason, retry_after=6.0)
    passing = error.status in (401, 403, 408) or error.status >= 500
    return SendFailed(reason, permanent=not passing, left=reason in GONE)


class _Http(AsyncHttpClient):  # type: ignore[misc]
    """The library's requests over our own client: its timeout, JSON as JSON, nothing repeated."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(logging.getLogger("twilio"), True, TIMEOUT)
        self._http = http

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  the library's name
        allow_redirects: bool = False,
    ) -> Response:
        as_json = (headers or {}).get("Content-Type") == "application/json"
        answer = await self._http.request(
            method,
            uri,
            params=params,
            json=_without_nothing(data) if as_json else None,
            data=None if as_json else dict(data or {}),
            headers=headers,
            auth=auth,
            timeout=timeout or TIMEOUT,
            follow_redirects=False,
        )
        return Response(answer.status_code, answer.text, answer.headers)


def _without_nothing(value: Any) -> Any:
    """The same JSON without what is not there: the library names all that could be."""
    if isinstance(value, Mapping):
        return {key: _without_nothing(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nothing(each) for each in value]
    return value
