"""Every connection and look-up that this process attempts, as the interpreter itself reports it.

Nothing is replaced and nothing is prevented: an audit hook (`sys.addaudithook`) listens.
"""

import sys
from typing import Any, Self


class Wiretap:
    """What was attempted while the block ran.

    connected  the addresses of sockets
    asked      the names that were looked up
    """

    _listening: "Wiretap | None" = None
    _hooked = False

    def __init__(self) -> None:
        self.connected: list[Any] = []
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        if not Wiretap._hooked:  # a hook cannot be taken away again
            sys.addaudithook(_hear)
            Wiretap._hooked = True
        Wiretap._listening = self
        return self

    def __exit__(self, *_: object) -> None:
        Wiretap._listening = None

    def hear(self, event: str, given: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            self.connected.append(given[1])
        elif event.startswith("socket.get") and event != "socket.getservbyname":
            self.asked.append(str(given[0]))


def _hear(event: str, given: tuple[Any, ...]) -> None:
    tap = Wiretap._listening
    if tap is not None and event.startswith("socket."):
        tap.hear(event, given)
