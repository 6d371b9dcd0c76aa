from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.types import InboundAuthor, InboundMessage, Limits
from inbox.models import AuditEvent, Channel, Conversation, Message, User
from inbox.operations import channels, standing
from inbox.operations.ingest import ingest
from responses import stops
from responses.models import Approval, ApprovalPolicy, Delivery, Reply
from responses.operations import drafts, outcomes, sending, sweeping
from responses.operations.reconciling import reconcile
from responses.operations.sending import deliver
from tests.factories import make_conversation, make_message
from tests.responses.build import make_draft, make_queued, without_approval
from tests.responses.network import AfterAccepting, Network

pytestmark = pytest.mark.django_db

Later = Callable[..., Reply]


def after(reply: Reply) -> Reply:
    """Deliver, and return the reply as it is then."""
    deliver(reply_id=reply.pk)
    return Reply.objects.get(pk=reply.pk)


# -- the way it should go ------------------------------------------------------------------------


def test_an_approved_reply_is_posted_once_and_shown_in_the_thread(network: Network) -> None:
    reply = after(make_queued())
    assert reply.status == Reply.Status.SENT
    assert network.texts() == ["We are on it."]
    assert reply.message is not None
    assert reply.message.external_id == network.posts[0].external_id
    assert reply.message.sent_here
    attempt = Delivery.objects.get()
    assert (attempt.outcome, attempt.external_id) == ("sent", network.posts[0].external_id)


def test_a_doubled_task_posts_nothing_more(network: Network) -> None:
    reply = make_queued()
    for _turn in range(3):
        deliver(reply_id=reply.pk)
    assert len(network.posts) == 1
    assert network.calls == ["send"]


def test_nothing_leaves_inside_the_undo_window(network: Network) -> None:
    reply = after(make_queued(is_due=False))
    assert reply.status == Reply.Status.QUEUED
    assert network.posts == []


def test_the_attempt_is_written_down_before_the_call(network: Network) -> None:
    seen: list[tuple[str, str]] = []

    def look(_reply: Any) -> None:
        seen.append((Reply.objects.get().status, Delivery.objects.get().outcome))

    network.faults = [look]
    after(make_queued())
    assert seen == [("sending", "sending")]


def test_a_private_reply_goes_to_the_person(network: Network) -> None:
    conversation = make_conversation(is_private=True)
    draft = make_draft(conversation)
    ApprovalPolicy.objects.create(channel=conversation.channel, undo_seconds=0)
    reply = drafts.submit(draft=draft, by=draft.author, seen_version=1)
    deliver(reply_id=reply.pk)
    assert network.posts[0].recipient == conversation.author.external_id


def test_our_own_echo_read_first_is_recognised(network: Network) -> None:
    reply = make_queued()

    def echo(_reply: Any) -> None:
        ingest(channel=reply.channel, messages=[ours(reply, "700000")])

    network.faults = [echo]
    reply = after(reply)
    assert reply.status == Reply.Status.SENT
    assert Message.objects.filter(external_id="700000").count() == 1


def ours(reply: Reply, external_id: str) -> InboundMessage:
    return InboundMessage(
        external_id=external_id,
        version_id=external_id,
        thread_external_id=reply.target.thread_external_id,
        author=InboundAuthor(reply.channel.external_id, reply.channel.handle),
        text=reply.text,
        sent_at=timezone.now(),
        in_reply_to=reply.target.external_id,
        is_ours=True,
    )


# -- the four questions at the door --------------------------------------------------------------


def held(reply: Reply, code: str, network: Network) -> None:
    reply = after(reply)
    assert (reply.status, reply.stop_code) == (Reply.Status.HELD, code)
    assert network.posts == []
    assert not reply.deliveries.exists()
    assert reply.text == "We are on it." or code == stops.HASH_MISMATCH


def test_a_text_edited_after_approval_is_held(network: Network) -> None:
    reply = make_queued()
    Reply.objects.update(text="Something nobody approved")
    held(reply, stops.HASH_MISMATCH, network)


def test_a_text_and_hash_edited_together_do_not_match_the_approval(network: Network) -> None:
    reply = make_queued()
    Reply.objects.update(text="Something", content_hash="0" * 64)
    held(reply, stops.HASH_MISMATCH, network)
    Reply.objects.update(status="queued", text="We are on it.", content_hash=reply.content_hash)
    Approval.objects.update(content_hash="0" * 64)
    held(reply, stops.HASH_MISMATCH, network)


def test_a_moved_target_is_held(network: Network) -> None:
    reply = make_queued()
    Reply.objects.update(target=make_message(reply.conversation))
    held(reply, stops.HASH_MISMATCH, network)


def test_a_decision_that_was_no_approval_sends_nothing(network: Network) -> None:
    reply = make_queued()
    Approval.objects.update(decision=Approval.Decision.REJECTED)
    held(reply, stops.HASH_MISMATCH, network)


def test_a_conversation_that_moved_on_is_held(network: Network) -> None:
    reply = make_queued()
    make_message(reply.conversation, text="it works again")
    standing.refresh(conversation_ids=[reply.conversation_id])
    held(reply, stops.CONVERSATION_MOVED, network)


def test_a_colleagues_reply_is_news_too(network: Network, ana: User, ben: User) -> None:
    conversation = make_conversation()
    without_approval(conversation, undo_seconds=0)
    first, second = send_now(conversation, ana, "One"), send_now(conversation, ben, "Two")
    after(first)
    assert after(second).stop_code == stops.CONVERSATION_MOVED


def test_ones_own_reply_is_no_news(network: Network, ana: User) -> None:
    conversation = make_conversation()
    without_approval(conversation, undo_seconds=0)
    Message.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    first, second = send_now(conversation, ana, "One"), send_now(conversation, ana, "Two")
    after(first)
    after(second)
    assert network.texts() == ["One", "Two"]


def test_ones_own_reply_does_not_hide_what_came_with_it(network: Network, ana: User) -> None:
    conversation = make_conversation()
    without_approval(conversation, undo_seconds=0)
    Message.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    first, second = send_now(conversation, ana, "One"), send_now(conversation, ana, "Two")
    after(first)
    late = make_message(conversation, text="stop!")
    standing.refresh(conversation_ids=[conversation.pk])
    Message.objects.filter(pk=late.pk).update(received_at=timezone.now() - timedelta(minutes=1))
    assert after(second).stop_code == stops.CONVERSATION_MOVED


def send_now(conversation: Conversation, author: User, text: str) -> Reply:
    conversation.refresh_from_db()
    draft = make_draft(conversation, author, text=text)
    reply = drafts.submit(draft=draft, by=author, seen_version=conversation.version)
    assert isinstance(reply, Reply)
    return reply


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({"is_paused": True}, stops.CHANNEL_PAUSED),
        ({"health": "needs_login"}, stops.CHANNEL_NEEDS_LOGIN),
        ({"is_practice": True}, stops.CHANNEL_ELSEWHERE),
    ],
)
def test_a_channel_in_trouble_holds_its_replies(
    network: Network, trouble: dict[str, Any], code: str
) -> None:
    reply = make_queued()
    Channel.objects.update(**trouble)
    held(reply, code, network)


def test_a_practice_run_never_sends_to_a_real_account(network: Network, settings: Any) -> None:
    reply = make_queued()
    settings.PRACTICE_NETWORK = True
    held(reply, stops.CHANNEL_ELSEWHERE, network)


def test_limits_are_asked_again_at_the_door(network: Network) -> None:
    reply = make_queued()
    network.limits = Limits(text_length=5, private_text_length=5)
    held(reply, stops.NOT_SENDABLE, network)
    assert "Too long" in Reply.objects.get().stop_text


def test_a_reply_window_that_closed_meanwhile_holds_it(network: Network) -> None:
    reply = make_queued()
    network.limits = Limits(280, 280, reply_window=timedelta(days=7))
    Message.objects.update(sent_at=timezone.now() - timedelta(days=8))
    held(reply, stops.WINDOW_CLOSED, network)


def test_what_the_desk_could_not_send_in_time_is_held(network: Network) -> None:
    reply = make_queued()
    Reply.objects.update(send_after=timezone.now() - timedelta(minutes=11))
    held(reply, stops.TOO_LATE, network)


def test_a_policy_that_was_tightened_meanwhile_holds_what_nobody_approved(
    network: Network, ana: User
) -> None:
    conversation = make_conversation()
    policy = without_approval(conversation, undo_seconds=0)
    reply = send_now(conversation, ana, "We are on it.")
    policy.public_needs_approval = True
    policy.save()
    held(reply, stops.APPROVAL_MISSING, network)


# -- every way in which the call may end ---------------------------------------------------------


def test_a_busy_network_is_asked_again_when_it_says_so(network: Network) -> None:
    network.faults = [RateLimited("slow down", retry_after=300)]
    reply = after(make_queued())
    assert reply.status == Reply.Status.QUEUED
    wait = (reply.send_after - timezone.now()).total_seconds()
    assert 295 < wait <= 300
    assert Delivery.objects.get().outcome == "refused"


@pytest.mark.parametrize("seconds", [86_400, 1e18])
def test_a_network_that_is_busy_for_the_day_needs_a_person(
    network: Network, seconds: float
) -> None:
    network.faults = [RateLimited("Daily limit reached.", retry_after=seconds)]
    reply = after(make_queued())
    assert (reply.status, reply.stop_code) == (Reply.Status.FAILED, stops.GAVE_UP)
    assert reply.stop_text == "Daily limit reached."


def test_without_advice_the_wait_grows_and_is_bounded(network: Network) -> None:
    waits = [max(outcomes.backoff(attempt) for _turn in range(50)) for attempt in range(1, 12)]
    assert 2.5 <= waits[0] <= 5
    assert waits[4] > waits[0]
    assert max(waits) <= 600


def test_after_eight_refusals_a_person_is_asked(network: Network) -> None:
    network.faults = [TransientError("no", retry_after=0) for _turn in range(9)]
    reply = make_queued()
    for _turn in range(9):
        deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert (reply.status, reply.stop_code) == (Reply.Status.FAILED, stops.GAVE_UP)
    assert network.calls.count("send") == 8


def test_a_refusal_is_final_and_shown_in_the_networks_words(network: Network) -> None:
    network.faults = [Rejected("You are not allowed to reply to this post.", code="403")]
    reply = after(make_queued())
    assert (reply.status, reply.stop_code) == (Reply.Status.FAILED, stops.REJECTED)
    assert reply.stop_text == "You are not allowed to reply to this post."


def test_a_network_that_takes_no_replies_fails_it(network: Network) -> None:
    network.faults = [Unsupported("Net takes no replies")]
    assert after(make_queued()).status == Reply.Status.FAILED


@pytest.mark.parametrize(
    "error", [OutcomeUnknown("timed out"), BadPayload("not JSON"), ValueError("a bug of ours")]
)
def test_whatever_may_have_left_is_unknown_not_failed(network: Network, error: Exception) -> None:
    network.faults = [error]
    reply = after(make_queued())
    assert (reply.status, reply.stop_code) == (Reply.Status.UNKNOWN, "")
    assert reply.check_after is not None
    assert Delivery.objects.get().outcome == "unknown"


def test_a_bug_of_ours_is_logged_without_the_text(
    network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    network.faults = [ValueError("a bug of ours")]
    after(make_queued(text="A secret text"))
    assert "sending failed" in caplog.text
    assert "A secret text" not in caplog.text


def test_an_ended_sign_in_is_renewed_and_the_reply_goes_out(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "note_trouble", lambda **kw: None)
    network.faults = [AuthExpired("expired")]
    reply = after(make_queued())
    assert reply.status == Reply.Status.QUEUED
    Reply.objects.update(send_after=timezone.now())
    assert after(reply).status == Reply.Status.SENT
    assert len(network.posts) == 1


def test_a_dead_sign_in_holds_the_reply(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*, channel: Channel, error: Exception) -> None:
        Channel.objects.filter(pk=channel.pk).update(health="needs_login")

    monkeypatch.setattr(channels, "note_trouble", dead)
    network.faults = [AuthExpired("expired")]
    reply = after(make_queued())
    assert (reply.status, reply.stop_code) == (Reply.Status.HELD, stops.CHANNEL_NEEDS_LOGIN)


@pytest.mark.parametrize("error", [TransientError("renewing", retry_after=3), OutcomeUnknown("?")])
def test_trouble_with_the_sign_in_makes_no_attempt(
    network: Network, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(channel: Channel) -> None:
        raise error

    monkeypatch.setattr(channels, "connector_for", fail)
    reply = after(make_queued())
    assert reply.status == Reply.Status.QUEUED
    assert reply.send_after > timezone.now()
    assert not Delivery.objects.exists()


# -- killed, slept, doubled ----------------------------------------------------------------------


class Killed(BaseException):
    """Stands for kill -9: nothing after this line runs, in no handler."""


@pytest.mark.parametrize("is_taken_in", [False, True])
def test_a_worker_killed_in_the_call_leaves_an_unknown_not_a_queued_reply(
    network: Network, later: Later, is_taken_in: bool
) -> None:
    network.faults = [AfterAccepting(Killed()) if is_taken_in else Killed()]  # type: ignore[arg-type]
    reply = make_queued()
    with pytest.raises(Killed):
        deliver(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.SENDING
    deliver(reply_id=reply.pk)  # the doubled message of a broker finds nothing to do
    sweeping.sweep()
    assert Reply.objects.get().status == Reply.Status.SENDING  # its lease still runs
    later(reply)
    sweeping.sweep()
    assert Reply.objects.get().status == Reply.Status.UNKNOWN
    assert Delivery.objects.get().error_code == "worker_lost"


def test_a_worker_killed_between_answer_and_record_posts_nothing_twice(
    network: Network, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = make_queued()
    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "sent", lambda **kw: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            deliver(reply_id=reply.pk)
    later(reply)
    sweeping.sweep()
    later(reply)
    reconcile(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.SENT
    assert len(network.posts) == 1


def test_a_worker_that_slept_past_its_time_does_not_send(network: Network, settings: Any) -> None:
    settings.SEND_LEASE = settings.NETWORK_TIMEOUT  # so `start_before` is already over
    reply = after(make_queued())
    assert network.calls == []
    assert reply.status == Reply.Status.QUEUED
    assert Delivery.objects.get().outcome == "refused"


def test_a_lost_worker_that_comes_back_with_a_receipt_is_believed(
    network: Network, later: Later
) -> None:
    reply = make_queued()

    def sleep(_reply: Any) -> None:
        later(reply)
        sweeping.sweep()
        assert Reply.objects.get().status == Reply.Status.UNKNOWN

    network.faults = [sleep]
    reply = after(reply)
    assert reply.status == Reply.Status.SENT
    assert Delivery.objects.get().outcome == "sent"


def test_a_lost_worker_that_comes_back_with_an_error_changes_nothing(
    network: Network, later: Later
) -> None:
    reply = make_queued()

    def sleep(_reply: Any) -> None:
        later(reply)
        sweeping.sweep()
        raise TransientError("no")

    network.faults = [sleep]
    assert after(reply).status == Reply.Status.UNKNOWN
    assert Delivery.objects.get().outcome == "unknown"


def test_a_receipt_against_the_record_is_shown_and_logged(
    network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    reply = make_queued()
    Reply.objects.update(status="cancelled")
    outcomes.sent(reply_id=reply.pk, receipt=network.accept(sending.outbound_of(reply)))
    assert Reply.objects.get().status == Reply.Status.CANCELLED
    assert Message.objects.filter(direction="outgoing").count() == 1
    assert AuditEvent.objects.filter(verb="responses.reply.appeared").exists()
    assert "against our record" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_four_workers_at_once_post_one_reply_once(network: Network, turn: int) -> None:
    replies = [make_queued(text=f"Answer {number}") for number in range(3)]
    connection.close()
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            for reply in replies:
                deliver(reply_id=reply.pk)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(network.texts()) == ["Answer 0", "Answer 1", "Answer 2"]
    assert set(Reply.objects.values_list("status", flat=True)) == {"sent"}


def test_a_sweep_takes_channels_in_turns(network: Network, monkeypatch: Any) -> None:
    busy = make_conversation()
    rung: list[int] = []
    monkeypatch.setattr(sweeping, "ring", lambda task, pk: rung.append(pk))
    monkeypatch.setattr(sweeping, "BATCH", 2)
    crowd = [make_queued(make_conversation(channel=busy.channel), text=f"{n}") for n in range(3)]
    other = make_queued()
    sweeping.sweep()
    assert set(rung) == {crowd[0].pk, other.pk}
