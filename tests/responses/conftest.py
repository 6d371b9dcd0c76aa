"""The network in memory, and short cuts to the stages of a reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors import registry
from inbox.connectors.types import ChannelCredentials, Endpoints
from inbox.models import Channel
from inbox.operations import channels
from responses.models import Delivery, Reply
from tests.responses.network import FakeConnector, Network


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Put a network in memory behind every channel."""
    shared = Network()

    class Connected(FakeConnector):
        network = shared

    def connector_for(channel: Channel) -> FakeConnector:
        nowhere = Endpoints(api_url="", authorize_url="", token_url="", client_id="")
        return Connected(
            ChannelCredentials(channel.external_id, channel.handle, nowhere), http=None
        )

    registry.connector_class.cache_clear()
    monkeypatch.setattr(registry, "connector_class", lambda slug: Connected)
    monkeypatch.setattr(channels, "connector_for", connector_for)
    return shared


@pytest.fixture(autouse=True)
def _quick_settings(settings: Any) -> None:
    settings.SEND_LEASE, settings.NETWORK_TIMEOUT, settings.RECONCILE_SETTLE = 45.0, 15.0, 20.0


@pytest.fixture
def later() -> Callable[..., Reply]:
    """Let time pass for one reply: every moment it waits for moves into the past."""

    def pass_time(reply: Reply, **gap: float) -> Reply:
        step = timedelta(**(gap or {"minutes": 2}))
        row = Reply.objects.get(pk=reply.pk)
        for name in ("leased_until", "check_after", "first_attempt_at"):
            if getattr(row, name):
                setattr(row, name, getattr(row, name) - step)
        if row.send_after > timezone.now():
            row.send_after = timezone.now()
        row.save()
        for attempt in Delivery.objects.filter(reply=row):
            ended = attempt.finished_at and attempt.finished_at - step
            Delivery.objects.filter(pk=attempt.pk).update(
                started_at=attempt.started_at - step, finished_at=ended
            )
        return row

    return pass_time
