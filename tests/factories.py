"""Rows for tests: plain functions with sensible defaults. Ana writes, Ben approves, Cleo audits."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from inbox.connectors.types import InboundAuthor, InboundMessage
from inbox.models import (
    Attachment,
    Author,
    Channel,
    Conversation,
    HeldBack,
    Message,
    Stream,
    User,
)
from inbox.operations.files import keep_file
from inbox.operations.holding import packed
from tests.pictures import make_picture

_numbers = itertools.count(1)


def make_user(username: str = "", role: str = "agent", **fields: Any) -> User:
    return User.objects.create_user(
        username=username or f"user{next(_numbers)}",
        password=fields.pop("password", "correct horse battery"),
        role=role,
        **fields,
    )


def make_channel(**fields: Any) -> Channel:
    number = next(_numbers)
    values: dict[str, Any] = {
        "network": "x",
        "external_id": str(1000 + number),
        "handle": f"brand{number}",
        "name": f"Brand {number}",
        "secrets": {"access_token": "at", "refresh_token": "rt"},
    } | fields
    channel = Channel.objects.create(**values)
    for spec in channel.manifest.streams:
        Stream.objects.create(channel=channel, name=spec.name)
    return channel


def make_author(**fields: Any) -> Author:
    number = next(_numbers)
    values: dict[str, Any] = {
        "network": "x",
        "external_id": str(number),
        "handle": f"person{number}",
        "name": f"Person {number}",
        "followers": 120,
    } | fields
    return Author.objects.create(**values)


def make_conversation(channel: Channel | None = None, **fields: Any) -> Conversation:
    """A conversation with one inbound message, unless `messages=0`."""
    count = fields.pop("messages", 1)
    text = fields.pop("text", "my site is down")
    now = timezone.now()
    values: dict[str, Any] = {
        "channel": channel or make_channel(),
        "author": fields.pop("author", None) or make_author(),
        "external_id": str(next(_numbers)),
        "preview": text,
        "waiting_since": now,
        "last_inbound_at": now,
        "last_message_at": now,
        "rank_at": now,
        "version": count,
        "message_count": count,
    } | fields
    conversation = Conversation.objects.create(**values)
    for index in range(count):
        make_message(
            conversation,
            text=text,
            external_id=conversation.external_id if index == 0 else "",
            sent_at=now + timedelta(seconds=index),
        )
    return conversation


def make_message(conversation: Conversation, **fields: Any) -> Message:
    number = next(_numbers)
    external_id = fields.pop("external_id", "") or str(900_000 + number)
    values: dict[str, Any] = {
        "channel": conversation.channel,
        "conversation": conversation,
        "author": conversation.author,
        "external_id": external_id,
        "version_id": external_id,
        "thread_external_id": conversation.external_id,
        "direction": "incoming",
        "is_private": conversation.is_private,
        "text": "my site is down",
        "sent_at": timezone.now(),
    } | fields
    return Message.objects.create(**values)


def make_attachment(message: Message, *, content: bytes | None = None, **fields: Any) -> Attachment:
    """A picture that is here; `state` waiting, refused or failed for one that is not."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "message": message,
        "external_id": str(number),
        "kind": "image",
        "url": f"https://files.example/{number}.png",
        "name": f"{number}.png",
        "state": "stored",
    } | fields
    if values["state"] == "stored":
        values["file"] = keep_file(make_picture() if content is None else content)
    Conversation.objects.filter(pk=message.conversation_id).update(has_attachments=True)
    return Attachment.objects.create(**values)


def make_held(author: Author, channel: Channel, *, text: str = "spam", **fields: Any) -> HeldBack:
    """A message that a block has kept out of the queue."""
    number = str(700_000 + next(_numbers))
    item = InboundMessage(
        external_id=number,
        version_id=number,
        thread_external_id=number,
        author=InboundAuthor(author.external_id, author.handle),
        text=text,
        sent_at=timezone.now(),
    )
    values: dict[str, Any] = {
        "channel": channel,
        "author": author,
        "external_id": number,
        "text": text,
        "item": packed(item),
        "sent_at": item.sent_at,
    } | fields
    return HeldBack.objects.create(**values)
