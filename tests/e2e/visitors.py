"""People who look at every screen: signed in as far as a page asks for, in a theme and a size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from tests.e2e.browser import browser_page, hear_nothing, hold_key, sign_in
from tests.e2e.pages import ADMIN, HALFWAY, PAGES, SECURED, STRANGER, Page
from tests.e2e.scene import PASSWORD, add_second_factor, build_scene


class Visitors:
    """One page for each kind of visitor, and the scene they look at."""

    def __init__(self, url: str, stack: ExitStack, **options: Any) -> None:
        self.url, self.stack, self.options = url, stack, options
        cache.clear()
        self.scene = build_scene()
        add_second_factor(HALFWAY)
        self.pages = {who: self._enter(who) for who in (STRANGER, ADMIN, SECURED, HALFWAY)}
        self.scene["key_pk"] = self._add_key(self.pages[SECURED])
        add_second_factor(SECURED)

    def _enter(self, who: str) -> Any:
        page = self.stack.enter_context(browser_page(**self.options))
        hear_nothing(page)
        if who != STRANGER:
            page.goto(self.url + reverse("account_login"))
            sign_in(page, who, PASSWORD)
            page.wait_for_url(lambda url: "login" not in url)
        if who in (ADMIN, SECURED):  # may change what guards their account
            page.goto(self.url + reverse("account_reauthenticate"))
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Confirm").click()
            page.wait_for_url(lambda url: "reauthenticate" not in url)
        return page

    def _add_key(self, page: Any) -> int:
        hold_key(page)
        page.goto(self.url + reverse("mfa_add_webauthn"))
        page.get_by_label("Name").fill("Work laptop")
        page.get_by_role("button", name="Add key").click()
        page.wait_for_url("**" + reverse("mfa_view_recovery_codes"))
        return Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk

    def open(self, page: Page) -> Any:
        """Open one screen of the list for whoever looks at it, with what it loads afterwards."""
        tab = self.pages[page.who]
        answer = tab.goto(self.url + page.address(self.scene))
        assert answer.status == page.status, page.title
        tab.locator(".htmx-request").first.wait_for(state="detached")
        return tab

    def each_page(self) -> Iterator[tuple[Page, Any]]:
        """Every screen of the list, opened."""
        for page in PAGES:
            yield page, self.open(page)


@contextmanager
def visitors(url: str, **options: Any) -> Iterator[Visitors]:
    app = {"client_id": "ours", "client_secret": "hush"}  # without one no channel can be connected
    networks = {name: values | app for name, values in settings.NETWORKS.items()}
    places = settings.SIGN_INS | {"google": settings.SIGN_INS["google"] | app}
    # Who has confirmed who they are must not be asked again before the last screen.
    given = {"NETWORKS": networks, "SIGN_INS": places, "ACCOUNT_REAUTHENTICATION_TIMEOUT": 3600}
    with ExitStack() as stack, override_settings(**given):
        yield Visitors(url, stack, **options)
