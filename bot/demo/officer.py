"""The demo's officer: somebody at the desk, with a browser that has no scripts."""

import re
from html import unescape
from typing import Any

import httpx

from bot.demo.base import DemoFailed

LOGIN, NAME = "sari", "Bu Sari"
SHOWN = 'name="shown" value="yes"'
"""In the form with which an original is noted as shown."""


class Officer:
    """Works at the desk over HTTP."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def signs_in(self, password: str) -> None:
        """Sign in as the officer whom the stage has hired."""
        page = self._http.get("/desk").raise_for_status()
        self._submit(page, "", {"login": LOGIN, "password": password})
        print("\n-- Bu Sari works at the desk")

    def moves(self, number: str, move: str, note: str = "") -> None:
        """Press one of the buttons below a ticket."""
        fields = {"move": move, "note": note} if note else {"move": move}
        print(f"\n-- Bu Sari: {move}{f' ({note})' if note else ''}")
        self._submit(self._ticket(number), f'name="move" value="{move}"', fields)

    def refuses(self, number: str, document: str, note: str) -> None:
        """Mark a document as one that has to come again."""
        print(f"\n-- Bu Sari: {document} refused ({note})")
        fields = {"decision": "refused", "note": note}
        self._submit(self._ticket(number), f'/papers/{document}"', fields)

    def sees_originals(self, number: str) -> None:
        """Note every original that has to be shown as shown."""
        while SHOWN in (page := self._ticket(number)).text:
            self._submit(page, SHOWN, {})
        print("\n-- Bu Sari: originals seen")

    def _ticket(self, number: str) -> httpx.Response:
        return self._http.get(f"/desk/tickets/{number}").raise_for_status()

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
