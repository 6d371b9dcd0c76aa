"""What can be wrong around the desk."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from crisisdesk.doctor import surroundings
from tests.crisisdesk.doctor.looking import is_fine, problems, warnings

HTTPS = "https://desk.example.org"


def test_a_public_desk_behind_tls_is_fine(settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = HTTPS, ["desk.example.org"]
    assert is_fine(surroundings.web())


@pytest.mark.parametrize("url", ["desk.example.org", "ftp://desk", "https://desk.example.org/x"])
def test_what_is_not_an_address_is_refused(settings, url: str) -> None:
    settings.SITE_URL = url
    assert f"SITE_URL is not an address: {url}" in problems(surroundings.web())


def test_a_host_that_the_desk_does_not_answer_to(settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = HTTPS + ":8443", ["127.0.0.1"]
    assert "does not answer to the host" in problems(surroundings.web())


def test_plain_http_is_only_for_this_machine(settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "http://desk.example.org", ["*"]
    assert "travel unencrypted" in problems(surroundings.web())
    assert "accepts any host name" in warnings(surroundings.web())
    settings.SITE_URL, settings.ALLOWED_HOSTS = "http://127.0.0.1:8000", ["127.0.0.1"]
    assert is_fine(surroundings.web())


def test_debug_is_worst_in_public(settings) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["desk.example.org", "localhost"]
    settings.SITE_URL = HTTPS
    assert "DEBUG shows" in problems(surroundings.web())
    settings.SITE_URL = "http://localhost:8000"
    assert "DEBUG shows" in warnings(surroundings.web())


def test_a_desk_without_mail_is_said(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "No mail is sent" in warnings(surroundings.mail())
    settings.PRACTICE_NETWORK = True
    assert is_fine(surroundings.mail())


def test_a_mail_server_is_tried_and_its_password_not_shown(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_HOST_PASSWORD = "hush"
    words = problems(surroundings.mail())
    assert "The mail server 127.0.0.1:1 does not let us in (ConnectionRefusedError)." in words
    assert "hush" not in words


@pytest.mark.parametrize(("free", "judge"), [(100_000_000, problems), (1_000_000_000, warnings)])
def test_a_disk_that_fills_up_is_said(monkeypatch, settings, tmp_path, free: int, judge) -> None:
    settings.DATA_DIR = tmp_path
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free))
    assert f"{free / 1e9:.1f} GB are free" in judge(surroundings.disk())
