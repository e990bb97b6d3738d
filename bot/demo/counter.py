"""The demo's counter: an officer fills the checklist for somebody without a phone."""

import re
from collections.abc import Mapping
from html import unescape

import httpx

from bot.demo.base import DemoFailed, wait_for
from bot.demo.photo import photo

MOST = 60
"""More questions than any service has."""


class Counter:
    """The pages of walk-ins, as a browser without scripts sees them."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def registers(self, service: str, answers: Mapping[str, str]) -> str:
        """Fill a checklist with a person; `answers` by step.  Returns the ticket's number."""
        page = self._http.get("/desk/walkin").raise_for_status()
        csrf = _field(page.text, "csrf")
        fields = {"csrf": csrf, "service": service, "helper": "self"}
        page = self._http.post("/desk/walkin", data=fields).raise_for_status()
        address = str(page.url)
        for _ in range(MOST):
            page = wait_for(lambda: self._asked(address), "the counter waits for a photo in vain")
            if number := re.search(r'class="number big">([^<]+)<', page.text):
                print(f"-- the counter: {number[1]}")
                return number[1]
            self._answers(page, address, answers)
        raise DemoFailed("the walk-in had no end")

    def slip(self, number: str) -> None:
        """Print the slip of a ticket on a narrow roll."""
        self._is_pdf(f"/desk/tickets/{number}/slip?paper=58", "slip, 58 mm")

    def letter(self, number: str) -> None:
        """Issue a ticket's letter and print it."""
        self._post(number, "letter", {})
        self._is_pdf(f"/desk/tickets/{number}/letter", "letter")

    def hands_over(self, number: str) -> None:
        """Scan what the person shows, and hand the result over."""
        page = self._http.get("/desk").raise_for_status()
        scanned = {"csrf": _field(page.text, "csrf"), "code": number}
        self._http.post("/desk/scan", data=scanned).raise_for_status()
        self._post(number, "collect", {"collector": "self"})
        print(f"\n-- Bu Sari: scanned and handed over\n\n{number} · collected")

    def _asked(self, address: str) -> httpx.Response | None:
        page = self._http.get(address).raise_for_status()
        waits = 'name="nonce"' in page.text and not re.search(
            r'id="(?:photo|text)"|name="token" value="[^"]*/', page.text
        )
        return None if waits else page

    def _answers(self, page: httpx.Response, address: str, answers: Mapping[str, str]) -> None:
        hidden = {name: _field(page.text, name) for name in ("csrf", "nonce", "asked")}
        question = re.search(r'id="question"[^>]*>([^<]*)', page.text)
        print(f"\n-- {unescape(question[1] if question else '').strip()}")
        if 'id="photo"' in page.text:
            print(f"<  (photo: {hidden['asked']})")
            data = photo(hidden["asked"].upper(), False)
            files = {"file": ("foto.jpg", data, "image/jpeg")}
            self._http.post(f"{address}/photo", data=hidden, files=files).raise_for_status()
            return
        if 'id="text"' in page.text:
            said = {"text": answers[hidden["asked"]]}
            print(f"<  {said['text']}")
        else:
            buttons = re.findall(r'name="token" value="([^"]*/[^"]*)"[^>]*>([^<]*)<', page.text)
            wanted = answers.get(hidden["asked"], "")
            token, label = next((b for b in buttons if b[1] == wanted), buttons[0])
            said = {"token": unescape(token)}
            print(f"<  [{unescape(label)}]")
        self._http.post(address, data={**hidden, **said}).raise_for_status()

    def _post(self, number: str, action: str, fields: Mapping[str, str]) -> None:
        page = self._http.get(f"/desk/tickets/{number}").raise_for_status()
        data = {"csrf": _field(page.text, "csrf"), **fields}
        self._http.post(f"/desk/tickets/{number}/{action}", data=data).raise_for_status()

    def _is_pdf(self, path: str, what: str) -> None:
        printed = self._http.get(path).raise_for_status()
        if not printed.content.startswith(b"%PDF"):
            raise DemoFailed(f"the {what} was not printed")
        print(f"\n-- printed: {what}, {len(printed.content)} bytes")


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise DemoFailed(f"the page has no field {name!r}")
    return unescape(found[1])
