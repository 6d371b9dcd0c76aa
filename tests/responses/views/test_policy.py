from __future__ import annotations

import pytest
from django.urls import reverse

from inbox.models import Channel, User
from responses.models import ApprovalPolicy
from tests.responses.views.test_panel import HTMX, enter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]


def test_an_admin_sets_the_policy_from_the_channel_page(channel: Channel, dewi: User) -> None:
    url = reverse("responses:policy", args=[channel.pk])
    client = enter(dewi)
    page = client.get(url, headers=HTMX).content.decode()
    assert "Public replies need a manager" in page
    assert "<html" not in page
    answer = client.post(url, {"private_needs_approval": "on", "undo_seconds": "30"}, headers=HTMX)
    assert "Saved" in answer["HX-Trigger"]
    policy = ApprovalPolicy.objects.get()
    assert (policy.public_needs_approval, policy.private_needs_approval) == (False, True)
    assert policy.undo_seconds == 30


def test_a_wrong_value_is_explained_and_changes_nothing(channel: Channel, dewi: User) -> None:
    url = reverse("responses:policy", args=[channel.pk])
    page = enter(dewi).post(url, {"undo_seconds": "999"}, headers=HTMX).content.decode()
    assert "60" in page
    assert not ApprovalPolicy.objects.exists()


def test_only_admins_see_it(channel: Channel, ana: User, ben: User, cleo: User) -> None:
    url = reverse("responses:policy", args=[channel.pk])
    for person in (ana, ben, cleo):
        assert enter(person).get(url).status_code == 403
