"""Writing a reply: begin, save as typed, submit, take back, throw away."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.lib.prepared import Prepared
from inbox.models import Conversation, Message, User
from inbox.operations.access import require_sight
from inbox.operations.audit import announce, record
from inbox.operations.claims import release
from responses.errors import ConversationMoved, DraftChanged, DraftClosed
from responses.models import Draft, Reply
from responses.operations import pictures
from responses.operations.news import moved_unseen, news_since
from responses.operations.policy import policy_for
from responses.operations.replies import queue_reply
from responses.operations.sendable import require_answerable, require_sendable
from responses.operations.wording import content_hash, tidy
from responses.states import DRAFT

_latest = Prepared(
    lambda conversation, author: Draft.objects.filter(
        conversation=conversation, author=author
    ).order_by("-pk")[:1],
    count=2,
)


_inbound = Prepared(
    lambda conversation: Message.objects.filter(
        conversation=conversation,
        direction=Message.Direction.INCOMING,
        is_context=False,
        deleted_at=None,
    ).order_by("-sent_at", "-pk")[:1]
)


def open_draft(
    *,
    conversation: Conversation,
    by: User,
    seen_version: int,
    seen_at: datetime | None = None,
    target: Message | None = None,
    is_private: bool | None = None,
    after: int | None = None,
) -> Draft:
    """Return the open draft of `by` in `conversation`, begun now if there is none.

    target: the message to answer, by default the newest that came in. seen_version and
    seen_at: what was on the writer's screen. after: id of the writer's latest draft when the
    page was made; if that one has since been followed by another that has left the writer's
    hands, the page is old and a late save must not begin a new draft.
    Raises NotAllowed, BadInput if there is nothing to answer, ChannelClosed where nobody can be
    answered, DraftClosed for an old page.
    """
    _require_writer(by)
    require_sight(by=by, channel_id=conversation.channel_id)
    latest = _latest.first(conversation.pk, by.pk)
    if latest:
        latest.conversation = conversation
    if latest and latest.status in Draft.IN_PROGRESS:
        return latest
    if after is not None and latest and latest.pk > after:
        raise DraftClosed(_("This reply was already submitted from another page."))
    target = target or newest_inbound(conversation)
    if target is None:
        raise BadInput(_("There is no message to answer here yet."))
    private = conversation.is_private if is_private is None else is_private
    require_answerable(channel=conversation.channel, is_private=private)
    draft = Draft(
        conversation=conversation,
        target=target,
        author=by,
        is_private=private,
        seen_version=min(seen_version, conversation.version),
        seen_at=seen_at or timezone.now(),
    )
    try:
        _begin(draft, by)
    except IntegrityError:  # a second tab of the same writer was quicker
        return conversation.drafts.get(author=by, status__in=Draft.IN_PROGRESS)
    return draft


@transaction.atomic
def _begin(draft: Draft, by: User) -> None:
    draft.save(force_insert=True)
    conversation = draft.conversation
    record(
        actor=by,
        verb="responses.draft.opened",
        target=draft,
        conversation_id=conversation.pk,
    )
    announce(
        kind="conversation",
        conversation_ids=[conversation.pk],
        channel_id=conversation.channel_id,
    )


def newest_inbound(conversation: Conversation) -> Message | None:
    """Return the message that an answer would most likely be for."""
    found = _inbound.first(conversation.pk)
    if found:
        found.conversation = conversation
    return found


def save_text(*, draft: Draft, by: User, text: str, base: datetime | None = None) -> Draft:
    """Keep what `by` has typed so far.

    base: when the draft had last been saved, as the writer's page knows it.
    Raises NotAllowed, DraftClosed once the draft is not being written any more, DraftChanged
    if it was saved from elsewhere since `base`. Both errors carry the text.
    """
    _require_author(draft, by)
    text, now = text.replace("\r\n", "\n"), timezone.now()
    if (draft.status, draft.text, draft.updated_at) == (Draft.Status.DRAFT, text, base):
        return draft  # submitted right after it was saved as typed
    being_written = Draft.objects.filter(pk=draft.pk, status=Draft.Status.DRAFT)
    as_known = being_written.filter(updated_at=base) if base else being_written
    if not as_known.update(text=text, updated_at=now):
        if being_written.filter(text=text).exists():
            return being_written.get()
        if being_written.exists():
            raise DraftChanged(
                _("This reply was changed in another place, so what you see is not saved."),
                text=text,
            )
        raise DraftClosed(
            _("This reply is no longer being written, so the change was not saved."), text=text
        )
    draft.text, draft.updated_at = text, now
    return draft


@transaction.atomic
def acknowledge(*, draft: Draft, by: User, version: int) -> Draft:
    """Note that the writer has read the conversation up to `version`."""
    _require_author(draft, by)
    row = Draft.objects.hold(draft.pk)
    row.seen_version = max(row.seen_version, min(version, row.conversation.version))
    row.seen_at = timezone.now()
    row.save(update_fields=["seen_version", "seen_at"])
    return row


@transaction.atomic
def submit(
    *, draft: Draft, by: User, seen_version: int, seen_at: datetime | None = None
) -> Draft | Reply:
    """Hand the text on: to a manager where the policy says so, else straight to the outbox.

    seen_version, seen_at: what the page showed that the writer submits from. Returns the
    draft in review, or the queued reply. Raises NotAllowed, StaleState, ChannelClosed,
    NotSendable, DuplicateText, or ConversationMoved with what the writer has not read yet.
    """
    _require_author(draft, by)
    row = Draft.objects.hold(draft.pk)
    if row.status != Draft.Status.DRAFT:
        raise DraftClosed(_("This reply was already submitted."), text=row.text)
    conversation, text = row.conversation, tidy(row.text)
    since = seen_at or row.seen_at
    if moved_unseen(conversation=conversation, version=seen_version, since=since, reader=by):
        raise ConversationMoved(
            messages=news_since(conversation=conversation, since=since),
            version=conversation.version,
            text=row.text,
        )
    shown = pictures.of_draft(row)
    require_sendable(
        text=text,
        target=row.target,
        conversation=conversation,
        is_private=row.is_private,
        media=pictures.media_of(shown),
    )
    changes = {
        "text": text,
        "seen_version": conversation.version,
        "seen_at": timezone.now(),
        "submitted_at": timezone.now(),
        "round": row.round + 1,
        "returned_note": "",
        "content_hash": content_hash(
            text=text,
            target=row.target,
            is_private=row.is_private,
            channel=conversation.channel,
            pictures=pictures.shown(shown),
        ),
    }
    release(conversation=conversation, by=by)
    if policy_for(conversation.channel).needs_approval(is_private=row.is_private):
        DRAFT.move(row, Draft.Status.IN_REVIEW, **changes)
        _note(row, by, "responses.draft.submitted", also=("approvals",), hash=row.content_hash)
        return row
    DRAFT.move(row, Draft.Status.APPROVED, **changes)
    return queue_reply(draft=row, approval=None, text=text, seen_version=row.seen_version, by=by)


@transaction.atomic
def withdraw(*, draft: Draft, by: User) -> Draft:
    """Take a submitted text back into writing. Raises NotAllowed, InvalidTransition."""
    _require_author(draft, by)
    row = Draft.objects.hold(draft.pk)
    if row.status != Draft.Status.IN_REVIEW:
        raise InvalidTransition(_("This reply is not in review, so it cannot be taken back."))
    DRAFT.move(row, Draft.Status.DRAFT, content_hash="")
    _note(row, by, "responses.draft.withdrawn", also=("approvals",))
    return row


@transaction.atomic
def discard(*, draft: Draft, by: User) -> Draft:
    """Throw a draft away; its text stays in the record, its pictures do not.

    Raises NotAllowed, StaleState.
    """
    _require_author(draft, by)
    row = Draft.objects.hold(draft.pk)
    if row.status == Draft.Status.DISCARDED:
        return row
    if row.status != Draft.Status.DRAFT:
        raise StaleState(_("This reply is no longer a draft. Take it back first."))
    DRAFT.move(row, Draft.Status.DISCARDED)
    row.pictures.all().delete()
    release(conversation=row.conversation, by=by)
    _note(row, by, "responses.draft.discarded")
    return row


def _note(row: Draft, by: User, verb: str, *, also: tuple[str, ...] = (), **data: object) -> None:
    record(actor=by, verb=verb, target=row, conversation_id=row.conversation_id, **data)
    announce(
        kind="conversation",
        conversation_ids=[row.conversation_id],
        channel_id=row.conversation.channel_id,
        also=also,
    )


def _require_writer(by: User) -> None:
    if not by.has_perm("responses.write_draft"):
        raise NotAllowed(_("Your role reads along; it does not write replies."))


def _require_author(draft: Draft, by: User) -> None:
    _require_writer(by)
    if draft.author_id != by.pk:
        raise NotAllowed(_("This reply belongs to a colleague; only its author changes it."))
    require_sight(by=by, channel_id=draft.conversation.channel_id)
