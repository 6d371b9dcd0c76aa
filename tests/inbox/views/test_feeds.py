"""The pages of feeds: the form, the look before saving, and a thread that nobody can answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import Channel, Conversation, User
from inbox.operations import channels, sync
from tests.inbox.practice.feed.server import Server, entry, server

__all__ = ["server"]


@pytest.fixture
def admin(client: Client, dewi: User, settings: Any) -> Client:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    client.force_login(dewi)
    return client


def form_url() -> str:
    return reverse("inbox:channel_connect", args=["feed"])


def test_an_admin_looks_and_then_reads(admin: Client, server: Server) -> None:
    assert "Google Alerts" in admin.get(reverse("inbox:channel_networks")).text
    assert "Addresses of the feeds" in admin.get(form_url()).text
    url = server.feed(add=[entry(number) for number in range(7)])
    found = admin.post(form_url(), {"addresses": url})
    assert found.status_code == 200
    assert "Practice News" in found.text
    assert "Article 6" in found.text
    assert "Article 1" not in found.text
    assert not Channel.objects.exists()
    admin.post(reverse("inbox:channel_keep"))
    channel = Channel.objects.get()
    page = admin.get(channel.get_absolute_url()).text
    assert "Change what is read" in page
    assert "Practice News" in page
    again = admin.get(f"{form_url()}?channel={channel.pk}").text
    assert url in again


def test_trouble_is_said_beside_the_form(admin: Client, server: Server) -> None:
    url = server.feed("old", mode="moved")
    page = admin.post(form_url(), {"addresses": f"{url}\n{server.feed('good')}"})
    assert page.status_code == 422
    assert "moved for good" in page.text
    assert f"Take {url}-new" in page.text
    assert page.context["offers"][0][1][0][1].startswith(f"{url}-new")
    assert admin.post(form_url(), {"addresses": " "}).status_code == 422


def test_a_thread_that_nobody_can_answer_offers_the_article(
    admin: Client, server: Server, ana: User
) -> None:
    admin.post(form_url(), {"addresses": server.feed(add=[entry(1)])})
    admin.post(reverse("inbox:channel_keep"))
    sync.sync_stream(stream_id=Channel.objects.get().streams.get().pk)
    conversation = Conversation.objects.get()
    admin.force_login(ana)
    panel = admin.get(reverse("responses:panel", args=[conversation.pk]))
    assert "the channel is only read" in panel.text
    assert 'href="https://news.example/1"' in panel.text
    assert "<textarea" not in panel.text
    saved = admin.post(
        reverse("responses:compose", args=[conversation.pk]),
        {"text": "Hello", "seen_version": 1, "last": 0, "act": "submit"},
    )
    assert saved.status_code in (409, 422)
    assert not conversation.drafts.exists()
