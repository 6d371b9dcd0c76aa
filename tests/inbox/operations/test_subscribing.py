"""The desk asks X to deliver and X does: the whole way over HTTP, and what stops it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors.errors import AuthExpired, Rejected, TransientError
from inbox.models import AuditEvent, Channel, Message, Receipt
from inbox.operations import channels, receipts, subscribing
from tests.factories import make_channel
from tests.inbox.deliveries import sign_with
from tests.inbox.practice.server import Practice, practice

__all__ = ["practice"]

pytestmark = pytest.mark.django_db


class Asked:
    def __init__(self) -> None:
        self.urls: list[str] = []
        self.fail: Exception | None = None

    def subscribe(self, *, url: str) -> None:
        self.urls.append(url)
        if self.fail:
            raise self.fail


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Asked:
    sign_with(settings)
    settings.SITE_URL, settings.IS_HTTPS = "https://desk.example", True
    asked = Asked()
    monkeypatch.setattr(channels, "connector_for", lambda channel: asked)
    return asked


def test_the_network_is_told_the_address(channel: Channel, x: Asked) -> None:
    subscribing.subscribe(channel_id=channel.pk)
    assert x.urls == ["https://desk.example/hooks/x/"]
    channel.refresh_from_db()
    assert (channel.push_error, channel.push_checked_at is not None) == ("", True)
    assert AuditEvent.objects.filter(verb="inbox.channel.push").count() == 1
    subscribing.subscribe(channel_id=channel.pk)
    assert AuditEvent.objects.filter(verb="inbox.channel.push").count() == 1  # nothing changed


def test_a_refusal_is_shown_and_asked_again_later(channel: Channel, x: Asked) -> None:
    x.fail = Rejected("Your plan has no webhooks.")
    subscribing.subscribe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.push_error == "Your plan has no webhooks."
    now = timezone.now()
    assert subscribing.due(now=now) == []
    assert subscribing.due(now=now + subscribing.AFTER_FAILURE) == [channel.pk]
    x.fail = None
    subscribing.subscribe(channel_id=channel.pk)
    assert subscribing.due(now=now + subscribing.AFTER_FAILURE) == []
    assert subscribing.due(now=now + subscribing.EVERY + timedelta(minutes=1)) == [channel.pk]


@pytest.mark.parametrize("trouble", [TransientError("busy"), AuthExpired("signed out")])
def test_trouble_is_no_crash(channel: Channel, x: Asked, trouble: Exception) -> None:
    x.fail = trouble
    subscribing.subscribe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.push_error == str(trouble)


def test_without_https_nobody_is_asked(channel: Channel, x: Asked, settings: Any) -> None:
    settings.IS_HTTPS = False
    subscribing.subscribe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert x.urls == []
    assert channel.push_error == subscribing.NEEDS_HTTPS


def test_without_the_apps_secret_nobody_is_asked(channel: Channel, x: Asked, settings: Any) -> None:
    settings.NETWORKS = {"x": settings.NETWORKS["x"] | {"hook_secret": ""}}
    assert subscribing.due(now=timezone.now()) == []
    subscribing.subscribe(channel_id=channel.pk)
    assert x.urls == []


def test_channels_that_may_not_be_talked_to_are_left_alone(channel: Channel, x: Asked) -> None:
    make_channel(network="mastodon", handle="us")
    Channel.objects.filter(pk=channel.pk).update(is_paused=True)
    assert subscribing.due(now=timezone.now()) == []


@pytest.mark.django_db(transaction=True)
def test_what_happens_on_x_is_here_without_a_poll(
    practice: Practice, live_server: Any, settings: Any
) -> None:
    secret = "practice-consumer-secret"
    settings.PRACTICE_NETWORK, settings.SITE_URL = True, live_server.url
    settings.NETWORKS = {
        "x": {
            "api_url": practice.url,
            "authorize_url": f"{practice.url}/i/oauth2/authorize",
            "token_url": f"{practice.url}/2/oauth2/token",
            "client_id": "practice-client",
            "client_secret": "practice-secret",
            "hook_key": "practice-consumer",
            "hook_secret": secret,
        }
    }
    channels.http.cache_clear()
    practice.user("brand")
    token = practice.token_for("brand")
    channel = make_channel(
        external_id=token["user_id"],
        handle="brand",
        is_practice=True,
        secrets={"access_token": token["access_token"]},
    )
    for _twice in range(2):
        subscribing.subscribe(channel_id=channel.pk)
        channel.refresh_from_db()
        assert channel.push_error == ""
    practice.post("rina", "@brand is it down?")
    practice.message("rina", "brand", "my number is 12")
    _until(lambda: Receipt.objects.count() == 2)
    for receipt_id in receipts.due(now=timezone.now()):
        receipts.read(receipt_id=receipt_id)
    assert set(Receipt.objects.values_list("state", "error")) == {("done", "")}
    assert set(Message.objects.values_list("text", "is_private", "author__handle")) == {
        ("@brand is it down?", False, "rina"),
        ("my number is 12", True, "rina"),
    }
    channels.http.cache_clear()


def _until(holds: Any) -> None:
    deadline = time.monotonic() + 10
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.02)
