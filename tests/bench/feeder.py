"""`python -m tests.bench.feeder CHANNELS RATE SECONDS`: messages through ingest, at a steady rate.

Prints the external ids of what it stored, one a line.
"""

from __future__ import annotations

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from inbox.connectors.types import InboundAuthor, InboundMessage  # noqa: E402
from inbox.models import Channel  # noqa: E402
from inbox.operations.ingest import ingest  # noqa: E402
from tests.bench.seed import sentence  # noqa: E402

BATCHES = 5  # a second


def main(handles: str, rate: int, seconds: int) -> None:
    channels = list(Channel.objects.filter(handle__in=handles.split(",")).order_by("pk"))
    size = rate // BATCHES
    began = time.monotonic()
    for batch in range(seconds * BATCHES):
        time.sleep(max(0.0, began + batch / BATCHES - time.monotonic()))
        channel = channels[batch % len(channels)]
        items = [message(channel.handle, batch * size + number) for number in range(size)]
        ingest(channel=channel, messages=items)
        print("\n".join(item.external_id for item in items), flush=True)


def message(handle: str, number: int) -> InboundMessage:
    """Every third message goes on in the conversation of the one three before it."""
    from django.utils import timezone

    author = number - 3 if number % 3 == 0 and number else number
    external_id = str(10**15 + number)
    root = str(10**15 + author)
    return InboundMessage(
        external_id=external_id,
        version_id=external_id,
        thread_external_id=root,
        author=InboundAuthor(
            external_id=f"fed{author}",
            handle=f"fed{author}",
            name=f"Fed {author}",
            followers=author,
        ),
        text=f"@{handle} {sentence(number)}",
        sent_at=timezone.now(),
        in_reply_to="" if root == external_id else root,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
