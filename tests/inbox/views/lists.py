"""Reading list pages in tests."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from inbox.models import Channel, Conversation
from tests.factories import make_author

# One of them notes, once a minute, when the session was last used.
BUDGET = 12
SEARCH = 8  # more for a search: three kinds of text, how far they go, and what is shown of them
PLACES = [
    "/",
    "/?sort=newest",
    "/?sort=waiting",
    "/?status=all",
    "/?status=resolved&sort=newest",
    "/?assignee=me",
    "/?assignee=nobody&private=0&sentiment=negative&language=id",
    "/?q=zebra",
]


def budget(path: str) -> int:
    return BUDGET + (SEARCH if "q=" in path else 0)


def ids(html: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<li id="row-(\d+)"', html)]


def page(client: Client, path: str = "/", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def fill(channel: Channel, count: int) -> None:
    """Many cheap rows, a second apart, of every status."""
    author, now = make_author(), timezone.now()
    statuses = ["open", "open", "open", "pending", "resolved"]
    Conversation.objects.bulk_create(
        (
            Conversation(
                channel=channel,
                author=author,
                external_id=f"bulk{number}",
                status=statuses[number % 5],
                preview="my site is down",
                waiting_since=now - timedelta(seconds=number),
                rank_at=now - timedelta(seconds=number),
                last_message_at=now - timedelta(seconds=number),
            )
            for number in range(count)
        ),
        batch_size=2000,
    )
