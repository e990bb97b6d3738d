"""The browser in which pages are tried."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from desk_browser import ARGUMENTS, chromium_here


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium_here(playwright)), args=ARGUMENTS
        )
        yield browser
        browser.close()
