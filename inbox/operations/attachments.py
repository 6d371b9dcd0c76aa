"""What hangs on messages: noted when the message is stored, asked for again by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.connectors.types import InboundAttachment, InboundMessage
from inbox.lib.bell import ring
from inbox.lib.errors import InvalidTransition, NotAllowed
from inbox.models import Attachment, Conversation, Message, StoredFile, User
from inbox.operations.access import require_sight
from inbox.operations.audit import announce, record
from inbox.tasks import fetch_attachments

State = Attachment.State

TOO_LARGE, TOO_MANY_PIXELS, EMPTY = "too_large", "too_many_pixels", "empty"
UNREACHABLE, DENIED, BROKEN = "unreachable", "denied", "broken"
REASONS = {
    TOO_LARGE: gettext_lazy("It is larger than the desk takes."),
    TOO_MANY_PIXELS: gettext_lazy("The picture has more pixels than the desk unpacks."),
    EMPTY: gettext_lazy("What came was empty."),
    UNREACHABLE: gettext_lazy("It could not be fetched, however often the desk tried."),
    DENIED: gettext_lazy("The network does not hand it out."),
    BROKEN: gettext_lazy("The desk stumbled over it."),
}


def take(*, messages: Sequence[Message], items: Mapping[str, InboundMessage]) -> None:
    """Note what hangs on `messages`, which are new; workers fetch it afterwards."""
    rows = [
        _row(message, item)
        for message in messages
        if message.external_id in items
        for item in _each(items[message.external_id])
    ]
    _add(rows)


def complete(*, messages: Iterable[Message], items: Mapping[str, InboundMessage]) -> None:
    """Note what hangs on `messages` that are known already, where it was not told before.

    Deliveries of some networks leave out what a poll of the same message brings. What we sent
    from here is left alone: its pictures are here as they were agreed to.
    """
    same = {
        row.pk: row
        for row in messages
        if not row.sent_here
        and row.version_id == items[row.external_id].version_id
        and items[row.external_id].attachments
    }
    if not same:
        return
    known = Attachment.objects.filter(message__in=same).values_list("message_id", "external_id")
    noted = set(known)
    rows = [_row(row, one) for row in same.values() for one in _each(items[row.external_id])]
    _add([row for row in rows if (row.message_id, row.external_id) not in noted])


def keep_own(*, message: Message, pictures: Sequence[tuple[StoredFile, str]]) -> None:
    """Note the pictures that we sent with `message`; they are here already."""
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            external_id=f"sent:{number}",
            kind=Attachment.Kind.IMAGE,
            description=words,
            state=State.STORED,
            file=file,
        )
        for number, (file, words) in enumerate(pictures)
    )


def revise(*, message: Message, item: InboundMessage) -> None:
    """Bring what hangs on `message` up to what the network shows after an edit."""
    wanted = {_key(one): one for one in _each(item)}
    known = {row.external_id: row for row in message.attachments.all()}
    gone = [row.pk for key, row in known.items() if key not in wanted]
    message.attachments.filter(pk__in=gone, removed_at=None).update(removed_at=timezone.now())
    for key, row in known.items():
        if key in wanted:
            row.description, row.removed_at = wanted[key].description, None
            row.save(update_fields=["description", "removed_at"])
    _add([_row(message, one) for key, one in wanted.items() if key not in known])


@transaction.atomic
def try_again(*, attachment: Attachment, by: User) -> Attachment:
    """Let workers fetch once more what they gave up. Raises NotAllowed, InvalidTransition."""
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role reads along; it does not fetch attachments."))
    message = attachment.message
    require_sight(by=by, channel_id=message.channel_id)
    again = Attachment.objects.filter(pk=attachment.pk, state__in=[State.REFUSED, State.FAILED])
    if not again.update(
        state=State.WAITING, reason="", detail="", attempts=0, next_try_at=timezone.now()
    ):
        raise InvalidTransition(_("This attachment is here, or being fetched already."))
    record(
        actor=by,
        verb="inbox.attachment.retried",
        target=attachment,
        conversation_id=message.conversation_id,
        name=attachment.file_name,
    )
    announce_change(attachment)
    ring(fetch_attachments)
    attachment.refresh_from_db()
    return attachment


def announce_change(attachment: Attachment) -> None:
    """Let open browsers show what has become of `attachment`."""
    message = attachment.message
    if message.conversation_id:
        announce(
            kind="conversation",
            conversation_ids=[message.conversation_id],
            channel_id=message.channel_id,
        )


def _add(rows: Sequence[Attachment]) -> None:
    """Store what is new and have it fetched."""
    if not rows:
        return
    Attachment.objects.bulk_create(rows)
    _mark([row.message for row in rows])
    ring(fetch_attachments)


def _mark(messages: Iterable[Message]) -> None:
    """Note on their conversations that something of theirs hangs there."""
    ids = {row.conversation_id for row in messages if row.conversation_id and not row.is_ours}
    Conversation.objects.filter(pk__in=ids).update(has_attachments=True)


def _each(item: InboundMessage) -> list[InboundAttachment]:
    """Return what hangs on `item`, each once."""
    return list({_key(one): one for one in item.attachments}.values())


def _key(one: InboundAttachment) -> str:
    return one.external_id[:200]


def _row(message: Message, one: InboundAttachment) -> Attachment:
    return Attachment(
        message=message,
        external_id=_key(one),
        kind=one.kind,
        url=one.url,
        name=one.name[:200],
        description=one.description,
        declared_type=one.content_type[:100],
        declared_size=one.size if one.size is not None and 0 <= one.size < 2**63 else None,
    )
