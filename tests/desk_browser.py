"""A browser at the desk, for the tests that walk it: with scripts or without, large or small."""

from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser, Page

from desk_office import PASSWORD, DeskOffice

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {
    "desk": {"viewport": {"width": 1024, "height": 768}},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
    "narrow": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True},
}


SYSTEM = ("chromium-headless-shell", "chromium", "chromium-browser")
"""Chromium as systems have it: without a window it needs a third less of the processor."""


def chromium_here(playwright: Any) -> Path:
    """The system's browser if there is one, else the one that Playwright installed."""
    system = next(filter(None, map(which, SYSTEM)), None)
    return Path(system or playwright.chromium.executable_path)


class Visit:
    """A browser at the desk; remembers every error that its console shows."""

    def __init__(self, chromium: Browser, office: DeskOffice, screen: str, scripts: bool) -> None:
        self.context = chromium.new_context(
            base_url=office.url, java_script_enabled=scripts, locale="id-ID", **SCREENS[screen]
        )
        self.errors: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)

    def signs_in(self, password: str = PASSWORD, login: str = "sari") -> Page:
        self.page.goto("/desk")
        self.page.get_by_label("Nama masuk").fill(login)
        self.page.get_by_label("Kata sandi").fill(password)
        self.page.get_by_role("button", name="Masuk", exact=True).click()
        return self.page
