"""Taking in what a network showed us: in bulk, idempotent, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from inbox.connectors.types import InboundAuthor, InboundMessage
from inbox.models import Author, Channel, Conversation, Message, MessageVersion
from inbox.operations import attachments, holding, merging, outbox, standing, telling, threads
from inbox.operations.audit import announce
from inbox.triage.analyse import Analysis, analyse

MOST_REPOSTS = 2**31 - 1  # what the column holds
AUTHOR_FIELDS = ("handle", "name", "followers", "is_verified", "avatar_url", "url", "joined_at")


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one page changed: ids of new messages, of edited ones, of touched conversations."""

    created: int
    edited: int
    conversation_ids: tuple[int, ...]


def lock_channel(channel: Channel) -> None:
    """Make writers of one channel's messages queue up; released at the end of the transaction.

    Two streams of a channel, or a stream and a sending worker, may meet the same thread at
    once; taking turns is cheaper than reconciling.
    """
    Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)


@transaction.atomic
def ingest(
    *,
    channel: Channel,
    messages: Sequence[InboundMessage],
    is_fresh: bool = True,
    found_by: Mapping[str, str] | None = None,
    past_blocks: bool = False,
) -> Ingested:
    """Store `messages` of `channel`; what is stored already is only compared for edits.

    is_fresh: the items are news. False while filling gaps, where an old message that we
    answered long ago must not be shown as unanswered. found_by: the names of the searches that
    brought items, by external id; the others were said to us. past_blocks: also what blocked
    authors wrote, which is held back otherwise.
    """
    lock_channel(channel)
    unique = {item.external_id: item for item in sorted(messages, key=_age)}
    known = _known(channel, unique)
    found_by = found_by or {}
    addressed = _addressed(known, unique, found_by)
    attachments.complete(messages=known.values(), items=unique)
    edited = revise(channel=channel, messages=known.values(), items=unique)
    fresh = [item for item in unique.values() if item.external_id not in known]
    if fresh and not past_blocks:
        fresh = holding.hold_back(channel=channel, items=fresh)
    rows = _store(channel, fresh, found_by, is_late=not is_fresh) if fresh else []
    changed = [row for row in rows + edited + addressed if row.conversation_id]
    touched = {row.conversation_id for row in changed if row.conversation_id}
    if touched:
        news = {row.conversation_id for row in changed if not row.is_ours and not row.deleted_at}
        standing.refresh(conversation_ids=touched, reopen=news)
        announce(kind="conversation", conversation_ids=sorted(touched), channel_id=channel.pk)
        telling.of_messages(messages=[row for row in rows if not row.is_ours])
        outbox.tell_messages(channel=channel, received=rows, changed=edited)
    return Ingested(len(fresh), len(edited), tuple(sorted(touched)))


def _addressed(
    known: Mapping[str, Message], items: Mapping[str, InboundMessage], found_by: Collection[str]
) -> list[Message]:
    """Return what a search had brought earlier and was said to us after all; no longer found."""
    rows = [
        row
        for key, row in known.items()
        if row.found_by and key not in found_by and not items[key].is_context
    ]
    for row in rows:
        row.found_by = ""
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(found_by="")
    return rows


def revise(
    *,
    channel: Channel,
    messages: Collection[Message],
    items: Mapping[str, InboundMessage | None],
) -> list[Message]:
    """Bring `messages` up to what the network shows now (None: it is gone); keep what they said.

    Returns those that changed. A version that was replaced before never comes back, nor does one
    that the network made earlier, so neither an older poll nor a late delivery undoes an edit.
    """
    now, grows = timezone.now(), channel.manifest.versions_grow
    Message.objects.filter(pk__in=[row.pk for row in messages]).update(checked_at=now)
    note_reposts(messages, {key: item.reposts for key, item in items.items() if item})
    return [row for row in messages if _revise(row, items[row.external_id], now, grows=grows)]


def note_reposts(messages: Collection[Message], counts: Mapping[str, int | None]) -> None:
    """Keep how often `messages` were passed on, by external id; that is no edit of theirs."""
    moved = []
    for row in messages:
        count = counts.get(row.external_id)
        if count is not None and count != row.reposts:
            row.reposts = min(count, MOST_REPOSTS)
            moved.append(row)
    Message.objects.bulk_update(moved, ["reposts"])


def _revise(message: Message, item: InboundMessage | None, now: datetime, *, grows: bool) -> bool:
    if item is None:
        if message.deleted_at:
            return False
        message.deleted_at = now
    elif message.is_context and not item.is_context:
        message.is_context = False  # now it is to us: by an edit, or by a notification of its own
    elif item.version_id == message.version_id or _was_replaced(message, item.version_id):
        return False
    elif grows and _order(item.version_id) < _order(message.version_id):
        # Not news, but what it said before is part of the record.
        MessageVersion.objects.create(message=message, version_id=item.version_id, text=item.text)
        Message.objects.filter(pk=message.pk, edited_at=None).update(edited_at=now)
        return False
    else:
        _keep_version(message)
        message.version_id, message.text, message.raw = item.version_id, item.text, dict(item.raw)
        message.remarks = _remarks(item)
        message.edited_at, message.deleted_at = now, None
        _apply(message, analyse_item(item))
        attachments.revise(message=message, item=item)
    message.checked_at = now
    message.save()
    return True


def analyse_item(item: InboundMessage) -> Analysis:
    """Triage one item."""
    return analyse(
        item.text,
        language_hint=item.language,
        followers=item.author.followers,
        is_verified=item.author.is_verified,
    )


def upsert_authors(*, network: str, authors: Iterable[InboundAuthor]) -> dict[str, Author]:
    """Store `authors` as they are now; return the rows by external id."""
    wanted = {author.external_id: author for author in authors}
    known = {
        row.external_id: row
        for row in Author.objects.filter(network=network, external_id__in=wanted)
    }
    changed = [
        Author(network=network, external_id=key, **_author_values(wanted[key], known.get(key)))
        for key in sorted(wanted)
        if _differs(wanted[key], known.get(key))
    ]
    Author.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["network", "external_id"],
        update_fields=[*AUTHOR_FIELDS, "updated_at"],
    )
    return known | {row.external_id: row for row in changed}


def _age(item: InboundMessage) -> tuple[datetime, int, str]:
    return item.sent_at, *_order(item.version_id)


def _order(version_id: str) -> tuple[int, str]:
    # Ids of one network grow in length before they grow in digits, so this is their order too.
    return len(version_id), version_id


def _known(channel: Channel, items: dict[str, InboundMessage]) -> dict[str, Message]:
    rows = Message.objects.filter(channel=channel, external_id__in=items)
    return {row.external_id: row for row in rows}


def _store(
    channel: Channel,
    items: list[InboundMessage],
    found_by: Mapping[str, str],
    *,
    is_late: bool,
) -> list[Message]:
    people = [item.author for item in items if not item.is_ours]
    people += [item.counterpart for item in items if item.counterpart]
    authors = upsert_authors(network=channel.network, authors=people)
    placed = threads.place(channel=channel, items=items, authors=authors)
    rows = [_message(channel, item, authors, placed[item.external_id]) for item in items]
    for row in rows:
        row.found_late, row.found_by = is_late, found_by.get(row.external_id, "")
    Message.objects.bulk_create(rows)
    rows += merging.adopt_own_replies(channel=channel, messages=rows)
    gone = merging.merge_split_threads(channel=channel, messages=rows)
    for row in rows:
        row.conversation_id = merging.last(gone, row.conversation_id)
    attachments.take(messages=rows, items={item.external_id: item for item in items})
    return rows


def _message(
    channel: Channel,
    item: InboundMessage,
    authors: dict[str, Author],
    conversation: Conversation | None,
) -> Message:
    message = Message(
        channel=channel,
        conversation=conversation,
        author=None if item.is_ours else authors[item.author.external_id],
        external_id=item.external_id,
        version_id=item.version_id,
        thread_external_id=item.thread_external_id,
        in_reply_to=item.in_reply_to,
        direction=Message.Direction.OUTGOING if item.is_ours else Message.Direction.INCOMING,
        is_private=item.is_private,
        is_context=item.is_context,
        text=item.text,
        url=_fitted(Message, "url", item.url),
        remarks=_remarks(item),
        reposts=None if item.reposts is None else min(item.reposts, MOST_REPOSTS),
        raw=dict(item.raw),
        sent_at=item.sent_at,
    )
    if not item.is_ours:
        _apply(message, analyse_item(item))
    return message


def _remarks(item: InboundMessage) -> list[dict[str, Any]]:
    return [{"code": remark.code, "params": dict(remark.params)} for remark in item.remarks]


def _apply(message: Message, analysis: Analysis) -> None:
    message.language = analysis.language
    message.sentiment = analysis.sentiment
    message.sentiment_words = list(analysis.sentiment_words)
    message.risks = [{"code": risk.code, "word": risk.word} for risk in analysis.risks]
    message.personal_data = [
        {"kind": found.kind, "start": found.start, "end": found.end}
        for found in analysis.personal_data
    ]


def _was_replaced(message: Message, version_id: str) -> bool:
    return message.versions.filter(version_id=version_id).exists()


def _keep_version(message: Message) -> None:
    MessageVersion.objects.create(message=message, version_id=message.version_id, text=message.text)


def _author_values(author: InboundAuthor, known: Author | None) -> dict[str, object]:
    values = {name: _fitted(Author, name, getattr(author, name)) for name in AUTHOR_FIELDS}
    if known:  # a payload that leaves something out must not erase what another one told
        values = {
            name: getattr(known, name) if value in (None, "") else value
            for name, value in values.items()
        }
    return values


def _fitted(model: type[Author | Message], name: str, value: Any) -> Any:
    """Return `value` cut to what column `name` holds; an address that is cut leads nowhere."""
    field = model._meta.get_field(name)
    longest = getattr(field, "max_length", None)
    if longest is None or len(value) <= longest:
        return value
    return "" if isinstance(field, models.URLField) else value[:longest]


def _differs(author: InboundAuthor, known: Author | None) -> bool:
    if known is None:
        return True
    values = _author_values(author, known)
    return any(getattr(known, name) != value for name, value in values.items())
