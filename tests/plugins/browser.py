"""The browser that this machine has: Playwright's own builds are downloads, a distribution's Chromium does as well."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Point pytest-playwright's `page` to an installed Chromium, or skip."""
    path = os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
    if not path:
        pytest.skip("no Chromium is installed; CHROMIUM may name one")
    # Playwright keeps an event loop in this thread, which Django mistakes for asynchronous code of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Chromium refuses its sandbox as root; what it opens here are our own pages.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": [*sandbox, "--disable-dev-shm-usage"]}


@pytest.fixture
def phone(page: Page) -> Iterator[Page]:
    """A page that must not complain: no script error, nothing that the content security policy had to stop."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", hear)
    yield page
    assert complaints == []
