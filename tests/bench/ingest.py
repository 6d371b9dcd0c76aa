"""How many messages a second ingest takes in, beside a raw bulk upsert of the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from inbox.models import Author, Channel, Conversation, Message
from inbox.operations.ingest import ingest
from tests.bench.feeder import message
from tests.bench.figures import met
from tests.factories import make_channel

BATCH, BATCHES = 500, 10
LEAST = 0.25  # of what the raw upsert does


def measure_ingest() -> None:
    """Print both rates and how they compare."""
    product = _rate(make_channel(handle="fed"), lambda channel, items: ingest(
        channel=channel, messages=items
    ))  # fmt: skip
    raw = _rate(make_channel(handle="raw"), _upsert)
    share = product / raw
    print(
        f"ingest {product:,.0f} messages a second, raw upsert {raw:,.0f}: {share:.2f} of it",
        end=" ",
    )
    print(f"{share:.2f} of it", met(share, LEAST, at_least=True))


def _rate(channel: Channel, store: Callable[..., Any]) -> float:
    base = channel.pk * 1_000_000
    pages = [
        [message(channel.handle, base + batch * BATCH + n) for n in range(BATCH)]
        for batch in range(BATCHES)
    ]
    began = time.perf_counter()
    for items in pages:
        store(channel, items)
    return BATCH * BATCHES / (time.perf_counter() - began)


@transaction.atomic
def _upsert(channel: Channel, items: list[Any]) -> None:
    """The same authors, conversations and messages, and nothing about what they mean."""
    authors = Author.objects.bulk_create(
        {i.author.external_id: Author(
            network="x", external_id=i.author.external_id, handle=i.author.handle,
            name=i.author.name, followers=i.author.followers,
        ) for i in items}.values(),
        update_conflicts=True, unique_fields=["network", "external_id"],
        update_fields=["handle", "name", "followers"],
    )  # fmt: skip
    by_id = {author.external_id: author for author in authors}
    rows = Conversation.objects.bulk_create(
        {i.thread_external_id: Conversation(
            channel=channel, author=by_id[i.author.external_id], preview=i.text[:200],
            external_id=i.thread_external_id, last_message_at=i.sent_at, rank_at=i.sent_at,
        ) for i in items}.values(),
        update_conflicts=True, unique_fields=["channel", "external_id"],
        update_fields=["preview", "last_message_at", "rank_at"],
    )  # fmt: skip
    threads = {row.external_id: row for row in rows}
    Message.objects.bulk_create(
        [Message(
            channel=channel, conversation=threads[i.thread_external_id], text=i.text,
            author=by_id[i.author.external_id], external_id=i.external_id,
            version_id=i.version_id, thread_external_id=i.thread_external_id,
            direction="incoming", sent_at=i.sent_at,
        ) for i in items],
        update_conflicts=True, unique_fields=["channel", "external_id"],
        update_fields=["text", "version_id"],
    )  # fmt: skip
