"""uvicorn in a thread of the test's process, quick to start and to stop."""

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.types import ASGIApp

Hook = Callable[[], Awaitable[None]]


class ServerThread:
    """Serves an application on a port; begun again, it takes the same port."""

    def __init__(self, app: ASGIApp, host: str, port: int, begin: Hook, end: Hook) -> None:
        self.host = host
        self.port = port
        self._app = app
        self._begin, self._end = begin, end
        self._ready = threading.Event()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the port and serve."""
        # the protocol is named, or asyncio leaves Nagle on and every answer takes 40 ms
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self.host, self.port))
        except OSError:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._ready.clear()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listening)), name="fake-telegram", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake server did not start")

    def stop(self) -> None:
        """Close the port and cut every connection, as an outage does."""
        if self._thread and self._loop:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
            self._thread = self._loop = None

    def in_loop(self, work: Callable[[], None]) -> None:
        """Do something in the server's event loop, if it runs."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    async def _serve(self, listening: socket.socket) -> None:
        # uvicorn's own main loop looks for its end ten times a second and then waits once more;
        # a test should not have to
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=75,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listening])
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        await self._begin()
        self._ready.set()
        await self._stopping.wait()
        for listener in server.servers:
            listener.close()
        await self._end()
        for connection in list(server.server_state.connections):
            if connection.transport:
                connection.transport.abort()
        for task in list(server.server_state.tasks):
            task.cancel()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
