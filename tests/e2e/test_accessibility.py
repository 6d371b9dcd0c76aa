"""What opens on a page passes axe too, and themes are kept and honoured."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.e2e.browser import PHONE, browser_page, sign_in
from tests.e2e.test_every_page import faults
from tests.factories import make_channel, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"
BLACK, WHITE = "rgb(0, 0, 0)", "rgb(255, 255, 255)"


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_menus_dialogs_and_bars_are_accessible(live_server: Any, viewport: Any) -> None:
    cache.clear()
    make_user("ana", role="admin", password=PASSWORD)
    make_channel()
    with browser_page(**{"viewport": viewport} if viewport else {}) as page:
        page.goto(live_server.url + reverse("account_login"))
        sign_in(page, "ana", PASSWORD)
        page.goto(live_server.url + reverse("inbox:styleguide"))
        page.locator("nav.rail summary").click()
        page.evaluate(
            "for (const bar of document.querySelectorAll('#bars > *')) bar.hidden = false"
        )
        assert faults(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
        assert faults(page) == []


def ground(page: Any) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_high_contrast_follows_the_system_until_somebody_chooses(live_server: Any) -> None:
    with browser_page(color_scheme="dark", contrast="more") as page:
        page.goto(live_server.url + reverse("account_login"))
        assert ground(page) == BLACK
        page.get_by_text("Language and appearance").click()
        page.get_by_label("High contrast").uncheck()
        assert ground(page) != BLACK
        page.reload()
        assert ground(page) != BLACK
        page.emulate_media(color_scheme="light", contrast="no-preference")
        page.get_by_text("Language and appearance").click()
        page.get_by_label("High contrast").check()
        page.reload()
        assert ground(page) == WHITE


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
