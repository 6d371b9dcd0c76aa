"""One demo and one browser for the browser tests of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.browser import chromium_browser
from tests.e2e.demo import Demo, running_demo

SignIn = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def demo(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("desk")) as demo:
        yield demo


@pytest.fixture
def sign_in(browser: Any, demo: Demo) -> Iterator[SignIn]:
    """Return a function that opens a browser of its own and signs somebody in."""
    contexts = []

    def open_as(username: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{demo.url}/accounts/login/")
        page.get_by_label("Username or e-mail").fill(username)
        page.get_by_label("Password").fill(demo.password(username))
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{demo.url}/")
        return page

    yield open_as
    for context in contexts:
        context.close()
