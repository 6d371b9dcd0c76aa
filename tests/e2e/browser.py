"""A real browser inside a test that also uses the database."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from tests.e2e.demo import chromium

# Without the last two Chromium keeps calling home, in vain.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}  # WCAG 1.4.10

_running: list[Any] = []


@contextmanager
def chromium_browser() -> Iterator[Any]:
    """Start Chromium; skips where there is none, since browsers are not Python packages."""
    executable = chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    # Playwright's event loop runs in this thread; Django would otherwise refuse the database here.
    allowed = mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="true")
    with allowed, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=ARGUMENTS)
        _running.append(browser)
        yield browser
        _running.remove(browser)
        browser.close()


@contextmanager
def browser_page(**options: Any) -> Iterator[Any]:
    """Open a page that nobody has used; `options` go to Playwright's `new_context`.

    The browser is the one of tests/e2e/conftest.py. `page.errors` collects what scripts threw and
    what the console called an error.
    """
    context = _running[0].new_context(**{"viewport": DESKTOP} | options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.errors.append(said.text))
    try:
        yield page
    finally:
        context.close()


def hear_nothing(page: Any) -> None:
    """Give `page` an event stream on which nothing happens; Django's test server has none."""
    stream = {"headers": {"Content-Type": "text/event-stream"}, "body": "retry: 500\n\n"}
    page.route(re.compile(r"^https?://[^/]+/events/"), lambda route: route.fulfill(**stream))


def hold_key(page: Any) -> None:
    """Give the browser of `page` a passkey device that answers for its owner by itself."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Any, username: str, password: str) -> None:
    """Fill in the sign-in form that `page` shows."""
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
