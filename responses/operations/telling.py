"""Which news of our replies reaches whose tray."""

from __future__ import annotations

from inbox.models import Notification, User, Watch
from inbox.operations.notifications import EXCERPT, notify, notify_watchers
from responses.models import Approval, Reply

Kind = Notification.Kind

OF_DECISION = {
    Approval.Decision.APPROVED: Kind.APPROVED,
    Approval.Decision.CHANGES_REQUESTED: Kind.RETURNED,
    Approval.Decision.REJECTED: Kind.REJECTED,
}


def of_decision(*, approval: Approval, by: User) -> None:
    """Tell the author what became of their text, with the manager's words."""
    draft = approval.draft
    notify(
        kind=OF_DECISION[Approval.Decision(approval.decision)],
        conversation=draft.conversation,
        user_ids=[draft.author_id],
        actor=by,
        anchor="reply-panel",
        excerpt=approval.comment[:EXCERPT],
    )


def of_sent(*, reply: Reply, by: User | None = None) -> None:
    """Tell who watches that the reply is on the network; its author is its actor.

    by: who has found it there, and so knows it.
    """
    anchor = f"m-{reply.message_id}" if reply.message_id else "reply-panel"
    notify_watchers(
        kind=Kind.SENT,
        conversation_ids=[reply.conversation_id],
        actor=reply.author,
        besides=[by.pk] if by else [],
        anchors={reply.conversation_id: anchor},
        excerpt=reply.text[:EXCERPT],
    )


def of_stop(*, reply: Reply) -> None:
    """Tell the author, whether they watch or not, and who watches, that it waits for a person."""
    watches = Watch.objects.filter(conversation=reply.conversation_id, is_on=True)
    notify(
        kind=Kind.FAILED,
        conversation=reply.conversation,
        user_ids={reply.author_id, *watches.values_list("user", flat=True)},
        anchor="reply-panel",
        excerpt=reply.text[:EXCERPT],
        code=reply.stop_code,
    )
