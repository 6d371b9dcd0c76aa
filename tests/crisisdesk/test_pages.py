"""Rules for every page: nothing inline, so that the Content-Security-Policy needs no hole."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from inbox.models import User

ENTRANCE = ["account_login", "account_signup", "account_reset_password", "account_inactive"]
ACCOUNT = [
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "account_change_password",
    "account_email",
    "account_logout",
    "account_reauthenticate",
]
ERRORS = ["400.html", "403.html", "404.html", "429.html", "500.html", "403_csrf.html"]


class Inline(HTMLParser):
    """Collects what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "style" or "style" in values:
            self.found.append(f"style in <{tag}>")
        is_data = "json" in (values.get("type") or "")
        if tag == "script" and "src" not in values and not is_data and "nonce" not in values:
            self.found.append("inline script")
        for name in values:
            if name.startswith(("on", "hx-on")):
                self.found.append(f"{name} in <{tag}>")
        if (values.get("href") or "").startswith("javascript:"):
            self.found.append("javascript: link")


def inline_parts(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


@pytest.fixture
def member(client: Client, dewi: User) -> Client:
    """Dewi, freshly signed in, so that her security settings open."""
    form = {"login": dewi.username, "password": "correct horse battery"}
    client.post(reverse("account_login"), form)
    client.post(reverse("account_reauthenticate"), form)
    return client


@pytest.mark.parametrize("name", ENTRANCE)
def test_pages_of_the_entrance_have_nothing_inline(client: Client, db: None, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert inline_parts(answer.content.decode()) == []


@pytest.mark.parametrize("name", ACCOUNT)
def test_account_pages_have_nothing_inline(member: Client, name: str) -> None:
    answer = member.get(reverse(name))
    assert answer.status_code == 200
    assert inline_parts(answer.content.decode()) == []


@pytest.mark.parametrize("name", ERRORS)
def test_error_pages_stand_without_a_request(name: str) -> None:
    html = get_template(name).render({})
    assert "<h1>" in html
    assert inline_parts(html) == []


def test_unknown_address_keeps_the_frame_for_those_signed_in(member: Client) -> None:
    answer = member.get("/no/such/page/")
    assert answer.status_code == 404
    assert 'class="rail"' in answer.content.decode()


def test_policy_allows_nothing_inline(client: Client, db: None) -> None:
    policy = client.get(reverse("account_login"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in ("script-src 'self'", "style-src 'self'", "object-src 'none'"):
        assert directive in policy


def test_a_missing_csrf_token_gets_a_plain_page(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "ana"})
    assert answer.status_code == 403
    assert "This page had grown too old" in answer.content.decode()


def test_templates_carry_no_inline_handlers_or_styles() -> None:
    for path in (Path(django_settings.BASE_DIR) / "templates").rglob("*.html"):
        text = path.read_text()
        for forbidden in (" style=", " onclick=", " onchange=", "hx-on", "<style", "js:{"):
            assert forbidden not in text, f"{forbidden} in {path}"


def test_every_stylesheet_colour_is_a_token() -> None:
    """Themes and contrast work only as long as colours are named in one file."""
    folder = Path(django_settings.BASE_DIR) / "static" / "css"
    for path in folder.glob("*.css"):
        if path.name == "tokens.css":
            continue
        for line in path.read_text().splitlines():
            assert "rgb(" not in line, f"{path.name}: {line}"
            assert not any(word.startswith("#") and is_hex(word) for word in line.split()), (
                f"{path.name}: {line}"
            )


def is_hex(word: str) -> bool:
    digits = word.strip("#;,")
    return len(digits) in (3, 6, 8) and all(c in "0123456789abcdefABCDEF" for c in digits)
