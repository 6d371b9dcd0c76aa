"""A passkey, from adding it to signing in with it, in a real browser under the real policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from inbox.models import User
from tests.e2e.browser import browser_page, hold_key
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


@pytest.fixture
def page() -> Iterator[Any]:
    """A page whose browser holds a key that answers for its owner by itself."""
    with browser_page() as page:
        hold_key(page)
        yield page


@pytest.fixture
def refused(page: Any) -> list[str]:
    """What the browser refused to load or run."""
    found: list[str] = []
    page.on(
        "console",
        lambda message: "Content Security Policy" in message.text and found.append(message.text),
    )
    return found


@pytest.fixture
def user(db: None) -> User:
    cache.clear()
    return make_user("ana", password=PASSWORD)


def add_passkey(page: Any, live_server: Any, *, alone: bool) -> None:
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(live_server.url + reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_label("Sign in with it alone, without the password").set_checked(alone)
    page.get_by_role("button", name="Add key").click()
    page.wait_for_url("**" + reverse("mfa_view_recovery_codes"))
    page.goto(live_server.url + reverse("mfa_list_webauthn"))
    assert page.get_by_text("Work laptop").is_visible()


def sign_out(page: Any, live_server: Any) -> None:
    page.goto(live_server.url + reverse("account_logout"))
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**" + reverse("account_login") + "**")


def test_passkey_opens_the_desk_alone(
    page: Any, refused: list[str], live_server: Any, user: User
) -> None:
    add_passkey(page, live_server, alone=True)
    sign_out(page, live_server)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(live_server.url + "/")
    page.goto(live_server.url + reverse("mfa_index"))
    assert page.get_by_role("heading", name="Two-factor and passkeys").is_visible()
    assert refused == []


def test_security_key_is_a_second_step(
    page: Any, refused: list[str], live_server: Any, user: User
) -> None:
    add_passkey(page, live_server, alone=False)
    sign_out(page, live_server)
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(live_server.url + "/")
    assert refused == []


def test_refused_passkey_is_explained(page: Any, live_server: Any, user: User) -> None:
    page.goto(live_server.url + reverse("account_login"))
    page.evaluate(
        """() => {
            const refuse = async () => { throw new DOMException("", "NotAllowedError") };
            navigator.credentials.get = refuse;
        }"""
    )
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("No passkey was used").wait_for()
