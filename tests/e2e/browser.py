"""A real browser inside a test that also uses the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from tests.e2e.demo import chromium

# Without the last two Chromium keeps calling home, in vain.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def chromium_browser() -> Iterator[Any]:
    """Start Chromium; skips where there is none, since browsers are not Python packages."""
    executable = chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    # Playwright's event loop runs in this thread; Django would otherwise refuse the database here.
    allowed = mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="true")
    with allowed, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def browser_page(**options: Any) -> Iterator[Any]:
    """Open a page in a fresh Chromium context; `options` go to Playwright's `new_context`."""
    with chromium_browser() as browser:
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(15_000)
        yield page
