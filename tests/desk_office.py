"""An office with its desk for the tests: staff, citizens' tickets with photos, and a real server.

Everything is real but the time: SQLite, the vault, uvicorn on a port of its own.
"""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import uvicorn
from argon2 import PasswordHasher
from PIL import Image
from starlette.applications import Starlette

import talk
from bot.desk import routes
from bot.desk.base import Desk
from bot.gate import Gate
from flows.model import Finish, Session
from handlers import staff, tickets
from handlers.message import Message
from handlers.offices import House
from handlers.tickets import Actor
from handlers.wording import Scene
from storage import attachments, conversations, outbox, questions
from storage.db import Database
from storage.files import Keys, Vault

PASSWORD = "kapal hijau terbang"
ANSWERS = {
    "reason": "lost",
    "applicant": "self",
    "ready": "yes",
    "consent": "yes",
    "nik": "3302271708900003",
    "name": "Slamet Riyadi",
    "kk": "3302270102150004",
    "kelurahan": "grendeng",
    "review": "send",
}


@cache
def hashed(password: str) -> str:
    """A password's hash that is quickly checked: real ones are slow on purpose."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


@cache
def grey_photo() -> bytes:
    """A small picture, where its content does not matter."""
    data = BytesIO()
    Image.new("RGB", (320, 200), (120, 130, 128)).save(data, "JPEG")
    return data.getvalue()


@cache
def small_pdf() -> bytes:
    """A PDF of two pages, as the examination writes it."""
    made, data = pikepdf.new(), BytesIO()
    made.add_blank_page(page_size=(298, 421))
    made.add_blank_page(page_size=(421, 298))
    made.save(data)
    return data.getvalue()


@dataclass
class Photo:
    """A file that a citizen sent."""

    verdict: str = "good"
    data: bytes = b""
    media_type: str = "image/jpeg"

    @property
    def kind(self) -> str:
        return "pdf" if self.media_type == "application/pdf" else "photo"


@dataclass
class DeskOffice:
    """Both offices of config.toml at one time, with their desk."""

    database: Database
    vault: Vault
    house: House = field(default_factory=talk.house)
    now: datetime = talk.MONDAY
    url: str = ""
    woken: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    # --- people ------------------------------------------------------------------------

    def waits(self, **duration: float) -> "DeskOffice":
        self.now += timedelta(**duration)
        return self

    def hires(
        self,
        login: str = "sari",
        name: str = "Bu Sari",
        office: str = "pu",
        role: str = "officer",
    ) -> str:
        kept = hashed(PASSWORD)
        self.database.write(lambda tx: staff.add(tx, office, login, name, role, kept, self.now))
        return login

    def invites(self, secret: str = "a-secret-of-its-own", office: str = "pu") -> str:
        self.database.write(lambda tx: staff.make_invite(tx, office, "officer", secret, self.now))
        return secret

    def chat(self, office: str = "pu", address: str = "", phone: str = "", name: str = "") -> Any:
        """A citizen's chat: on WhatsApp if they have a phone."""
        address = phone or address or f"chat-{next(self._ids)}"
        channel = "whatsapp" if phone else "telegram"
        return self.database.write(
            lambda tx: conversations.create(tx, office, channel, address, name, phone, self.now)
        )

    def heard(self, chat: Any) -> list[Message]:
        """What a citizen was promised."""
        rows = self.database.read(lambda tx: outbox.sent_to(tx, chat.channel, chat.address))
        return [Message.of(row.payload) for row in rows]

    # --- what citizens send ------------------------------------------------------------

    def receives(
        self,
        service: str = "ktp_ganti",
        *,
        office: str = "pu",
        chat: Any = None,
        photos: Mapping[str, Sequence[Photo]] | None = None,
        **answers: str,
    ) -> str:
        """A complete request; returns its number."""
        chat = chat or self.chat(office)
        photos = photos or {"police": [Photo()], "kk_photo": [Photo()]}
        files = {step: tuple(self.stores(p, chat, office) for p in some)
                 for step, some in photos.items()}  # fmt: skip
        given = {**(ANSWERS if service == "ktp_ganti" else {}), **answers, **files}
        scene = Scene(
            self.house, self.house.office(office), self.house.catalog(office),
            self.house.context(office, consented=True, quiet=False, now=self.now),
            Session(), self.now, self.now,
        )  # fmt: skip
        message, _ = self.database.write(
            lambda tx: tickets.submit(tx, scene, chat, office, Finish(service, given))
        )
        found = re.search(r"[A-Z]{2}-\d{4}-\d{5}-\d", message.text)
        assert found is not None
        return found.group()

    def stores(self, photo: Photo, chat: Any, office: str = "pu") -> str:
        """A photo, fetched, examined and in the vault; returns its id."""
        file = f"file-{next(self._ids):06}"
        data = photo.data or (small_pdf() if photo.kind == "pdf" else grey_photo())
        kept = self.vault.put(file, office, data)

        def work(tx: Any) -> None:
            attachments.create(
                tx, file, office_id=office, conversation_id=chat.id, remote={}, caption="",
                message_id="", due_at=self.now, now=self.now,
            )  # fmt: skip
            attachments.examined(
                tx, file, state="stored", verdict=photo.verdict, kind=photo.kind,
                media_type=photo.media_type, sha256=kept.sha256, size=kept.size,
            )  # fmt: skip

        self.database.write(work)
        return file

    def is_asked(self, text: str, office: str = "pu", chat: Any = None) -> Any:
        """A citizen asks a human; returns the chat."""
        chat = chat or self.chat(office)
        self.database.write(lambda tx: questions.ask(tx, office, chat.id, text, self.now))
        return chat

    def loses(self, text: str, error: str, office: str = "pu", chat: Any = None) -> None:
        """A message to a citizen could not be delivered."""
        chat = chat or self.chat(office)

        def work(tx: Any) -> None:
            outbox.put(
                tx, office_id=office, channel=chat.channel, address=chat.address,
                payloads=[Message(text).payload()], now=self.now,
            )  # fmt: skip
            row = outbox.sent_to(tx, chat.channel, chat.address)[-1]
            outbox.settle(tx, row.id, "failed", self.now, attempts=1, error=error)

        self.database.write(work)

    def moves(
        self, number: str, move: str, by: str = "sari", office: str = "pu", **how: Any
    ) -> None:
        """Staff move a ticket without the desk."""
        actor = Actor("staff", by, by)
        self.database.write(
            lambda tx: tickets.move(tx, self.house, office, number, move, actor, self.now, **how)
        )

    # --- the desk over HTTP ------------------------------------------------------------

    def browser(self) -> httpx.Client:
        """A browser without scripts that follows no redirect by itself."""
        return httpx.Client(base_url=self.url, timeout=20, verify=False)

    def signed_in(self, login: str = "sari") -> "Officer":
        browser = self.browser()
        answer = browser.post("/desk/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return Officer(browser)


@dataclass
class Officer:
    """Somebody signed in at the desk."""

    http: httpx.Client

    def sees(self, path: str = "/desk") -> str:
        """The text of a page that is there."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.sees())
        assert found is not None
        return unescape(found[1])

    def posts(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.csrf, **fields})

    def moves(self, number: str, move: str, **fields: Any) -> httpx.Response:
        return self.posts(f"/desk/tickets/{number}/move", move=move, **fields)

    def form(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of the first form on a page that leads there."""
        forms = re.findall(r"<form\b[^>]*?action=\"([^\"]*)\".*?</form>", page, re.DOTALL)
        assert action in forms, forms
        form = re.search(rf'<form\b[^>]*?action="{re.escape(action)}".*?</form>', page, re.DOTALL)
        assert form is not None
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group()))

    def judges(self, number: str, document: str, decision: str, **fields: Any) -> httpx.Response:
        """Accept or refuse a document, as its page offers it."""
        path = f"/desk/tickets/{number}/papers/{document}"
        hidden = self.form(self.sees(f"/desk/tickets/{number}"), path)
        return self.http.post(path, data={**hidden, "decision": decision, **fields})

    def shows(self, number: str, *documents: str, shown: str = "yes") -> list[int]:
        """Note that the citizen showed the originals of these documents."""
        path = f"/desk/tickets/{number}/originals"
        answers = [self.posts(f"{path}/{document}", shown=shown) for document in documents]
        return [answer.status_code for answer in answers]


@contextmanager
def opened(
    url: str, folder: Path, house: House | None = None, **options: Any
) -> Iterator[DeskOffice]:
    """An office whose desk is served, with a house of its own; `options` go to Desk."""
    database, vault = Database(url), Vault(folder / "files", Keys((b"k" * 32,)))
    office = DeskOffice(database, vault, copy(house or talk.house()), options=options)
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        office.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        servers: list[uvicorn.Server] = []
        thread = threading.Thread(target=_serve, args=(office, listening, servers))
        thread.start()
        try:
            while not (servers and servers[0].started):
                assert thread.is_alive(), "the server did not start"
                thread.join(0.01)
            yield office
        finally:
            if servers:
                servers[0].should_exit = True
            thread.join(10)
            database.close()


def _serve(office: DeskOffice, listening: socket.socket, servers: list[uvicorn.Server]) -> None:
    def wake() -> None:
        office.woken += 1

    async def serve() -> None:
        desk = Desk(
            gate=Gate(office.database), house=office.house, clock=lambda: office.now,
            vault=office.vault, wake=wake, **office.options,
        )  # fmt: skip
        config = uvicorn.Config(
            Starlette(routes=routes(desk)), log_level="warning", access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        servers.append(uvicorn.Server(config))
        await servers[0].serve(sockets=[listening])
        await desk.cell.close()

    asyncio.run(serve())
