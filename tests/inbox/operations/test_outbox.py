"""One change, one event, for those who asked, in the transaction of the change."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import Channel, Conversation, Label, Team, User, WebhookDelivery, WebhookEndpoint
from inbox.operations import channels, conversations, health, webhooks
from inbox.operations.ingest import ingest
from inbox.operations.recheck import apply_lookup
from tests.factories import make_channel, make_conversation, make_user
from tests.inbound import item, ours
from tests.inbox.hooks import make_webhook
from tests.responses.build import make_queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(db: None) -> WebhookEndpoint:
    return make_webhook()[0]


def told() -> list[str]:
    """The events so far, oldest first; forgets them."""
    rows = list(WebhookDelivery.objects.order_by("pk").values_list("event", flat=True))
    WebhookDelivery.objects.all().delete()
    return rows


def test_each_act_on_a_conversation_is_told_once(
    hook: WebhookEndpoint, conversation: Conversation, ana: User
) -> None:
    label = Label.objects.create(name="outage")
    conversations.take(conversation=conversation, by=ana)
    conversations.take(conversation=conversation, by=ana)  # nothing changes
    assert told() == ["conversation.assigned"]
    conversations.add_label(conversation=conversation, label=label, by=ana)
    conversations.add_note(conversation=conversation, text="careful", by=ana)
    event = conversations.resolve(conversation=conversation, by=ana)
    assert told() == ["conversation.labelled", "note.added", "conversation.status"]
    assert event
    conversations.undo(event=event, by=ana)
    assert told() == ["conversation.status"]


def test_an_event_says_what_is_true_after_the_change(
    hook: WebhookEndpoint, conversation: Conversation, ana: User
) -> None:
    conversations.resolve(conversation=conversation, by=ana)
    payload = WebhookDelivery.objects.get().payload
    assert payload["conversation"]["status"] == "resolved"
    assert payload["conversation"]["id"] == conversation.pk
    assert payload["actor"] == {"id": ana.pk, "username": "ana"}


def test_what_comes_in_is_told(hook: WebhookEndpoint, channel: Channel, ana: User) -> None:
    ingest(channel=channel, messages=[item(1, "my site is down")])
    assert told() == ["conversation.created", "message.received"]
    ingest(channel=channel, messages=[item(1, "my site is down"), item(2, "still", parent=1)])
    assert told() == ["message.received"]
    ingest(channel=channel, messages=[ours(3, "we are on it", parent=2)])
    assert told() == ["conversation.status"]  # answered; our own words are no news
    ingest(channel=channel, messages=[item(4, "thanks", parent=3)])
    row = WebhookDelivery.objects.get(event="message.received")
    assert row.payload["message"]["text"] == "thanks"
    assert set(told()) == {"conversation.status", "message.received"}
    apply_lookup(channel=channel, found={"4": None})
    assert told()[-1] == "message.changed"


def test_the_way_of_a_reply_is_told(hook: WebhookEndpoint, conversation: Conversation) -> None:
    make_queued(conversation, text="We are on it.")
    rows = WebhookDelivery.objects.order_by("pk")
    assert [row.payload.get("draft", row.payload.get("reply"))["text"] for row in rows] == [
        "We are on it."
    ] * 3
    assert told() == ["draft.submitted", "draft.approved", "reply.queued"]


def test_a_channel_in_trouble_is_told_without_its_secrets(
    hook: WebhookEndpoint, channel: Channel, dewi: User
) -> None:
    health.mark_signed_out(channel=channel, words="signed out")
    channels.set_paused(channel=channel, paused=True, by=dewi)
    for row in WebhookDelivery.objects.all():
        assert row.payload["channel"]["health"] == "needs_login"
        assert "secrets" not in str(row.payload)
    assert told() == ["channel.health", "channel.paused"]


def test_what_is_rolled_back_is_not_told(
    hook: WebhookEndpoint, conversation: Conversation, ana: User
) -> None:
    with transaction.atomic():
        conversations.resolve(conversation=conversation, by=ana)
        transaction.set_rollback(True)
    assert told() == []


def test_each_hears_only_what_it_asked_for(ana: User) -> None:
    team = Team.objects.create(name="A")
    mine, theirs = make_channel(team=team), make_channel()
    make_webhook(name="team", team=team)
    make_webhook(name="channel", channel=theirs)
    make_webhook(name="notes", events=["note.added"])
    paused, _secret = make_webhook(name="paused")
    webhooks.set_paused(endpoint=paused, paused=True, by=paused.owner)
    off, _secret = make_webhook(name="off")
    WebhookEndpoint.objects.filter(pk=off.pk).update(state=WebhookEndpoint.State.DISABLED)
    dewi = make_user(role="admin")
    conversations.resolve(conversation=make_conversation(mine), by=dewi)
    conversations.resolve(conversation=make_conversation(theirs), by=dewi)
    rows = WebhookDelivery.objects.order_by("pk").values_list("endpoint__name", "event_id")
    names = [name for name, _id in rows]
    assert names == ["paused", "team", "channel", "paused"]
    assert len({event_id for _name, event_id in rows}) == 2


def test_without_listeners_nothing_is_written_and_nobody_rung(
    conversation: Conversation, ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as rings:
        conversations.resolve(conversation=conversation, by=ana)
    assert told() == []
    assert len(rings) == 1  # the one that moves the screens


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://hooks.example.org/"}, "https"),
        ({"url": "https://user:pass@hooks.example.org/"}, "password"),
        ({"url": "not an address"}, "https"),
        ({"events": []}, "at least one"),
        ({"events": ["message.lost"]}, "message.lost"),
        ({"name": " "}, "name"),
    ],
)
def test_an_unfit_webhook_is_refused_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        make_webhook(**fields)


def test_only_an_admin_manages_webhooks(ben: User, hook: WebhookEndpoint) -> None:
    for act in (
        lambda: make_webhook(ben),
        lambda: webhooks.rotate_secret(endpoint=hook, by=ben),
        lambda: webhooks.set_paused(endpoint=hook, paused=True, by=ben),
        lambda: webhooks.replay(endpoint=hook, by=ben),
        lambda: webhooks.ping(endpoint=hook, by=ben),
    ):
        with pytest.raises(NotAllowed):
            act()
