"""A real browser inside a test that also uses the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from tests.e2e.demo import chromium


@contextmanager
def browser_page(**options: Any) -> Iterator[Any]:
    """Open a page in a fresh Chromium context; `options` go to Playwright's `new_context`."""
    playwright = pytest.importorskip("playwright.sync_api")
    # Playwright's event loop runs in this thread; Django would otherwise refuse the database here.
    allowed = mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="true")
    with allowed, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()
