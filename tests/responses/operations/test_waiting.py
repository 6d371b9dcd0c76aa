"""Who had to wait at a lock decides on what is there now, not on what was there before."""

from __future__ import annotations

import pytest
from django.db.models import F

from inbox.models import Conversation
from responses import stops
from responses.errors import ConversationMoved
from responses.models import ApprovalPolicy, Draft, Reply
from responses.operations import approvals, drafts, replies
from tests.factories import make_conversation, make_message, make_user
from tests.responses.build import make_draft, make_queued, make_submitted
from tests.waiting import only_postgresql, while_it_waits

pytestmark = [pytest.mark.django_db(transaction=True), only_postgresql]


def say_more(conversation: Conversation) -> None:
    make_message(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(version=F("version") + 1)


def test_a_submission_that_waited_sees_what_was_said_meanwhile() -> None:
    draft = make_draft()
    seen = draft.conversation.version
    with pytest.raises(ConversationMoved):
        while_it_waits(
            hold=lambda: Draft.objects.select_for_update().get(pk=draft.pk),
            act=lambda: drafts.submit(draft=draft, by=draft.author, seen_version=seen),
            change=lambda: say_more(draft.conversation),
        )
    assert not Reply.objects.exists()


def test_a_submission_that_waited_goes_by_the_policy_of_now() -> None:
    conversation = make_conversation()
    policy = ApprovalPolicy.objects.create(
        channel=conversation.channel, public_needs_approval=False
    )
    draft = make_draft(conversation)
    while_it_waits(
        hold=lambda: Draft.objects.select_for_update().get(pk=draft.pk),
        act=lambda: drafts.submit(draft=draft, by=draft.author, seen_version=conversation.version),
        change=lambda: ApprovalPolicy.objects.filter(pk=policy.pk).update(
            public_needs_approval=True
        ),
    )
    draft.refresh_from_db()
    assert draft.status == Draft.Status.IN_REVIEW


def test_an_approval_that_waited_counts_what_the_manager_read_meanwhile() -> None:
    draft, ben = make_submitted(), make_user(role="manager")
    newest = draft.conversation.version + 1
    approval = while_it_waits(
        hold=lambda: Draft.objects.select_for_update().get(pk=draft.pk),
        act=lambda: approvals.approve(
            draft=draft,
            by=ben,
            content_hash=draft.content_hash,
            acknowledged_version=newest,
        ),
        change=lambda: say_more(draft.conversation),
    )
    assert approval.reply.seen_version == newest


def test_a_reply_that_waited_is_not_sent_past_what_was_said_meanwhile() -> None:
    reply = make_queued()
    held = {"status": Reply.Status.HELD, "stop_code": stops.CONVERSATION_MOVED}
    Reply.objects.filter(pk=reply.pk).update(**held)
    seen = reply.conversation.version
    with pytest.raises(ConversationMoved):
        while_it_waits(
            hold=lambda: Reply.objects.select_for_update().get(pk=reply.pk),
            act=lambda: replies.send_anyway(reply=reply, by=reply.author, seen_version=seen),
            change=lambda: say_more(reply.conversation),
        )
    reply.refresh_from_db()
    assert reply.status == Reply.Status.HELD
