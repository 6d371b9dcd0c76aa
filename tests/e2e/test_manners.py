"""Toasts with undo, single keys and lost connections, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.e2e.browser import browser_page
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


@pytest.fixture
def page(live_server: Any) -> Iterator[Any]:
    """Ana's account page; the browser's clock stands until a test moves it."""
    cache.clear()
    make_user("ana", role="manager", password=PASSWORD)
    with browser_page() as page:
        page.clock.install()
        page.goto(live_server.url + reverse("account_login"))
        page.get_by_label("Username or e-mail").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.goto(live_server.url + reverse("mfa_index"))
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        yield page


def say(page: Any, **detail: str) -> None:
    page.evaluate(
        "detail => document.body.dispatchEvent(new CustomEvent('toast', {detail}))", detail
    )


def test_toast_goes_after_ten_seconds(page: Any) -> None:
    say(page, text="Assigned to you.")
    toast = page.locator(".toast", has_text="Assigned to you.")
    toast.wait_for()
    page.clock.run_for(9_900)
    assert toast.is_visible()
    page.clock.run_for(200)
    toast.wait_for(state="detached")


def test_toast_stays_while_it_has_the_focus(page: Any) -> None:
    say(page, text="Assigned to you.", undo="/undo/")
    page.get_by_role("button", name="Undo").focus()
    page.clock.run_for(60_000)
    assert page.get_by_text("Assigned to you.").is_visible()


def test_undo_posts_with_the_token_and_says_what_came_of_it(page: Any) -> None:
    sent = []

    def answer(route: Any) -> None:
        sent.append(route.request)
        trigger = '{"toast": {"text": "Back with nobody.", "tone": "info"}}'
        route.fulfill(status=204, headers={"HX-Trigger": trigger})

    page.route("**/undo/", answer)
    say(page, text="Assigned to you.", undo="/undo/")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Back with nobody.").wait_for()
    assert sent[0].method == "POST"
    assert sent[0].headers["x-csrftoken"]


def test_lost_connection_is_said_in_words(page: Any) -> None:
    page.route("**/undo/", lambda route: route.abort())
    say(page, text="Assigned to you.", undo="/undo/")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Could not reach the desk. Nothing was lost; try again.").wait_for()


def test_ended_session_leads_to_sign_in_instead_of_into_a_pane(page: Any, live_server: Any) -> None:
    page.context.clear_cookies()
    page.evaluate(f"htmx.ajax('GET', '{reverse('inbox:frame')}', '#bar-channels')")
    page.wait_for_url("**" + reverse("account_login") + "?next=*2fa*")


def test_keys_lead_around_and_are_listed(page: Any, live_server: Any) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    assert dialog.get_by_text("Inbox").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(live_server.url + "/")


def test_keys_can_be_switched_off(page: Any, live_server: Any) -> None:
    page.keyboard.press("?")
    page.get_by_label("Use shortcuts in this browser").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert not page.get_by_role("dialog").is_visible()


def test_keys_leave_fields_alone(page: Any, live_server: Any) -> None:
    page.goto(live_server.url + reverse("account_change_password"))
    page.get_by_label("Current Password").focus()
    page.keyboard.type("gi?")
    assert page.get_by_label("Current Password").input_value() == "gi?"
    assert not page.get_by_role("dialog").is_visible()
