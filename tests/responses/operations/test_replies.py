from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors.errors import OutcomeUnknown, Rejected
from inbox.connectors.mail.connector import MailConnector
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.models import AuditEvent, Channel, Conversation, User
from inbox.operations import standing
from responses import stops
from responses.errors import ConversationMoved, DuplicateText, TooLate
from responses.models import Draft, Reply
from responses.operations import drafts, replies
from responses.operations.sending import claim, deliver
from tests.factories import make_conversation, make_message, make_user
from tests.responses.build import make_draft, make_queued, make_submitted, without_approval
from tests.responses.network import Network

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]


def stopped(network: Network, *, status: str, **kw: Any) -> Reply:
    reply = make_queued(**kw)
    if status == "failed":
        network.faults = [Rejected("No.")]
        deliver(reply_id=reply.pk)
    elif status == "unknown":
        network.can_look = False
        network.faults = [OutcomeUnknown("timed out")]
        deliver(reply_id=reply.pk)
    else:
        make_message(reply.conversation, text="wait")
        standing.refresh(conversation_ids=[reply.conversation_id])
        deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status == status
    return reply


def test_undo_gives_the_text_back_to_its_author(network: Network) -> None:
    reply = make_queued(is_due=False)
    replies.cancel(reply=reply, by=reply.author)
    draft = Draft.objects.get()
    assert (draft.status, draft.text) == (Draft.Status.DRAFT, "We are on it.")
    assert Reply.objects.get().status == Reply.Status.CANCELLED
    deliver(reply_id=reply.pk)
    assert network.posts == []


def test_an_undone_text_can_be_submitted_again(network: Network, ana: User, ben: User) -> None:
    reply = make_queued(author=ana, is_due=False)
    replies.cancel(reply=reply, by=ana)
    draft = Draft.objects.get()
    drafts.submit(draft=draft, by=ana, seen_version=draft.conversation.version)
    draft.refresh_from_db()
    assert (draft.status, draft.round) == (Draft.Status.IN_REVIEW, 2)


def test_a_managers_undo_tells_the_author_who_it_was(network: Network, ben: User) -> None:
    reply = make_queued(manager=ben, is_due=False)
    replies.cancel(reply=reply, by=ben)
    assert "ben" in Draft.objects.get().returned_note


def test_undo_is_too_late_once_a_worker_has_it(network: Network) -> None:
    reply = make_queued()
    assert claim(reply_id=reply.pk)
    with pytest.raises(TooLate):
        replies.cancel(reply=reply, by=reply.author)


def test_undo_keeps_what_the_author_has_begun_since(network: Network, ana: User) -> None:
    conversation = make_conversation()
    reply = make_queued(conversation, ana, is_due=False)
    make_draft(conversation, ana, text="And one more thing")
    replies.cancel(reply=reply, by=ana)
    begun = Draft.objects.get(status=Draft.Status.DRAFT)
    assert begun.text == "We are on it.\n\nAnd one more thing"


def test_undo_beside_a_review_holds_the_text(network: Network, ana: User) -> None:
    conversation = make_conversation()
    reply = make_queued(conversation, ana, is_due=False)
    make_submitted(conversation, ana, text="And one more thing")
    replies.cancel(reply=reply, by=ana)
    reply.refresh_from_db()
    assert (reply.status, reply.stop_code) == (Reply.Status.HELD, stops.UNDONE)
    with pytest.raises(StaleState):
        replies.edit(reply=reply, by=ana)


@pytest.mark.parametrize("act", [replies.cancel, replies.retry, replies.edit, replies.discard])
def test_strangers_do_nothing_with_a_reply(
    network: Network, act: Callable[..., object], cleo: User
) -> None:
    reply = make_queued(is_due=False)
    with pytest.raises(NotAllowed):
        act(reply=reply, by=cleo)
    with pytest.raises(NotAllowed):
        act(reply=reply, by=make_user(role="agent"))


def test_a_failed_reply_is_sent_again_with_the_same_key(network: Network) -> None:
    reply = stopped(network, status="failed")
    again = replies.retry(reply=reply, by=reply.author)
    assert again.status == Reply.Status.QUEUED
    deliver(reply_id=reply.pk)
    again.refresh_from_db()
    assert again.status == Reply.Status.SENT
    assert again.idempotency_key == reply.idempotency_key
    assert [attempt.outcome for attempt in again.deliveries.all()] == ["failed", "sent"]


def test_a_failed_reply_is_not_retried_after_its_words_went_out_otherwise(
    network: Network, ana: User, ben: User
) -> None:
    conversation = make_conversation()
    failed = stopped(network, status="failed", conversation=conversation, author=ana)
    other = make_user()
    make_queued(conversation, other)
    with pytest.raises(DuplicateText):
        replies.retry(reply=failed, by=ana)


def test_an_unknown_reply_moves_only_if_a_person_says_it_is_not_there(
    network: Network,
) -> None:
    reply = stopped(network, status="unknown")
    for act in (replies.retry, replies.edit, replies.discard):
        with pytest.raises(BadInput, match="Look there first"):
            act(reply=reply, by=reply.author)
    replies.retry(reply=reply, by=reply.author, is_absent=True)
    event = AuditEvent.objects.get(verb="responses.reply.retried")
    assert event.data["is_absent"] is True
    deliver(reply_id=reply.pk)
    assert len(network.posts) == 1


def test_an_edited_reply_is_a_draft_again_and_needs_a_new_approval(network: Network) -> None:
    reply = stopped(network, status="failed")
    draft = replies.edit(reply=reply, by=reply.author)
    assert draft.status == Draft.Status.DRAFT
    assert draft.content_hash == ""
    again = drafts.submit(draft=draft, by=draft.author, seen_version=draft.conversation.version)
    assert again.status == Draft.Status.IN_REVIEW


def test_a_dropped_reply_stays_in_the_record(network: Network) -> None:
    reply = stopped(network, status="failed")
    replies.discard(reply=reply, by=reply.author)
    reply.refresh_from_db()
    assert (reply.status, reply.text) == (Reply.Status.CANCELLED, "We are on it.")
    assert Draft.objects.get().status == Draft.Status.DISCARDED


def test_sending_anyway_needs_to_have_read_all_of_it(network: Network) -> None:
    reply = stopped(network, status="held")
    seen = reply.conversation.version
    with pytest.raises(InvalidTransition):
        replies.retry(reply=reply, by=reply.author)
    late = make_message(reply.conversation, text="really, wait")
    standing.refresh(conversation_ids=[reply.conversation_id])
    with pytest.raises(ConversationMoved) as moved:
        replies.send_anyway(reply=reply, by=reply.author, seen_version=seen)
    assert late in moved.value.messages
    replies.send_anyway(reply=reply, by=reply.author, seen_version=moved.value.version)
    deliver(reply_id=reply.pk)
    assert network.texts() == ["We are on it."]


def test_still_newer_news_hold_it_again(network: Network) -> None:
    reply = stopped(network, status="held")
    reply.conversation.refresh_from_db()
    replies.send_anyway(reply=reply, by=reply.author, seen_version=reply.conversation.version)
    make_message(reply.conversation, text="too late")
    standing.refresh(conversation_ids=[reply.conversation_id])
    deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.stop_code == stops.CONVERSATION_MOVED


def test_marking_as_sent_keeps_the_link(network: Network) -> None:
    reply = stopped(network, status="unknown")
    url = "https://net.example/brand/status/5"
    with pytest.raises(BadInput):
        replies.mark_as_sent(reply=reply, by=reply.author, url="nonsense")
    with pytest.raises(BadInput):
        replies.mark_as_sent(reply=reply, by=reply.author, url="javascript:alert(1)")
    replies.mark_as_sent(reply=reply, by=reply.author, url=url)
    reply.refresh_from_db()
    assert (reply.status, reply.proof_url) == (Reply.Status.SENT, url)
    assert AuditEvent.objects.get(verb="responses.reply.marked_sent").data["url"] == url


def test_where_nothing_has_an_address_a_persons_word_is_enough(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = stopped(network, status="unknown")
    monkeypatch.setattr(Channel, "manifest", MailConnector.manifest)
    replies.mark_as_sent(reply=reply, by=reply.author, url="")
    reply.refresh_from_db()
    assert (reply.status, reply.message) == (Reply.Status.SENT, None)


def test_marking_as_sent_finds_the_message_that_was_read_already(network: Network) -> None:
    reply = stopped(network, status="unknown")
    url = "https://net.example/brand/status/5"
    message = make_message(
        reply.conversation, direction="outgoing", author=None, url=url, text=reply.text
    )
    replies.mark_as_sent(reply=reply, by=reply.author, url=url)
    reply.refresh_from_db()
    assert reply.message == message


def test_what_is_not_stopped_has_nothing_to_settle(network: Network) -> None:
    reply = make_queued()
    for act in (replies.retry, replies.edit, replies.discard):
        with pytest.raises(InvalidTransition):
            act(reply=reply, by=reply.author)
    with pytest.raises(InvalidTransition):
        replies.mark_as_sent(reply=reply, by=reply.author, url="https://net.example/1")


def test_looking_again_is_due_at_once(network: Network) -> None:
    reply = stopped(network, status="unknown")
    replies.look_again(reply=reply, by=reply.author)
    assert Reply.objects.to_reconcile(timezone.now()).exists()


def test_without_an_undo_window_the_bell_rings_at_once(
    conversation: Conversation,
    ana: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(replies, "ring", lambda task, pk: rung.append(pk))
    without_approval(conversation, undo_seconds=0)
    reply = drafts.submit(draft=make_draft(conversation, ana), by=ana, seen_version=1)
    assert rung == [reply.pk]
