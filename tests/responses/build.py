"""Short cuts to the stages of a reply, by the same operations that people use."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from inbox.models import Conversation, User
from responses.models import ApprovalPolicy, Draft, Reply
from responses.operations import approvals, drafts
from tests.factories import make_conversation, make_user


def make_draft(
    conversation: Conversation | None = None,
    author: User | None = None,
    text: str = "We are on it.",
) -> Draft:
    conversation = conversation or make_conversation()
    author = author or make_user()
    draft = drafts.open_draft(
        conversation=conversation, by=author, seen_version=conversation.version
    )
    return drafts.save_text(draft=draft, by=author, text=text)


def make_submitted(
    conversation: Conversation | None = None, author: User | None = None, **kw: Any
) -> Draft:
    draft = make_draft(conversation, author, **kw)
    submitted = drafts.submit(draft=draft, by=draft.author, seen_version=draft.conversation.version)
    assert isinstance(submitted, Draft)
    return submitted


def make_queued(
    conversation: Conversation | None = None,
    author: User | None = None,
    manager: User | None = None,
    is_due: bool = True,
    **kw: Any,
) -> Reply:
    """An approved reply; `is_due`: its undo window has passed."""
    draft = make_submitted(conversation, author, **kw)
    manager = manager or make_user(role="manager")
    approval = approvals.approve(draft=draft, by=manager, content_hash=draft.content_hash)
    reply = Reply.objects.get(approval=approval)
    if is_due:
        Reply.objects.filter(pk=reply.pk).update(send_after=timezone.now())
        reply.refresh_from_db()
    return reply


def without_approval(conversation: Conversation, **fields: Any) -> ApprovalPolicy:
    return ApprovalPolicy.objects.create(
        channel=conversation.channel, public_needs_approval=False, **fields
    )
