from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from inbox.lib.errors import BadInput, DomainError, NotAllowed, StaleState
from inbox.models import AuditEvent, Conversation, User
from inbox.operations import standing
from responses import stops
from responses.errors import NotSendable
from responses.models import Approval, Draft, Reply
from responses.operations import approvals, drafts, sending
from tests.factories import make_conversation, make_message, make_user
from tests.responses.build import make_draft, make_submitted
from tests.responses.network import Network

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]


def approve(draft: Draft, by: User, **kw: object) -> Approval:
    return approvals.approve(
        draft=draft,
        by=by,
        **({"content_hash": draft.content_hash} | kw),  # type: ignore[arg-type]
    )


def test_an_approved_reply_waits_out_its_undo_window(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    approval = approve(draft, ben)
    reply = Reply.objects.get(approval=approval)
    assert reply.status == Reply.Status.QUEUED
    assert 13 < (reply.send_after - reply.created_at).total_seconds() < 16
    assert (reply.text, reply.content_hash) == (draft.text, approval.content_hash)


def test_an_author_does_not_approve_their_own(conversation: Conversation, ben: User) -> None:
    draft = make_submitted(conversation, ben)
    with pytest.raises(NotAllowed, match="You wrote this"):
        approve(draft, ben)
    with pytest.raises(NotAllowed):
        approvals.reject(draft=draft, by=ben, content_hash=draft.content_hash, comment="no")


@pytest.mark.parametrize("role", ["agent", "auditor"])
def test_only_managers_decide(conversation: Conversation, ana: User, role: str) -> None:
    with pytest.raises(NotAllowed):
        approve(make_submitted(conversation, ana), make_user(role=role))


def test_a_page_with_another_text_decides_nothing(
    conversation: Conversation, ana: User, ben: User
) -> None:
    shown = make_submitted(conversation, ana, text="First words")
    drafts.withdraw(draft=shown, by=ana)
    drafts.save_text(draft=shown, by=ana, text="Other words")
    drafts.submit(draft=shown, by=ana, seen_version=conversation.version)
    with pytest.raises(StaleState):
        approve(shown, ben)


def test_a_text_changed_behind_the_desks_back_is_not_approved(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    Draft.objects.filter(pk=draft.pk).update(text="Something else")
    with pytest.raises(StaleState):
        approve(draft, ben)


def test_approving_with_an_edit_keeps_both_texts(
    conversation: Conversation, ana: User, ben: User
) -> None:
    approval = approve(make_submitted(conversation, ana), ben, text="We are on it. Sorry!")
    assert approval.was_edited
    assert (approval.submitted_text, approval.text) == ("We are on it.", "We are on it. Sorry!")
    assert Reply.objects.get().text == "We are on it. Sorry!"


def test_an_edit_that_the_network_would_refuse_is_refused(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    with pytest.raises(NotSendable):
        approve(draft, ben, text="x" * 281)
    draft.refresh_from_db()
    assert draft.status == Draft.Status.IN_REVIEW


def test_returning_needs_a_note_and_gives_it_to_the_author(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    with pytest.raises(BadInput):
        approvals.request_changes(
            draft=draft, by=ben, content_hash=draft.content_hash, comment="  "
        )
    approvals.request_changes(
        draft=draft, by=ben, content_hash=draft.content_hash, comment="Warmer, please"
    )
    draft.refresh_from_db()
    assert (draft.status, draft.returned_note) == (Draft.Status.DRAFT, "Warmer, please")


def test_a_returned_text_can_be_submitted_and_decided_again(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    approvals.request_changes(
        draft=draft, by=ben, content_hash=draft.content_hash, comment="Warmer"
    )
    draft.refresh_from_db()
    again = drafts.submit(draft=draft, by=ana, seen_version=conversation.version)
    approve(again, ben)  # type: ignore[arg-type]
    rounds = list(Approval.objects.values_list("round", "decision"))
    assert rounds == [(1, "changes_requested"), (2, "approved")]


def test_a_rejected_text_is_final(conversation: Conversation, ana: User, ben: User) -> None:
    draft = make_submitted(conversation, ana)
    approvals.reject(draft=draft, by=ben, content_hash=draft.content_hash, comment="Not ours")
    with pytest.raises(StaleState):
        approve(draft, ben)
    assert not Reply.objects.exists()


def test_news_that_the_manager_did_not_tick_stops_the_reply_at_send(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    make_message(conversation, text="never mind, it works")
    standing.refresh(conversation_ids=[conversation.pk])
    approve(draft, ben)
    Reply.objects.update(send_after=draft.created_at)
    reply = Reply.objects.get()
    assert sending.claim(reply_id=reply.pk) is None
    reply.refresh_from_db()
    assert (reply.status, reply.stop_code) == (Reply.Status.HELD, stops.CONVERSATION_MOVED)


def test_news_that_the_manager_ticked_does_not(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    make_message(conversation, text="hurry up")
    standing.refresh(conversation_ids=[conversation.pk])
    conversation.refresh_from_db()
    approve(draft, ben, acknowledged_version=conversation.version)
    Reply.objects.update(send_after=draft.created_at)
    assert sending.claim(reply_id=Reply.objects.get().pk)


def test_nobody_acknowledges_what_has_not_been_said_yet(
    conversation: Conversation, ana: User, ben: User
) -> None:
    approve(make_submitted(conversation, ana), ben, acknowledged_version=999)
    assert Reply.objects.get().seen_version == conversation.version


def test_the_record_names_the_hash_and_the_manager(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    approve(draft, ben, comment="good")
    event = AuditEvent.objects.get(verb="responses.draft.approved")
    assert event.actor == ben
    assert event.data["hash"] == draft.content_hash


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run `acts` at the same moment in threads of their own; return results or errors."""
    start, results = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            results.append(act())
        except DomainError as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_two_managers_at_once_yield_one_decision(network: Network, turn: int) -> None:
    draft = make_submitted(make_conversation())
    one, two = make_user(role="manager"), make_user(role="manager")
    connection.close()
    results = at_once(
        lambda: approve(draft, one),
        lambda: approvals.reject(
            draft=draft, by=two, content_hash=draft.content_hash, comment="no"
        ),
    )
    assert [isinstance(result, StaleState) for result in results].count(True) == 1
    assert Approval.objects.count() == 1
    approved = Approval.objects.get().decision == Approval.Decision.APPROVED
    assert Reply.objects.count() == (1 if approved else 0)


@pytest.mark.django_db(transaction=True)
def test_approving_and_withdrawing_at_once_yield_one_outcome(network: Network) -> None:
    draft, ben = make_submitted(make_conversation()), make_user(role="manager")
    connection.close()
    at_once(lambda: approve(draft, ben), lambda: drafts.withdraw(draft=draft, by=draft.author))
    draft.refresh_from_db()
    assert Reply.objects.exists() == (draft.status == Draft.Status.APPROVED)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_begin_one_draft(network: Network) -> None:
    conversation, ana = make_conversation(), make_user()
    connection.close()
    at_once(*[lambda: make_draft(conversation, ana)] * 3)
    assert Draft.objects.count() == 1
