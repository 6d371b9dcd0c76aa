"""Real posts at full speed: every one that mentions the brand is in the queue, once."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command

from crisisdesk.settings import BASE_DIR
from inbox.models import Channel, Message, Stream
from tests.chaos.stack import Stack, wait_for
from tests.inbox.practice.server import Practice

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

POSTS = BASE_DIR.parent / "shared" / "data" / "replay" / "airlines_2015.csv"
BRAND = "united"
# Our own reading of what a mention is, apart from the practice network's.
MENTION = re.compile(rf"(?<![\w@#$%&*!])@{BRAND}(?![\w@])", re.IGNORECASE)
KILLS = 5


@pytest.fixture(scope="module")
def expected() -> Counter[tuple[str, str]]:
    """Author and time of every post of the file that mentions the brand."""
    if not POSTS.exists():
        pytest.skip(f"the replay data is not here: {POSTS}")
    with POSTS.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if MENTION.search(row["text"])]
    return Counter((row["author"], row["created_at"]) for row in rows)


def replay(practice: Practice) -> None:
    call_command(
        "replay", str(POSTS), "--as", f"@{BRAND}", "--speed", "max", "--network-url", practice.url
    )


def in_the_queue() -> Counter[tuple[str, str]]:
    rows = Message.objects.filter(direction="incoming", conversation__isnull=False)
    return Counter(
        (handle, sent_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for handle, sent_at in rows.values_list("author__handle", "sent_at")
    )


def caught_up() -> bool:
    """Whether every stream has been read since the last post and has no gap left."""
    streams = Stream.objects.filter(channel__in=Channel.objects.all())
    return streams.exists() and not any(
        stream.gaps or stream.last_success_at is None for stream in streams
    )


def mentions_stored() -> int:
    return Message.objects.filter(direction="incoming").count()


def test_every_mention_arrives_once_though_the_worker_is_killed(
    stack: Stack, practice: Practice, expected: Counter[tuple[str, str]], settings: Any
) -> None:
    replay(practice)
    wanted = sum(expected.values())
    for kill in range(1, KILLS + 1):
        share = wanted * kill // (KILLS + 2)
        wait_for(lambda share=share: mentions_stored() >= share, within=120, what=f"{share} posts")
        stack.kill_worker()
    wait_for(lambda: mentions_stored() >= wanted and caught_up(), within=240, what="the whole file")
    assert in_the_queue() == expected
    replay(practice)
    Stream.objects.update(next_poll_at=None, overlap_at=None)
    wait_for(
        lambda: not Stream.objects.filter(overlap_at=None).exists() and caught_up(),
        within=60,
        what="another reading",
    )
    assert in_the_queue() == expected
