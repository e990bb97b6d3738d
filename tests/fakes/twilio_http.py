"""HTTP as both servers of the fake speak it: bodies, answers, and ordered trouble.

Bare ASGI, so that thousands of requests a second cost little.  Knows no messages.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from fakes.twilio_errors import Refused
from fakes.twilio_faults import Fault

_CODES = {401: 20003, 404: 20404, 405: 20004, 429: 20429, 503: 20503}
Work = Callable[[], Awaitable["Answer"]]


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, status: int, body: Any) -> "Answer":
        return cls(status, json.dumps(body).encode())

    @classmethod
    def refusal(cls, refused: Refused) -> "Answer":
        return cls.of(refused.status, refused.as_json())


def headers_of(scope: Scope) -> dict[str, str]:
    """Names in small letters."""
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}


async def read_body(receive: Receive) -> bytes:
    """The whole body; raises ConnectionError when the caller hangs up."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def answer_with(
    fault: Fault | None, work: Work, note: Callable[[int], None], receive: Receive, send: Send
) -> None:
    """Answer with the work's result, or with the trouble ordered instead.

    `note` hears the status before the answer leaves, so that whoever has it finds the record
    complete.
    """
    done = await work() if fault is None or fault.after_accept else None
    match fault.status if fault else None:
        case "drop":
            note(0)
            await _cut(send)
            return
        case "garbage":
            answer = Answer(200, b"<html><body>gateway</body></html>", "text/html")
        case "slow":
            assert fault
            if await _hangs_up(receive, fault.delay):
                note(0)
                return
            answer = done or await work()
        case int() as status:
            assert fault
            answer = _ordered(status, fault)
        case _:
            assert done
            answer = done
    note(answer.status)
    await send_answer(send, answer)


def _ordered(status: int, fault: Fault) -> Answer:
    code = fault.code or _CODES.get(status, 20500 if status >= 500 else 20001)
    answer = Answer.refusal(Refused(code, fault.description, status))
    if fault.retry_after is None:
        return answer
    wait = (("retry-after", str(fault.retry_after)),)
    return Answer(answer.status, answer.body, answer.kind, wait)


async def send_answer(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.kind.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode(), value.encode("latin-1")) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _cut(send: Send) -> None:
    """Promise an answer and never give it: the server closes the connection."""
    headers = [(b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _hangs_up(receive: Receive, seconds: float) -> bool:
    """Wait; True when the caller lost patience."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    except TimeoutError:
        return False
