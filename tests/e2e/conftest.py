"""One browser and one demo for all browser tests.

They live as long as the tests of this folder run, not longer: the browser's event loop would be
in the way of tests with a loop of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e import browser as browsers
from tests.e2e.demo import Demo, running_demo

SignIn = Callable[..., Any]


@pytest.fixture(scope="package", autouse=True)
def browser() -> Iterator[Any]:
    with browsers.chromium_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def demo(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("desk")) as demo:
        yield demo


@pytest.fixture
def sign_in(demo: Demo) -> Iterator[SignIn]:
    """Return a function that opens a page of its own and signs somebody in to the demo."""
    with ExitStack() as pages:

        def open_as(username: str, **options: Any) -> Any:
            page = pages.enter_context(browsers.browser_page(**options))
            page.goto(f"{demo.url}/accounts/login/")
            browsers.sign_in(page, username, demo.password(username))
            page.wait_for_url(f"{demo.url}/")
            return page

        yield open_as
