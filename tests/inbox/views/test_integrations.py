"""Pages of tokens and webhooks: secrets are shown once, mistakes keep what was typed."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import ApiToken, User, WebhookDelivery, WebhookEndpoint
from inbox.operations import tokens
from tests.inbox.hooks import make_delivery, make_webhook

pytestmark = pytest.mark.django_db

HOOK = {"name": "Pager", "url": "https://hooks.example.org/x", "events": ["message.received"]}


def text(answer) -> str:
    return answer.content.decode()


def test_a_token_is_shown_once_and_works(client: Client, ana: User):
    client.force_login(ana)
    answer = client.post(
        reverse("inbox:tokens"), {"name": "bot", "scopes": ["triage"], "days": "30"}
    )
    secret = re.search(r"cd_[0-9a-f]{12}_[\w-]{43}", text(answer))
    assert secret
    assert "no-store" in answer["Cache-Control"]
    assert tokens.holder_of(shown=secret[0])
    later = text(client.get(reverse("inbox:tokens")))
    assert "bot" in later
    assert secret[0] not in later


def test_a_role_is_offered_only_its_scopes(client: Client, ana: User):
    client.force_login(ana)
    assert 'value="approve"' not in text(client.get(reverse("inbox:tokens")))
    answer = client.post(
        reverse("inbox:tokens"), {"name": "bot", "scopes": ["approve"], "days": "30"}
    )
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()
    assert 'value="bot"' in text(answer)


def test_one_revokes_ones_own_and_an_admin_everybodys(client: Client, ana: User, dewi: User):
    mine, _secret = tokens.create_token(name="a", scopes=[], days=1, by=ana)
    theirs, _secret = tokens.create_token(name="b", scopes=[], days=1, by=dewi)
    client.force_login(ana)
    assert client.post(reverse("inbox:token_revoke", args=[theirs.pk])).status_code == 404
    client.post(reverse("inbox:token_revoke", args=[mine.pk]))
    assert not ApiToken.objects.get(pk=mine.pk).is_live
    client.force_login(dewi)
    assert "cd_" + mine.prefix in text(client.get(reverse("inbox:all_tokens")))
    client.post(reverse("inbox:token_revoke", args=[theirs.pk]), {"from": "all"})
    assert not ApiToken.objects.get(pk=theirs.pk).is_live


def test_a_webhook_is_added_changed_and_its_secret_shown_once(client: Client, dewi: User):
    client.force_login(dewi)
    added = client.post(reverse("inbox:webhook_add"), HOOK)
    secret = WebhookEndpoint.objects.get().secrets["current"]
    assert secret in text(added).replace("&#x2B;", "+")
    row = WebhookEndpoint.objects.get()
    assert secret not in text(client.get(row.get_absolute_url()))
    changed = client.post(row.get_absolute_url(), HOOK | {"name": "Siren"})
    assert changed.status_code == 302
    assert "Siren" in text(client.get(reverse("inbox:webhooks")))


@pytest.mark.parametrize(
    "change", [{"url": "http://x.example/"}, {"url": "no"}, {"events": []}, {"name": ""}]
)
def test_a_mistake_keeps_what_was_typed(client: Client, dewi: User, change: dict):
    client.force_login(dewi)
    answer = client.post(reverse("inbox:webhook_add"), HOOK | change)
    assert answer.status_code == 422
    assert "hooks.example.org" in text(answer) or "url" in change
    assert not WebhookEndpoint.objects.exists()


def test_the_log_shows_what_came_back_and_sends_again(client: Client, dewi: User):
    client.force_login(dewi)
    hook, _secret = make_webhook()
    log = [{"at": "2026-01-01T00:00:00Z", "status": 500, "words": "", "excerpt": "<b>", "ms": 3}]
    row = make_delivery(hook, status=WebhookDelivery.Status.FAILED, log=log, attempts=3)
    assert "message.received" in text(client.get(hook.get_absolute_url()))
    page = text(client.get(reverse("inbox:webhook_delivery", args=[hook.pk, row.pk])))
    assert "&lt;b&gt;" in page
    client.post(reverse("inbox:webhook_replay", args=[hook.pk]))
    row.refresh_from_db()
    assert row.status == WebhookDelivery.Status.PENDING


def test_one_that_was_switched_off_is_seen_above_every_page(client: Client, dewi: User, ana: User):
    make_webhook(name="Pager")
    WebhookEndpoint.objects.update(state="disabled", state_reason="It is gone.")
    client.force_login(dewi)
    assert "It is gone." in text(client.get("/"))
    client.force_login(ana)
    assert "It is gone." not in text(client.get("/"))
