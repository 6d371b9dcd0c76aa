"""What a conversation looks like in the queue, derived from its messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import prefetch_related_objects
from django.utils import timezone

from inbox.models import Conversation, Message
from inbox.operations import outbox
from inbox.operations.audit import record
from inbox.triage.priority import Facts, priority, rank_at

DERIVED = (
    "status", "snoozed_until", "priority", "reasons", "language", "sentiment",
    "has_personal_data", "preview", "message_count", "version", "waiting_since",
    "last_inbound_at", "last_message_at", "rank_at",
)  # fmt: skip


def refresh(
    *, conversation_ids: Iterable[int], reopen: Collection[int | None] = frozenset()
) -> None:
    """Derive the queue fields of these conversations anew from their messages.

    The version moves by one, since something that the outside can see has changed. Those in
    `reopen` have news from outside: if it waits for an answer they open again and keep their
    assignee. The caller holds the lock on the channel.
    """
    rows = list(
        Conversation.objects.select_for_update(no_key=True)
        .filter(pk__in=list(conversation_ids))
        .order_by("pk")
    )
    prefetch_related_objects(rows, "author__person")  # joined, they would be as old as the question
    messages = defaultdict(list)
    thread = Message.objects.filter(conversation__in=rows).defer("raw").order_by("sent_at", "pk")
    for message in thread:
        messages[message.conversation_id].append(message)
    before = {row.pk: row.status for row in rows}
    for row in rows:
        if messages[row.pk]:
            _derive(row, messages[row.pk], row.pk in reopen)
    Conversation.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["channel", "external_id"],
        update_fields=DERIVED,
    )
    outbox.tell_statuses(rows=[row for row in rows if row.status != before[row.pk]])


def reconsider(row: Conversation) -> None:
    """Derive anew what waits for an answer and how urgent that is, after people dealt with `row`.

    Nothing that the outside can see has changed, so the version stays. The caller holds the
    lock on the row.
    """
    messages = list(row.messages.defer("raw").order_by("sent_at", "pk"))
    inbound = _to_us(messages)
    unanswered = _unanswered(row, messages)
    row.waiting_since = min(unanswered[0].sent_at, timezone.now()) if unanswered else None
    _judge(row, unanswered or inbound[-1:], len(inbound))
    row.save(update_fields=["waiting_since", "sentiment", "priority", "reasons", "rank_at"])


def _derive(row: Conversation, messages: list[Message], has_news: bool) -> None:
    now = timezone.now()
    inbound = _to_us(messages)
    unanswered = _unanswered(row, messages)
    row.version += 1
    row.message_count = len(messages)
    row.last_message_at = min(messages[-1].sent_at, now)
    row.has_personal_data = any(m.personal_data for m in inbound) and not row.is_private
    if inbound:
        last = inbound[-1]
        row.last_inbound_at = min(last.sent_at, now)
        row.preview = " ".join((last.text or _pictured(last)).split())[:200]
        row.language = next((m.language for m in reversed(inbound) if m.language), "")
    row.waiting_since = min(unanswered[0].sent_at, now) if unanswered else None
    _judge(row, unanswered or inbound[-1:], len(inbound))
    _move(row, bool(unanswered), has_news)


def _pictured(message: Message) -> str:
    """Return what a message without words shows, as far as its writer says."""
    shown = message.attachments.exclude(description="").values_list("description", flat=True)
    return shown.first() or ""


def _to_us(messages: Iterable[Message]) -> list[Message]:
    """Return what people said to us; what they said to each other is context."""
    return [message for message in messages if not message.is_ours and not message.is_context]


def _unanswered(row: Conversation, messages: list[Message]) -> list[Message]:
    """Return the inbound messages that nobody has dealt with, oldest first.

    Clocks are the network's own. Against a clock that cannot be trusted, what was stored after
    our last word is taken for news, unless it was found late.
    """
    ours = [message for message in messages if message.is_ours]
    answered = {message.in_reply_to for message in ours}
    last = ours[-1] if ours else None
    return [
        m
        for m in messages
        if not m.is_ours
        and not m.is_context
        and not m.deleted_at
        and m.pk > row.handled_id
        and m.external_id not in answered
        and (last is None or m.sent_at > last.sent_at or (m.pk > last.pk and not m.found_late))
    ]


def _judge(row: Conversation, messages: list[Message], inbound_count: int) -> None:
    """Set sentiment, priority and place in the queue from what waits for an answer."""
    sentiments = [message.sentiment for message in messages]
    if Conversation.Sentiment.NEGATIVE in sentiments:
        row.sentiment = Conversation.Sentiment.NEGATIVE
    else:
        row.sentiment = sentiments[-1] if sentiments else Conversation.Sentiment.NEUTRAL
    verdict = priority(
        Facts(
            sentiment=row.sentiment,
            sentiment_words=_deciding_words(row.sentiment, messages),
            risks=[(risk["code"], risk["word"]) for m in messages for risk in m.risks],
            has_personal_data=row.has_personal_data,
            followers=row.author.followers,
            is_verified=row.author.is_verified,
            is_private=row.is_private,
            is_question=any("?" in message.text for message in messages),
            message_count=inbound_count,
            found_by=_found_by(messages),
            lists=row.author.lists,
        )
    )
    row.priority = verdict.score
    row.reasons = [
        {"code": r.code, "points": r.points, "text": r.text, "params": dict(r.params)}
        for r in verdict.reasons
    ]
    # From the moment the desk had it, not the network's clock: what a long outage or a new
    # channel brings in late must not stand before the people who write now.
    arrived = min((message.received_at for message in messages), default=timezone.now())
    row.rank_at = rank_at(arrived, verdict.head_start)


def _found_by(messages: list[Message]) -> list[str]:
    """Return the searches that brought these messages, nothing if one of them was said to us."""
    names = [message.found_by for message in messages]
    return sorted(set(names)) if all(names) else []


def _deciding_words(sentiment: str, messages: list[Message]) -> list[str]:
    """Return the words of the latest message that has this sentiment."""
    same = [message for message in messages if message.sentiment == sentiment]
    return list(same[-1].sentiment_words) if same else []


def _move(row: Conversation, is_waiting: bool, has_news: bool) -> None:
    """Open what waits for us, set aside what waits for them; leave alone what people decided."""
    if is_waiting and has_news and row.status != Conversation.Status.OPEN:
        record(
            actor=None,
            verb="inbox.conversation.reopened",
            target=row,
            conversation_id=row.pk,
            before=row.status,
        )
        row.status, row.snoozed_until = Conversation.Status.OPEN, None
    elif not is_waiting and row.status == Conversation.Status.OPEN:
        row.status = Conversation.Status.PENDING
