"""Deciding on a submitted reply: exactly one decision for each round, on exactly these words."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed, StaleState
from inbox.models import User
from inbox.operations.access import require_sight
from inbox.operations.audit import announce, record
from responses.models import Approval, Draft
from responses.operations import pictures, wording
from responses.operations.replies import queue_reply
from responses.operations.sendable import require_sendable
from responses.operations.telling import of_decision
from responses.states import DRAFT


@transaction.atomic
def approve(
    *,
    draft: Draft,
    by: User,
    content_hash: str,
    comment: str = "",
    text: str | None = None,
    acknowledged_version: int | None = None,
) -> Approval:
    """Agree to the text as shown, or to `text` as the manager has edited it, and queue it.

    content_hash: of the text on the manager's page; if the draft is another one by now, or
    somebody has decided, StaleState. acknowledged_version: the conversation's version that the
    manager has read and wants to answer all the same; without it a conversation that moved
    since the author read it stops the reply at send.
    Raises NotAllowed, StaleState, ChannelClosed, NotSendable, DuplicateText.
    """
    row = _open_for(draft, by, content_hash)
    final = row.text if text is None else wording.tidy(text)
    require_sendable(
        text=final,
        target=row.target,
        conversation=row.conversation,
        is_private=row.is_private,
        media=pictures.media_of(pictures.of_draft(row)),
    )
    DRAFT.move(row, Draft.Status.APPROVED)
    approval = _decide(row, by, Approval.Decision.APPROVED, comment, final)
    seen = row.seen_version
    if acknowledged_version is not None:
        seen = max(seen, min(acknowledged_version, row.conversation.version))
    queue_reply(draft=row, approval=approval, text=final, seen_version=seen, by=by)
    return approval


@transaction.atomic
def request_changes(*, draft: Draft, by: User, content_hash: str, comment: str) -> Approval:
    """Give the text back to its author with a note. Raises NotAllowed, StaleState, BadInput."""
    row = _open_for(draft, by, content_hash)
    note = _required(comment, _("Write what should change, so that the author knows."))
    DRAFT.move(row, Draft.Status.DRAFT, returned_note=note, content_hash="")
    return _decide(row, by, Approval.Decision.CHANGES_REQUESTED, note, row.text)


@transaction.atomic
def reject(*, draft: Draft, by: User, content_hash: str, comment: str) -> Approval:
    """Refuse the text for good. Raises NotAllowed, StaleState, BadInput."""
    row = _open_for(draft, by, content_hash)
    note = _required(comment, _("Write why it is rejected, so that the author knows."))
    DRAFT.move(row, Draft.Status.REJECTED)
    return _decide(row, by, Approval.Decision.REJECTED, note, row.text)


def hash_of(draft: Draft) -> str:
    """Return the hash of what `draft` says now."""
    return wording.content_hash(
        text=draft.text,
        target=draft.target,
        is_private=draft.is_private,
        channel=draft.conversation.channel,
        pictures=pictures.shown(draft.pictures.all()),
    )


def _open_for(draft: Draft, by: User, content_hash: str) -> Draft:
    """Return the draft, locked, if `by` may decide on it and it is what `by` was shown."""
    if not by.has_perm("responses.approve_draft"):
        raise NotAllowed(_("Your role does not approve replies."))
    if draft.author_id == by.pk:
        raise NotAllowed(_("You wrote this reply, so somebody else must decide on it."))
    row = Draft.objects.hold(draft.pk)
    require_sight(by=by, channel_id=row.conversation.channel_id)
    if row.status != Draft.Status.IN_REVIEW:
        raise StaleState(_("Somebody has already decided, or the author took it back."))
    if not content_hash == row.content_hash == hash_of(row):
        raise StaleState(_("The text has changed since you opened it. Read it again."))
    return row


def _decide(row: Draft, by: User, decision: Approval.Decision, comment: str, text: str) -> Approval:
    shown = pictures.shown(pictures.of_draft(row))
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                draft=row,
                round=row.round,
                by=by,
                decision=decision,
                comment=comment.strip(),
                submitted_text=row.text,
                text=text,
                pictures=[list(one) for one in shown],
                content_hash=wording.content_hash(
                    text=text,
                    target=row.target,
                    is_private=row.is_private,
                    channel=row.conversation.channel,
                    pictures=shown,
                ),
            )
    except IntegrityError as error:
        raise StaleState(_("Somebody has already decided.")) from error
    record(
        actor=by,
        verb=f"responses.draft.{decision.value}",
        target=row,
        conversation_id=row.conversation_id,
        approval=approval.pk,
        hash=approval.content_hash,
        edited=approval.was_edited,
        comment=approval.comment,
    )
    announce(
        kind="conversation",
        conversation_ids=[row.conversation_id],
        channel_id=row.conversation.channel_id,
        also=("approvals",),
    )
    of_decision(approval=approval, by=by)
    return approval


def _required(comment: str, message: str) -> str:
    if not comment.strip():
        raise BadInput(message)
    return comment.strip()
