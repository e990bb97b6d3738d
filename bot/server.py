"""The HTTP server around the application: how it begins and how it ends."""

import gc
import logging
import signal
import socket

import uvicorn
from fastapi import FastAPI

from bot.app import create
from bot.bare import strip
from bot.settings import Settings
from handlers.offices import House
from storage.db import Database
from storage.files import Vault

GRACE = 2
"""Seconds that requests in hand may take when the program is told to end."""


def run(settings: Settings, house: House, database: Database, vault: Vault) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code."""
    app = create(settings, house, database, vault)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ended)  # uvicorn stops on both, then raises them once more
    server = _Server(
        app,
        uvicorn.Config(
            app,
            host=settings.web.host,
            port=settings.web.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
            proxy_headers=False,
        ),
    )
    logging.getLogger("uvicorn.error").addFilter(strip)
    server.run()
    return 0 if server.started and not app.state.broken else 1


def settle() -> None:
    """What is there now stays: garbage collections need not walk through it any more.

    Flows, templates and libraries are 170,000 objects; a full collection among them stops
    everybody for 80 ms, and a few pages of the desk are enough to bring one about.
    """
    gc.collect()
    gc.freeze()


class _Server(uvicorn.Server):
    """Settles when all is there; ends the chats' open streams first, which would never end."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._app.state.program is not None:
            self._app.state.program.webchat.hub.close()
        await super().shutdown(sockets)


def _ended(number: int, frame: object) -> None:
    """A clean end has nothing left to do."""
