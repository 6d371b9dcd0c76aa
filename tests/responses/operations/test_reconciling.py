from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors.errors import AuthExpired, OutcomeUnknown, Rejected, TransientError
from inbox.models import Channel
from inbox.operations import channels
from responses import stops
from responses.models import ApprovalPolicy, Delivery, Reply
from responses.operations import outcomes, sweeping
from responses.operations.reconciling import reconcile
from responses.operations.sending import deliver
from tests.factories import make_author, make_conversation
from tests.responses.build import make_queued
from tests.responses.network import AfterAccepting, Network, receipt

pytestmark = pytest.mark.django_db

Later = Callable[..., Reply]


def cut_off(network: Network, *, accepted: bool, **kw: Any) -> Reply:
    """A reply whose request got no answer."""
    error = OutcomeUnknown("timed out")
    network.faults.append(AfterAccepting(error) if accepted else error)
    reply = make_queued(**kw)
    deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status == Reply.Status.UNKNOWN
    return reply


def look(reply: Reply) -> Reply:
    reconcile(reply_id=reply.pk)
    return Reply.objects.get(pk=reply.pk)


def test_what_was_taken_in_is_found_and_not_sent_again(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=True)
    later(reply)
    reply = look(reply)
    assert reply.status == Reply.Status.SENT
    assert reply.message is not None
    assert len(network.posts) == 1
    assert Delivery.objects.get().outcome == "sent"


def test_nobody_looks_before_the_network_had_time_to_show_it(network: Network) -> None:
    reply = cut_off(network, accepted=True)
    assert look(reply).status == Reply.Status.UNKNOWN
    assert "look" not in network.calls


def test_one_negative_look_is_not_believed(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=False)
    later(reply)
    reply = look(reply)
    assert (reply.status, reply.checks) == (Reply.Status.UNKNOWN, 1)
    assert reply.check_after is not None
    assert reply.check_after > timezone.now() + timedelta(seconds=15)


def test_two_negative_looks_make_it_safe_to_send_again(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=False)
    for _turn in range(2):
        later(reply)
        reply = look(reply)
    assert reply.status == Reply.Status.QUEUED
    deliver(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.SENT
    assert len(network.posts) == 1
    keys = {reply.idempotency_key, Reply.objects.get().idempotency_key}
    assert len(keys) == 1


def test_two_quick_looks_do_not_outrun_a_request_under_way(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=False)
    for _turn in range(2):
        later(reply, seconds=17)  # 34 s after the cut: still inside time-out and settling
        Reply.objects.update(check_after=timezone.now())
        reply = look(reply)
    assert (reply.status, reply.checks) == (Reply.Status.UNKNOWN, 2)
    later(reply)
    assert look(reply).status == Reply.Status.QUEUED


def test_a_network_that_shows_late_is_caught_between_the_looks(
    network: Network, later: Later
) -> None:
    reply = cut_off(network, accepted=True)
    network.hidden = True
    later(reply)
    look(reply)
    network.hidden = False
    later(reply)
    assert look(reply).status == Reply.Status.SENT
    assert len(network.posts) == 1


def test_a_network_that_shows_even_later_is_caught_before_the_second_attempt(
    network: Network, later: Later
) -> None:
    reply = cut_off(network, accepted=True)
    network.hidden = True
    for _turn in range(2):
        later(reply)
        reply = look(reply)
    assert reply.status == Reply.Status.QUEUED
    network.hidden = False
    deliver(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.SENT
    assert len(network.posts) == 1


@pytest.mark.parametrize("error", [OutcomeUnknown("?"), Rejected("no search for you")])
def test_a_second_attempt_without_a_look_is_not_made(
    network: Network, later: Later, error: Exception
) -> None:
    reply = cut_off(network, accepted=False)
    for _turn in range(2):
        later(reply)
        reply = look(reply)
    network.look_faults = [error]
    deliver(reply_id=reply.pk)
    assert Reply.objects.get().status == Reply.Status.UNKNOWN
    assert network.calls.count("send") == 1


@pytest.mark.parametrize(
    "error", [TransientError("busy"), OutcomeUnknown("timed out"), ValueError("a bug")]
)
def test_a_look_that_fails_counts_for_nothing(
    network: Network, later: Later, error: Exception
) -> None:
    reply = cut_off(network, accepted=True)
    network.look_faults = [error]
    later(reply)
    reply = look(reply)
    assert (reply.status, reply.checks) == (Reply.Status.UNKNOWN, 0)
    assert reply.check_after is not None
    later(reply, minutes=20)
    assert look(reply).status == Reply.Status.SENT


def test_looks_that_keep_failing_are_shown_to_a_person(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=True)
    network.look_faults = [TransientError("busy")] * 2
    later(reply)
    look(reply)
    assert not Reply.objects.needing_attention().exists()
    later(reply, minutes=15)
    reply = look(reply)
    assert reply.stop_code == stops.CHECK_FAILING
    assert Reply.objects.needing_attention().get() == reply
    assert reply.check_after is not None  # the desk keeps asking all the same


def test_a_network_that_cannot_be_asked_needs_a_person(network: Network, later: Later) -> None:
    network.can_look = False
    reply = cut_off(network, accepted=True)
    later(reply)
    reply = look(reply)
    assert (reply.status, reply.stop_code) == (Reply.Status.UNKNOWN, stops.CANNOT_CHECK)
    assert reply.check_after is None
    sweeping.sweep()
    assert len(network.posts) == 1


def test_a_refused_question_needs_a_person(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=True)
    network.look_faults = [Rejected("Your plan has no search.")]
    later(reply)
    assert look(reply).stop_text == "Your plan has no search."


def test_a_signed_out_channel_is_not_asked(
    network: Network, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = cut_off(network, accepted=True)
    monkeypatch.setattr(channels, "note_trouble", lambda **kw: None)
    network.look_faults = [AuthExpired("expired")]
    later(reply)
    assert look(reply).checks == 0
    Channel.objects.update(is_paused=True)
    later(reply, minutes=20)
    assert look(reply).checks == 0
    assert network.calls.count("look") == 1


def test_each_look_is_claimed(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=False)
    later(reply)
    for _turn in range(3):
        reconcile(reply_id=reply.pk)
    assert network.calls.count("look") == 1
    assert Reply.objects.get().checks == 1


def test_the_proof_of_another_reply_proves_nothing(network: Network, later: Later) -> None:
    person = make_author()
    first = make_conversation(is_private=True, author=person)
    second = make_conversation(channel=first.channel, is_private=True, author=person)
    sent_before = private(first)
    deliver(reply_id=sent_before.pk)
    network.faults = [OutcomeUnknown("timed out")]
    reply = private(second)
    deliver(reply_id=reply.pk)
    later(reply)
    reply = look(reply)
    assert (reply.status, reply.checks) == (Reply.Status.UNKNOWN, 1)
    later(reply)
    assert look(reply).status == Reply.Status.QUEUED
    deliver(reply_id=reply.pk)
    assert len(network.posts) == 2
    assert Reply.objects.get(pk=reply.pk).message != Reply.objects.get(pk=sent_before.pk).message


def private(conversation: Any) -> Reply:
    ApprovalPolicy.objects.get_or_create(
        channel=conversation.channel, defaults={"private_needs_approval": True}
    )
    return make_queued(conversation, text="Thank you!")


def test_a_receipt_is_recorded_once(network: Network, later: Later) -> None:
    reply = cut_off(network, accepted=True)
    proof = receipt(network.posts[0])
    for _turn in range(2):
        outcomes.sent(reply_id=reply.pk, receipt=proof)
    reply.refresh_from_db()
    assert reply.conversation.messages.filter(direction="outgoing").count() == 1


def test_the_sweep_brings_a_lost_reply_home_by_itself(
    network: Network, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "ring", lambda task, pk: task(pk))
    error = OutcomeUnknown("timed out")
    network.faults = [AfterAccepting(error), error, AfterAccepting(error), error]
    replies = [make_queued(text=f"Answer {number}") for number in range(4)]
    for _turn in range(8):
        sweeping.sweep()
        for reply in replies:
            later(reply)
    assert sorted(network.texts()) == [f"Answer {number}" for number in range(4)]
    assert set(Reply.objects.values_list("status", flat=True)) == {"sent"}
