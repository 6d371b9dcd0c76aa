"""The pages of the entrance and the account pass axe, in light, dark and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from inbox.models import Channel
from tests.e2e.browser import browser_page
from tests.factories import make_channel, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
ACCOUNT_PAGES = ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_change_password")


def faults(page: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [f"{fault['id']}: {node['target']}" for fault in found for node in fault["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_entrance_and_account_pages_are_accessible(
    live_server: Any, scheme: str, viewport: dict[str, int]
) -> None:
    cache.clear()
    make_user("ana", role="admin", password=PASSWORD)
    make_channel(health=Channel.Health.BLIND, health_reason="It does not answer.")
    with browser_page(color_scheme=scheme, viewport=viewport) as page:
        page.goto(live_server.url + reverse("account_login"))
        assert faults(page) == []
        page.get_by_label("Username or e-mail").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.goto(live_server.url + reverse("account_reauthenticate"))
        assert faults(page) == []
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        for name in ACCOUNT_PAGES:
            page.goto(live_server.url + reverse(name))
            assert faults(page) == [], name
        page.goto(live_server.url + "/no/such/page/")
        assert faults(page) == []
        page.locator("nav.rail summary").click()
        assert faults(page) == []


def test_theme_is_kept_without_a_flash(live_server: Any) -> None:
    with browser_page(color_scheme="light") as page:
        page.goto(live_server.url + reverse("account_login"))
        page.get_by_text("Language and appearance").click()
        page.get_by_label("Dark", exact=True).check()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.add_init_script(
            """new MutationObserver((changes, self) => {
                if (!document.body) return;
                window.themeAtFirstPaint = document.documentElement.dataset.theme;
                self.disconnect();
            }).observe(document, {childList: true, subtree: true});"""
        )
        page.reload()
        assert page.evaluate("window.themeAtFirstPaint") == "dark"
