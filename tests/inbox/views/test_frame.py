"""The live part of the frame."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from inbox.models import Channel, User
from tests.factories import make_channel


def test_trouble_comes_as_bars_and_a_dot_for_the_rail(client: Client, ana: User) -> None:
    make_channel(name="Brand on X", is_paused=True)
    client.force_login(ana)
    html = client.get(reverse("inbox:frame"), headers={"hx-request": "true"}).content.decode()
    assert "Brand on X" in html
    assert 'id="rail-health" hx-swap-oob="true"' in html
    assert "<html" not in html


def test_healthy_channels_leave_no_bar(client: Client, ana: User, channel: Channel) -> None:
    client.force_login(ana)
    html = client.get(reverse("inbox:frame")).content.decode()
    assert 'class="bar' not in html
    assert "Channels fine" in html


def test_visitors_are_sent_to_sign_in(client: Client) -> None:
    assert client.get(reverse("inbox:frame")).status_code == 302


def test_dot_tells_late_from_missing(client: Client, ana: User, channel: Channel) -> None:
    client.force_login(ana)
    for health, dot in ((Channel.Health.SLOW, "warning"), (Channel.Health.BLIND, "negative")):
        Channel.objects.update(health=health)
        assert f"dot--{dot}" in client.get(reverse("inbox:frame")).content.decode()
