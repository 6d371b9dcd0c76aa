"""A mailbox that is connected by signing in elsewhere, page by page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from inbox.models import Channel
from inbox.operations import channels
from tests.e2e.browser import browser_page, hear_nothing, sign_in
from tests.factories import make_user
from tests.inbox.connectors.mail.desk import ADDRESS
from tests.inbox.connectors.mail.mails import make_mail
from tests.inbox.practice.identity.server import Server
from tests.mail_servers import NO_DOVECOT, Sending, dovecot, has_dovecot, smtp_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),
    pytest.mark.skipif(not has_dovecot(), reason=NO_DOVECOT),
]
PASSWORD = "correct horse battery"


@pytest.fixture
def google(settings: Any) -> Iterator[None]:
    """A place to sign in at, with the mail servers that believe it."""
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    with (
        Server(ADDRESS, "other@brand.example") as place,
        dovecot(introspection=f"{place.url}/introspect") as box,
        smtp_server(Sending(opens=place.holder)) as port,
    ):
        box.deliver(make_mail().as_bytes())
        at = place.settings(imap=box.port, smtp=port)
        settings.SIGN_INS = settings.SIGN_INS | {"google": at}
        yield
    channels.http.cache_clear()


def test_an_admin_signs_in_there_looks_and_connects(live_server: Any, google: None) -> None:
    cache.clear()
    make_user("dewi", "admin", password=PASSWORD)
    with browser_page() as page:
        hear_nothing(page)
        page.goto(live_server.url + reverse("account_login"))
        sign_in(page, "dewi", PASSWORD)
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(live_server.url + reverse("inbox:channel_networks"))
        page.get_by_role("link", name="E-mail").click()
        page.get_by_text("set MICROSOFT_CLIENT_ID").wait_for()
        page.get_by_role("link", name="Sign in with Google").click()
        page.get_by_role("link", name="Sign in at Google").click()
        page.get_by_role("button", name="Allow").click()
        page.get_by_role("heading", name="Is this the account?").wait_for()
        assert page.get_by_text("1 item on the first page").is_visible()
        page.get_by_role("button", name="Connect this account").click()
        page.get_by_text("is connected").wait_for()
        assert page.errors == []
    assert Channel.objects.get().external_id == ADDRESS
