"""The demo's officer: somebody at the desk, with a browser that has no scripts."""

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import httpx

from bot.demo.base import DemoFailed

LOGIN, NAME = "sari", "Bu Sari"


class Officer:
    """Works at the desk over HTTP."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def signs_in(self, password: str) -> None:
        """Sign in as the officer whom the stage has hired."""
        page = self._http.get("/desk").raise_for_status()
        self._submit(page, "", {"login": LOGIN, "password": password})
        print("\n-- Bu Sari works at the desk")

    def moves(self, number: str, move: str, note: str = "", documents: Sequence[str] = ()) -> None:
        """Press one of the buttons below a ticket."""
        page = self._http.get(f"/desk/tickets/{number}").raise_for_status()
        fields: dict[str, Any] = {"move": move}
        if note:
            fields["note"] = note
        if documents:
            fields["documents"] = list(documents)
        print(f"\n-- Bu Sari: {move}{f' ({note})' if note else ''}")
        self._submit(page, f'name="move" value="{move}"', fields)

    def _submit(self, page: httpx.Response, marker: str, fields: dict[str, Any]) -> None:
        """Fill in the form that contains `marker`, as a browser would: hidden fields included."""
        for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
            if marker not in form or ("password" in fields and 'type="password"' not in form):
                continue
            action = re.search(r'action="([^"]*)"', form)
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
            to = unescape(action.group(1)) if action else str(page.url)
            self._http.post(to, data={**hidden, **fields}).raise_for_status()
            return
        raise DemoFailed(f"the desk has no form for {marker!r}")
