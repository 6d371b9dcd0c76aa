"""A hundred approved replies appear exactly once each, whatever breaks on the way."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from inbox.models import AuditEvent, Channel, Conversation, User
from inbox.operations.practice import connect_practice_channel
from responses.models import ApprovalPolicy, Reply
from responses.operations import approvals, drafts
from tests.chaos.stack import Stack, wait_for
from tests.factories import make_user
from tests.inbox.practice.server import Practice

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

COUNT = 100
# Seconds without Redis; half a minute already outlasts every retry inside the clients, and the
# full minute is one environment variable away.
OUTAGE = float(os.environ.get("CRISISDESK_REDIS_OUTAGE", "30"))


@pytest.fixture
def channel(stack: Stack, practice: Practice) -> Channel:
    channel = connect_practice_channel(handle="nusahosting", by=None)
    for number in range(COUNT):
        practice.post(f"customer{number}", f"@nusahosting my site {number} is down")
    wait_for(lambda: Conversation.objects.count() == COUNT, within=60, what="the posts' arrival")
    return channel


def approve_all(channel: Channel) -> None:
    """Write, submit and approve one reply to each conversation."""
    ApprovalPolicy.objects.update_or_create(channel=channel, defaults={"undo_seconds": 0})
    ana, ben = make_user("ana", "agent"), make_user("ben", "manager")
    for conversation in Conversation.objects.all():
        approve_one(conversation, ana, ben)


def approve_one(conversation: Conversation, ana: User, ben: User) -> None:
    version = conversation.version
    draft = drafts.open_draft(conversation=conversation, by=ana, seen_version=version)
    drafts.save_text(draft=draft, by=ana, text=f"We are on it, {conversation.author.handle}.")
    submitted = drafts.submit(draft=draft, by=ana, seen_version=version)
    approvals.approve(draft=submitted, by=ben, content_hash=submitted.content_hash)


def all_sent() -> bool:
    return Reply.objects.filter(status="sent").count() == COUNT


def assert_public_once(practice: Practice) -> None:
    """Compare the public timeline with what was approved: nothing missing, nothing twice."""
    ours = practice.posts(author="nusahosting")
    # The network puts the name of whom we answer before the text.
    public = Counter((post["in_reply_to"], post["text"].split(" ", 1)[1]) for post in ours)
    wanted = Counter(Reply.objects.values_list("target__external_id", "text"))
    assert len(wanted) == COUNT
    assert public == wanted


def test_a_network_that_times_out_after_accepting(
    stack: Stack, practice: Practice, channel: Channel
) -> None:
    practice.faults(
        {"kind": "timeout_after_accept", "method": "POST", "path": "/2/tweets", "every": 2}
    )
    approve_all(channel)
    wait_for(all_sent, within=180, what="the sending of all replies")
    assert AuditEvent.objects.filter(verb="responses.reply.unknown").count() >= COUNT // 3
    assert_public_once(practice)


def test_workers_killed_at_random_while_sending(
    stack: Stack, practice: Practice, channel: Channel
) -> None:
    practice.faults({"kind": "delay", "method": "POST", "path": "/2/tweets", "seconds": 0.4})
    approve_all(channel)
    chance = random.Random(7)
    kills = 0
    while not all_sent() and kills < 8:
        stack.worker_has_begun(within=60)
        time.sleep(chance.uniform(0.2, 1.5))
        stack.kill_worker()
        kills += 1
    practice.faults()
    wait_for(all_sent, within=180, what="the sending of all replies")
    assert kills >= 3
    assert_public_once(practice)


def test_redis_gone_for_a_while(stack: Stack, practice: Practice, channel: Channel) -> None:
    stack.stop_redis()
    approve_all(channel)
    practice.post("late", "@nusahosting and now?")
    time.sleep(OUTAGE)
    assert not Reply.objects.exclude(status="queued").exists()
    stack.start_redis()
    wait_for(
        lambda: stack.keep_running() and all_sent(), within=120, what="the sending of all replies"
    )
    assert_public_once(practice)
    wait_for(
        lambda: (
            stack.keep_running() and Conversation.objects.filter(author__handle="late").exists()
        ),
        within=60,
        what="the arrival of what was posted meanwhile",
    )
