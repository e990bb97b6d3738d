"""Posting to a webhook over kept connections.

A few thousand posts a second, which general clients do not reach.  Knows HTTP/1.1 as far as a
webhook's short answers need it.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Reply:
    """What a webhook answered."""

    status: int
    reason: str
    headers: dict[str, str]

    @property
    def ok(self) -> bool:
        return 200 <= self.status <= 299

    @property
    def retry_after(self) -> int:
        """Seconds the webhook asks to be left alone, or 0."""
        asked = self.headers.get("retry-after", "")
        return int(asked) if asked.isdigit() else 0


class Poster:
    """Posts JSON to one address."""

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._timeout = timeout
        self._idle: list[Pair] = []
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += ["Content-Type: application/json", "Connection: keep-alive"]
        if secret:
            lines.append(f"X-Telegram-Bot-Api-Secret-Token: {secret}")
        self._head = "\r\n".join(lines)

    async def post(self, body: bytes) -> Reply:
        """Raises OSError or TimeoutError when there is no answer."""
        async with asyncio.timeout(self._timeout):
            reader, writer = await self._connection()
            try:
                head = f"{self._head}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                reply = await _read(reader)
            except BaseException as error:
                writer.close()
                if isinstance(error, asyncio.IncompleteReadError | ValueError):
                    raise ConnectionResetError("no whole answer") from error
                raise
            if reply.headers.get("connection", "").lower() == "close":
                writer.close()
            else:
                self._idle.append((reader, writer))
            return reply

    async def _connection(self) -> Pair:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port, ssl=self._tls or None)

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    _, status, reason = f"{first}  ".split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(headers.get("content-length", "0")))
    return Reply(int(status), reason.strip(), headers)
