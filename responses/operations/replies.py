"""The outbox as people meet it: queue, undo, retry, edit, send anyway, mark as sent, drop.

What workers do with it is in `sending`, `reconciling` and `sweeping`.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.models import Message, User
from inbox.operations.access import require_sight
from inbox.operations.audit import announce, record
from inbox.operations.watching import watch_along
from responses import stops
from responses.errors import ConversationMoved, DuplicateText, TooLate
from responses.models import Approval, Draft, Reply, ReplyPicture
from responses.operations import pictures
from responses.operations.news import news_since
from responses.operations.policy import policy_for
from responses.operations.telling import of_sent
from responses.operations.wording import content_hash
from responses.states import DRAFT, REPLY
from responses.tasks import send_reply

Status = Reply.Status


def queue_reply(
    *, draft: Draft, approval: Approval | None, text: str, seen_version: int, by: User
) -> Reply:
    """Put an approved text into the outbox, to leave when the undo window has passed.

    Called inside the transaction that decided. Raises DuplicateText if the same words to the
    same message are in the outbox already.
    """
    channel, now = draft.conversation.channel, timezone.now()
    shown = pictures.of_draft(draft)
    undo = policy_for(channel).undo_window
    values = {
        "approval": approval,
        "channel": channel,
        "conversation": draft.conversation,
        "target": draft.target,
        "author": draft.author,
        "text": text,
        "content_hash": content_hash(
            text=text,
            target=draft.target,
            is_private=draft.is_private,
            channel=channel,
            pictures=pictures.shown(shown),
        ),
        "is_private": draft.is_private,
        "idempotency_key": uuid.uuid4(),
        "seen_version": seen_version,
        "seen_at": now if seen_version > draft.seen_version else draft.seen_at,
        "send_after": now + undo,
    }
    try:
        with transaction.atomic():
            reply = Reply.objects.create(draft=draft, **values)
    except IntegrityError as error:
        raise DuplicateText(
            _("These very words are already on their way to this message.")
        ) from error
    ReplyPicture.objects.bulk_create(
        ReplyPicture(reply=reply, file=one.file, description=one.description) for one in shown
    )
    _note(reply, by, "queued", hash=reply.content_hash)
    watch_along(conversation=draft.conversation, user_ids=[draft.author_id])
    if not undo:
        ring(send_reply, reply.pk)
    return reply


@transaction.atomic
def cancel(*, reply: Reply, by: User) -> Reply:
    """Undo: stop a reply that has not left yet and give its text back to its author.

    Raises NotAllowed, TooLate once a worker has it.
    """
    row = _locked(reply, by)
    if row.status != Status.QUEUED:
        raise TooLate(_("Too late to undo: it has already left the queue."))
    if _in_review(row):
        REPLY.move(row, Status.HELD, stop_code=stops.UNDONE)
        announce(kind="attention", channel_id=row.channel_id)
    else:
        _give_back(row, by)
    _note(row, by, "cancelled")
    return row


@transaction.atomic
def edit(*, reply: Reply, by: User, is_absent: bool = False) -> Draft:
    """Take a stopped reply back into writing, where it needs a new approval.

    is_absent: `by` has looked at the network and the text is not there; asked for while the
    outcome is unknown. Raises NotAllowed, InvalidTransition, BadInput, StaleState.
    """
    row = _stopped(reply, by, is_absent)
    if _in_review(row):
        raise StaleState(
            _("Its author has another reply to this conversation in review: finish that first.")
        )
    draft = _give_back(row, by)
    _note(row, by, "edited", is_absent=is_absent)
    announce(kind="attention", channel_id=row.channel_id)
    return draft


@transaction.atomic
def retry(*, reply: Reply, by: User, is_absent: bool = False) -> Reply:
    """Send a stopped reply again, with the same key. The worker checks everything once more.

    is_absent: as for `edit`. Raises NotAllowed, InvalidTransition, BadInput, DuplicateText.
    """
    row = _stopped(reply, by, is_absent)
    stop = stops.STOPS.get(row.stop_code)
    if stop and not stop.can_retry:
        raise InvalidTransition(f"{stop.title} {stop.remedy}")
    return _requeue(row, by, "retried", is_absent=is_absent)


@transaction.atomic
def send_anyway(*, reply: Reply, by: User, seen_version: int) -> Reply:
    """Send a reply that was stopped because the conversation moved; `by` has read what is new.

    seen_version: the version on the page of `by`. Raises NotAllowed, InvalidTransition, or
    ConversationMoved if still more has been said.
    """
    row = _locked(reply, by)
    if row.status != Status.HELD or row.stop_code != stops.CONVERSATION_MOVED:
        raise InvalidTransition(_("This reply does not wait for anybody to read what is new."))
    if row.conversation.version > seen_version:
        raise ConversationMoved(
            messages=news_since(conversation=row.conversation, since=row.seen_at),
            version=row.conversation.version,
            text=row.text,
        )
    row.seen_version, row.seen_at = seen_version, timezone.now()
    row.save(update_fields=["seen_version", "seen_at"])
    return _requeue(row, by, "sent_anyway", seen_version=seen_version)


@transaction.atomic
def mark_as_sent(*, reply: Reply, by: User, url: str) -> Reply:
    """Note that the text is on the network, at `url`, if things have addresses there.

    Raises NotAllowed, BadInput.
    """
    row = _locked(reply, by)
    if row.status not in {Status.UNKNOWN, Status.HELD, Status.FAILED}:
        raise InvalidTransition(_("This reply is not waiting for a person."))
    known = None
    if row.channel.manifest.has_addresses:
        _require_address(url)
        known = Message.objects.filter(
            channel=row.channel, direction=Message.Direction.OUTGOING, url=url, sent_by=None
        ).first()
    changes = {
        "stop_code": stops.MARKED_SENT,
        "stop_text": "",
        "proof_url": url if row.channel.manifest.has_addresses else "",
        "check_after": None,
        "sent_at": known.sent_at if known else timezone.now(),
        "message": known,
    }
    _move_or_duplicate(row, Status.SENT, changes)
    _note(row, by, "marked_sent", url=url)
    announce(kind="attention", channel_id=row.channel_id)
    of_sent(reply=row, by=by)
    return row


@transaction.atomic
def discard(*, reply: Reply, by: User, is_absent: bool = False) -> Reply:
    """Drop a stopped reply; its text stays in the record.

    is_absent: as for `edit`. Raises NotAllowed, InvalidTransition, BadInput.
    """
    row = _stopped(reply, by, is_absent)
    REPLY.move(row, Status.CANCELLED, check_after=None)
    DRAFT.move(row.draft, Draft.Status.DISCARDED)
    _note(row, by, "discarded", is_absent=is_absent)
    announce(kind="attention", channel_id=row.channel_id)
    return row


@transaction.atomic
def look_again(*, reply: Reply, by: User) -> Reply:
    """Ask the network now, not later, whether an unknown reply is there."""
    row = _locked(reply, by)
    if row.status != Status.UNKNOWN:
        raise InvalidTransition(_("It is already known what became of this reply."))
    row.check_after = timezone.now()
    row.save(update_fields=["check_after"])
    return row


def _require_address(url: str) -> None:
    try:
        URLValidator(schemes=["https", "http"])(url)
    except ValidationError as error:
        raise BadInput(_("Paste the full address of the reply on the network.")) from error


def _requeue(row: Reply, by: User, verb: str, **data: Any) -> Reply:
    changes = {"send_after": timezone.now(), "stop_code": "", "stop_text": "", "check_after": None}
    _move_or_duplicate(row, Status.QUEUED, changes)
    _note(row, by, verb, **data)
    announce(kind="attention", channel_id=row.channel_id)
    ring(send_reply, row.pk)
    return row


def _move_or_duplicate(row: Reply, to: str, changes: dict[str, Any]) -> None:
    """A failed reply frees its words; somebody may have used them since."""
    try:
        with transaction.atomic():
            REPLY.move(row, to, **changes)
    except IntegrityError as error:
        raise DuplicateText(
            _("The same words have since gone to this message by another reply.")
        ) from error


def _locked(reply: Reply, by: User) -> Reply:
    """Return the reply as it is now, held, if `by` may act on it: its author, or an approver.

    The draft is locked first, in the order in which a merge of conversations takes both; what
    belongs to the reply is read once both locks are free.
    """
    if not by.has_perm("responses.write_draft"):
        raise NotAllowed(_("Your role reads along; it does not send replies."))
    if reply.author_id != by.pk and not by.has_perm("responses.approve_draft"):
        raise NotAllowed(_("Only its author or a manager can do this with a reply."))
    require_sight(by=by, channel_id=reply.channel_id)
    Draft.objects.select_for_update(no_key=True).get(pk=reply.draft_id)
    Reply.objects.select_for_update(no_key=True).only("pk").get(pk=reply.pk)
    around = ("draft", "channel", "conversation__channel", "conversation__author", "target")
    return Reply.objects.select_related(*around).get(pk=reply.pk)


def _stopped(reply: Reply, by: User, is_absent: bool) -> Reply:
    row = _locked(reply, by)
    if row.status == Status.UNKNOWN and not is_absent:
        raise BadInput(
            _("It may be on the network already. Look there first, and say that it is not.")
        )
    if row.status not in {Status.UNKNOWN, Status.HELD, Status.FAILED}:
        raise InvalidTransition(_("This reply is not waiting for a person."))
    return row


def _in_review(row: Reply) -> bool:
    return Draft.objects.filter(
        conversation=row.conversation, author=row.author, status=Draft.Status.IN_REVIEW
    ).exists()


def _give_back(row: Reply, by: User) -> Draft:
    """Return the reply's text to its author's hands, above whatever they have begun since."""
    REPLY.move(row, Status.CANCELLED, check_after=None)
    note = ""
    if by.pk != row.author_id:
        note = _("%(name)s took this back before it was sent.") % {"name": by}
    begun = Draft.objects.filter(
        conversation=row.conversation, author=row.author, status=Draft.Status.DRAFT
    ).first()
    if begun:
        DRAFT.move(row.draft, Draft.Status.DISCARDED)
        begun.text = "\n\n".join(part for part in (row.text, begun.text) if part.strip())
        begun.returned_note = note
        begun.save(update_fields=["text", "returned_note", "updated_at"])
        row.draft.pictures.update(draft=begun)
        return begun
    draft = row.draft
    DRAFT.move(draft, Draft.Status.DRAFT, text=row.text, content_hash="", returned_note=note)
    return draft


def _note(row: Reply, by: User, verb: str, **data: Any) -> None:
    record(
        actor=by,
        verb=f"responses.reply.{verb}",
        target=row,
        conversation_id=row.conversation_id,
        **data,
    )
    announce(kind="conversation", conversation_ids=[row.conversation_id], channel_id=row.channel_id)
