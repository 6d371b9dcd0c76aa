"""The description of the API is shown without the internet and under our policy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.browser import browser_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_asks_nobody_else_and_breaks_no_policy(live_server: Any) -> None:
    with browser_page() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/api/docs/")
        page.wait_for_selector(".opblock")
        page.locator(".opblock-summary").first.click()
        page.wait_for_selector(".opblock-body")
        assert page.errors == []
        assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
