"""Calling the program: signed webhooks and fetching its media, over kept connections.

A few thousand calls a second, which general clients do not reach.  Knows HTTP/1.1 as far as
short requests and answers need it.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fakes.telegram_post import Pair

MOST_ANSWER = 32 * 1024 * 1024


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """What X-Twilio-Signature says of a form posted to a URL."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class Reply:
    """What the program answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Caller:
    """Calls any address; raises OSError or TimeoutError when there is no answer."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._idle: dict[str, list[Pair]] = {}

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return await self.call("POST", url, urlencode(form).encode(), kind | dict(headers))

    async def call(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request; the connection is kept when the answer allows it."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += ["User-Agent: TwilioProxy/1.1", "Accept: */*"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines.append(f"Content-Length: {len(body)}")
        async with asyncio.timeout(self.timeout):
            reader, writer = await self._connection(origin)
            try:
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                reply = await _read(reader, method)
            except BaseException as error:
                writer.close()
                if isinstance(error, asyncio.IncompleteReadError | ValueError):
                    raise ConnectionResetError("no whole answer") from error
                raise
        if reply.headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.setdefault(origin, []).append((reader, writer))
        return reply

    async def _connection(self, origin: str) -> Pair:
        idle = self._idle.get(origin, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        parts = urlsplit(origin)
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        return await asyncio.open_connection(parts.hostname, port, ssl=tls or None)

    def close(self) -> None:
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader, method: str) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    status = int(first.split(" ", 2)[1])
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    if method == "HEAD" or status in (204, 304):
        return Reply(status, headers, b"")
    if headers.get("transfer-encoding", "").lower() != "chunked":
        size = int(headers.get("content-length", "0"))
        return Reply(status, headers, await reader.readexactly(min(size, MOST_ANSWER)))
    body: list[bytes] = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        body.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return Reply(status, headers, b"".join(body))
