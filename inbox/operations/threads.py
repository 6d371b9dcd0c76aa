"""Which conversation a message belongs to: one per first message by somebody who is not us."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from inbox.connectors.types import InboundMessage
from inbox.models import Author, Channel, Conversation, Message

# Where a message goes: the external id of its conversation, or None for our own top-level post.
Key = str | None


def place(
    *, channel: Channel, items: Sequence[InboundMessage], authors: dict[str, Author]
) -> dict[str, Conversation | None]:
    """Return the conversation of each item by the item's external id, making new ones.

    `items` must be sorted oldest first, so that a parent is placed before its children.
    """
    keys = _keys(channel, items)
    wanted = {key for key in keys.values() if key is not None}
    found = {
        row.external_id: row
        for row in Conversation.objects.select_for_update(no_key=True)
        .filter(channel=channel, external_id__in=wanted)
        .order_by("pk")
    }
    missing: dict[str, Conversation] = {}
    # A conversation is with who wrote to us, not with who stands above them.
    for item in sorted(items, key=lambda item: item.is_context):
        key = keys[item.external_id]
        if key is None or key in found or key in missing:
            continue
        opener = item.counterpart or item.author
        if opener.external_id not in authors:
            continue  # ours: a reply of ours below somebody we have not seen yet
        missing[key] = _new(channel, key, item, authors[opener.external_id])
    Conversation.objects.bulk_create(missing.values())
    found |= missing
    return {item.external_id: found.get(keys[item.external_id] or "") for item in items}


def _new(channel: Channel, key: str, item: InboundMessage, author: Author) -> Conversation:
    at = min(item.sent_at, timezone.now())
    return Conversation(
        channel=channel,
        author=author,
        external_id=key,
        is_private=item.is_private,
        last_message_at=at,
        rank_at=at,
    )


def _keys(channel: Channel, items: Sequence[InboundMessage]) -> dict[str, Key]:
    """Return the conversation key of each item; see `_key` for the rule."""
    related = {item.in_reply_to for item in items} | {item.thread_external_id for item in items}
    stored = list(
        Message.objects.filter(channel=channel, external_id__in=related - {""}, is_private=False)
        .select_related("conversation")
        .defer("raw", "text")
    )
    ours = {row.external_id for row in stored if row.is_ours}
    placed: dict[str, Key] = {}
    for row in stored:
        if row.conversation:
            placed[row.external_id] = row.conversation.external_id
        elif not row.in_reply_to or row.thread_external_id in ours:
            placed[row.external_id] = None
        # else: a reply of ours to somebody not seen yet, so as unknown as its parent
    keys: dict[str, Key] = {}
    for item in items:
        key = _key(item, placed, ours)
        keys[item.external_id] = placed[item.external_id] = key
        if item.is_ours:
            ours.add(item.external_id)
    return keys


def _key(item: InboundMessage, placed: dict[str, Key], ours: set[str]) -> Key:
    if item.is_private:
        return f"dm:{item.thread_external_id}"
    parent, root = item.in_reply_to, item.thread_external_id
    if not parent or (parent in placed and placed[parent] is None):
        # A top-level post, or a comment directly below ours, which starts a conversation.
        return None if item.is_ours else item.external_id
    if parent in placed:
        return placed[parent]
    if root not in ours:
        # Directly below a post of ours that we have not stored, or somewhere in a tree whose
        # root somebody else wrote: its first message by somebody who is not us.
        return item.external_id if item.is_reply_to_us and parent == root else root
    # Deep below our own post and the parent is not here yet: wait for it under its own id;
    # `merging` joins the two if it turns out to belong elsewhere.
    return item.external_id if parent == root else parent
