"""The second server: where Twilio's API sends those who ask for a file.

Addresses are signed and live four hours.  Whoever comes here should leave their credentials at
the door; `world.requests` shows what they brought.
"""

import uuid
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from fakes.twilio_faults import Faults
from fakes.twilio_http import Answer, answer_with, headers_of, read_body
from fakes.twilio_model import Media, Request
from fakes.twilio_world import World

LIFE = 4 * 3600.0
ENDLESS = "endless"


class Cdn:
    """Serves files, and leads astray when told to."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.base = ""
        self._files: dict[str, Media] = {}

    def address(self, media: Media) -> str:
        """Where a file can be fetched for now, or where an order leads instead."""
        if self.world.misdirections:
            target = self.world.misdirections.pop(0)
            return f"{self.base}/round/1" if target == ENDLESS else target
        name = uuid.uuid4().hex
        self._files[name] = media
        expires = int(self.world.clock() + LIFE)
        signed = f"Expires={expires}&Signature={name[::-1]}&Key-Pair-Id=APKATEST"
        return f"{self.base}/{self.world.account}/{name}?{signed}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        query = parse_qs(scope["query_string"].decode())
        try:
            body = await read_body(receive)
        except ConnectionError:
            return

        def note(status: int) -> None:
            self.world.requests.append(
                Request(
                    "cdn",
                    scope["method"],
                    path,
                    query,
                    headers_of(scope),
                    body,
                    status,
                    self.world.clock(),
                )
            )

        async def work() -> Answer:
            return self._serve(path, query)

        await answer_with(self.faults.take("cdn", ""), work, note, receive, send)

    def _serve(self, path: str, query: dict[str, list[str]]) -> Answer:
        if path.startswith("/round/"):
            number = int(path.removeprefix("/round/")) + 1
            return Answer(307, headers=(("location", f"{self.base}/round/{number}"),))
        name = path.rpartition("/")[2]
        media = self._files.get(name)
        expires = float(query.get("Expires", ["0"])[0])
        signed = query.get("Signature") == [name[::-1]]
        if media is None or not signed or expires < self.world.clock():
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        return Answer(200, media.content, media.mime)
