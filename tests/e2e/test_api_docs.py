"""The page of the API works without the internet, under our policy, and by keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.browser import browser_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_typing_narrows_the_list_and_a_call_is_copied(live_server: Any) -> None:
    with browser_page(permissions=["clipboard-read", "clipboard-write"]) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/api/docs/")
        page.get_by_label("Find an operation").fill("resolve post")
        page.locator("[data-count]", has_text="1").wait_for()
        assert page.locator(".operation:visible").count() == 1
        page.keyboard.press("Tab")  # to the button of the form
        page.get_by_role("heading", name="/api/v1/conversations/{id}/resolve/").click()
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("curl http")
        assert "/api/v1/conversations/7/resolve/" in copied
        page.get_by_label("Find an operation").fill("no such thing")
        page.get_by_role("heading", name="Nothing found").wait_for()
        assert page.errors == []
        assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_an_address_unfolds_what_it_names(live_server: Any) -> None:
    with browser_page() as page:
        page.goto(f"{live_server.url}/api/docs/#draft_submit")
        page.locator("#draft_submit[open]").wait_for()
        page.locator("#draft_submit").get_by_role("link", name="SubmittedOut").click()
        page.locator("#shape-SubmittedOut[open]").wait_for()


def test_without_javascript_the_server_narrows_it(live_server: Any) -> None:
    with browser_page(java_script_enabled=False) as page:
        page.goto(f"{live_server.url}/api/docs/")
        page.get_by_label("Find an operation").fill("label")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=label**")
        assert 0 < page.locator(".operation").count() < 10
        assert page.get_by_role("button", name="Copy", exact=True).count() == 0
        page.locator(".operation summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator(".operation[open] pre").first.is_visible()
