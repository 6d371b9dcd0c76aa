"""What becomes of a reply reaches its author and those who watch."""

from __future__ import annotations

import pytest

from inbox.connectors.errors import Rejected
from inbox.models import Conversation, Notification, User, Watch
from inbox.operations import watching
from responses.models import Reply
from responses.operations import approvals, replies
from responses.operations.sending import deliver
from tests.responses.build import make_queued, make_submitted
from tests.responses.network import Network

pytestmark = pytest.mark.django_db


def entries(user: User) -> list[str]:
    return list(
        Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True)
    )


def test_a_decision_reaches_the_author(conversation: Conversation, ana: User, ben: User) -> None:
    draft = make_submitted(conversation, ana)
    approvals.request_changes(
        draft=draft, by=ben, content_hash=draft.content_hash, comment="Say sorry first"
    )
    entry = Notification.objects.get()
    assert (entry.user, entry.kind, entry.actor) == (ana, "returned", ben)
    assert entry.facts["excerpt"] == "Say sorry first"


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_each_decision_has_its_own_kind(
    conversation: Conversation, ana: User, ben: User, act: str
) -> None:
    draft = make_submitted(conversation, ana)
    getattr(approvals, act)(draft=draft, by=ben, content_hash=draft.content_hash, comment="No")
    assert entries(ana) == [{"approve": "approved", "reject": "rejected"}[act]]
    assert entries(ben) == []


def test_who_replies_watches(conversation: Conversation, ana: User, ben: User) -> None:
    make_queued(conversation, ana, ben)
    assert Watch.objects.get().user == ana


def test_a_sent_reply_is_told_to_those_who_watch_but_not_its_author(
    conversation: Conversation, ana: User, ben: User, network: Network
) -> None:
    reply = make_queued(conversation, ana, ben)
    watching.watch(conversation=conversation, by=ben, is_on=True)
    deliver(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.SENT
    assert entries(ben) == ["sent"]
    entry = Notification.objects.get(user=ben)
    assert entry.actor == ana
    assert entry.anchor == f"m-{Reply.objects.get().message_id}"
    assert entries(ana) == ["approved"]


def test_a_refused_reply_is_told_to_its_author_even_who_does_not_watch(
    conversation: Conversation, ana: User, ben: User, network: Network
) -> None:
    reply = make_queued(conversation, ana, ben)
    watching.watch(conversation=conversation, by=ana, is_on=False)
    network.faults = [Rejected("Not allowed here")]
    deliver(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.FAILED
    assert entries(ana) == ["approved", "failed"]
    assert entries(ben) == []


def test_a_reply_that_somebody_found_on_the_network_is_told_like_one_that_was_sent(
    conversation: Conversation, ana: User, ben: User, dewi: User, network: Network
) -> None:
    reply = make_queued(conversation, ana, ben)
    for user in (ben, dewi):
        watching.watch(conversation=conversation, by=user, is_on=True)
    Reply.objects.filter(pk=reply.pk).update(status=Reply.Status.UNKNOWN)
    replies.mark_as_sent(reply=reply, by=ben, url="https://x.com/i/web/status/9")
    entry = Notification.objects.get(user=dewi)
    assert (entry.kind, entry.actor, entry.anchor) == ("sent", ana, "reply-panel")
    assert entries(ben) == []  # who has found it knows
    assert entries(ana) == ["approved"]
