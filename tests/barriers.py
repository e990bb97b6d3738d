"""What keeps people from using a page: what axe-core finds, and what is wider than the screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
EVERY = ("minor", "moderate", *GRAVE)


def faults(page: Page, *impacts: str) -> list[str]:
    """What axe-core finds of these impacts (serious and critical ones), each with its place."""
    found = Axe().run(page).response["violations"]
    wanted = impacts or GRAVE
    return [f"{e['id']}: {e['nodes'][0]['html'][:120]}" for e in found if e["impact"] in wanted]


def does_not_overflow(page: Page) -> bool:
    """Whether nothing on the page is wider than the screen; a phone's window grows with it."""
    screen = page.viewport_size
    assert screen is not None
    return int(page.evaluate("document.documentElement.scrollWidth")) <= screen["width"]


class Looks:
    """Every page that was looked at, by what it shows: `looks("queue")`, then `looks.wrong`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: dict[str, list[str]] = {}

    def __call__(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        found = faults(self.page)
        if not does_not_overflow(self.page):
            found.append("too wide")
        if found:
            self.wrong[name] = found
