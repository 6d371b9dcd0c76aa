from __future__ import annotations

import pytest
from django.utils import timezone

from inbox.lib.errors import BadInput, NotAllowed, StaleState
from inbox.models import AuditEvent, Conversation, User
from inbox.operations import standing
from responses.errors import (
    ChannelClosed,
    ConversationMoved,
    DraftClosed,
    DuplicateText,
    NotSendable,
)
from responses.models import ApprovalPolicy, Draft, Reply
from responses.operations import drafts
from responses.operations.wording import content_hash, same_words, tidy
from tests.factories import make_conversation, make_message
from tests.responses.build import make_draft, make_submitted, without_approval
from tests.responses.network import Network

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]


def submit(draft: Draft, version: int | None = None) -> Draft | Reply:
    seen = draft.conversation.version if version is None else version
    return drafts.submit(draft=draft, by=draft.author, seen_version=seen)


def test_a_writer_has_one_open_draft_per_conversation(
    conversation: Conversation, ana: User
) -> None:
    first = make_draft(conversation, ana)
    again = drafts.open_draft(conversation=conversation, by=ana, seen_version=1)
    assert again.pk == first.pk


def test_a_draft_answers_the_newest_message_that_came_in(
    conversation: Conversation, ana: User
) -> None:
    newest = make_message(conversation, text="hello?", sent_at=timezone.now())
    make_message(conversation, direction="outgoing", author=None, text="ours")
    assert make_draft(conversation, ana).target == newest


def test_nothing_to_answer_is_said_in_words(ana: User) -> None:
    with pytest.raises(BadInput):
        make_draft(make_conversation(messages=0), ana)


def test_an_auditor_writes_nothing(conversation: Conversation, cleo: User) -> None:
    with pytest.raises(NotAllowed):
        drafts.open_draft(conversation=conversation, by=cleo, seen_version=1)


def test_nobody_writes_into_a_colleagues_draft(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_draft(conversation, ana)
    with pytest.raises(NotAllowed):
        drafts.save_text(draft=draft, by=ben, text="mine now")
    with pytest.raises(NotAllowed):
        drafts.discard(draft=draft, by=ben)


def test_typing_into_a_submitted_draft_is_refused_and_the_text_comes_back(
    conversation: Conversation, ana: User
) -> None:
    draft = make_submitted(conversation, ana)
    with pytest.raises(DraftClosed) as refused:
        drafts.save_text(draft=draft, by=ana, text="one more thought")
    assert refused.value.text == "one more thought"
    draft.refresh_from_db()
    assert draft.text == "We are on it."


def test_a_late_save_of_an_old_page_begins_no_new_draft(
    conversation: Conversation, ana: User
) -> None:
    without_approval(conversation)
    submit(make_draft(conversation, ana))
    with pytest.raises(DraftClosed):
        drafts.open_draft(conversation=conversation, by=ana, seen_version=1, after=0)


def test_a_public_reply_goes_to_review(conversation: Conversation, ana: User) -> None:
    draft = make_submitted(conversation, ana)
    assert draft.status == Draft.Status.IN_REVIEW
    assert draft.round == 1
    assert draft.content_hash
    assert not Reply.objects.exists()


def test_a_private_reply_is_queued_at_once(ana: User) -> None:
    conversation = make_conversation(is_private=True)
    reply = submit(make_draft(conversation, ana))
    assert isinstance(reply, Reply)
    assert reply.status == Reply.Status.QUEUED
    assert reply.approval is None
    assert reply.is_private


def test_the_policy_of_the_channel_decides(conversation: Conversation, ana: User) -> None:
    ApprovalPolicy.objects.create(channel=conversation.channel, public_needs_approval=False)
    assert isinstance(submit(make_draft(conversation, ana)), Reply)


def test_a_submission_stops_at_what_the_writer_has_not_read(
    conversation: Conversation, ana: User
) -> None:
    draft = make_draft(conversation, ana, text="Still down?")
    seen = conversation.version
    news = make_message(conversation, text="it works again!")
    standing.refresh(conversation_ids=[conversation.pk])
    with pytest.raises(ConversationMoved) as moved:
        submit(draft, seen)
    assert news in moved.value.messages
    assert moved.value.text == "Still down?"
    draft.refresh_from_db()
    assert draft.status == Draft.Status.DRAFT
    sent = submit(draft, moved.value.version)
    assert sent.status == Draft.Status.IN_REVIEW


def test_reading_on_is_noted(conversation: Conversation, ana: User) -> None:
    draft = make_draft(conversation, ana)
    Conversation.objects.filter(pk=conversation.pk).update(version=5)
    draft = drafts.acknowledge(draft=draft, by=ana, version=9)
    assert draft.seen_version == 5


def test_what_the_network_would_refuse_is_not_submitted(
    conversation: Conversation, ana: User
) -> None:
    with pytest.raises(NotSendable, match="Too long by 20"):
        submit(make_draft(conversation, ana, text="x" * 300))
    with pytest.raises(NotSendable, match="empty"):
        submit(make_draft(conversation, ana, text="  \n "))


@pytest.mark.parametrize("trouble", [{"is_paused": True}, {"health": "needs_login"}])
def test_a_dead_channel_takes_no_submission_and_the_text_is_kept(
    conversation: Conversation, ana: User, trouble: dict[str, object]
) -> None:
    draft = make_draft(conversation, ana)
    type(conversation.channel).objects.filter(pk=conversation.channel_id).update(**trouble)
    with pytest.raises(ChannelClosed):
        submit(draft)
    draft.refresh_from_db()
    assert (draft.status, draft.text) == (Draft.Status.DRAFT, "We are on it.")


def test_the_same_words_do_not_answer_a_message_twice(
    conversation: Conversation, ana: User, ben: User
) -> None:
    without_approval(conversation)
    submit(make_draft(conversation, ana, text="We are on it."))
    with pytest.raises(DuplicateText):
        submit(make_draft(conversation, ben, text="we are  ON it. "))


def test_words_said_in_the_networks_own_app_count_too(
    conversation: Conversation, ana: User
) -> None:
    make_message(
        conversation,
        direction="outgoing",
        author=None,
        text="We are on it.",
        in_reply_to=conversation.external_id,
    )
    with pytest.raises(DuplicateText):
        submit(make_draft(conversation, ana))


def test_withdrawing_gives_the_text_back(conversation: Conversation, ana: User) -> None:
    draft = drafts.withdraw(draft=make_submitted(conversation, ana), by=ana)
    assert draft.status == Draft.Status.DRAFT
    assert draft.text == "We are on it."
    assert draft.content_hash == ""


def test_a_discarded_draft_keeps_its_text(conversation: Conversation, ana: User) -> None:
    draft = drafts.discard(draft=make_draft(conversation, ana), by=ana)
    assert draft.status == Draft.Status.DISCARDED
    assert draft.text == "We are on it."
    with pytest.raises(StaleState):
        drafts.discard(draft=make_submitted(conversation, ana), by=ana)


def test_every_act_is_on_the_record(conversation: Conversation, ana: User) -> None:
    drafts.withdraw(draft=make_submitted(conversation, ana), by=ana)
    verbs = set(AuditEvent.objects.filter(actor=ana).values_list("verb", flat=True))
    assert verbs >= {
        "responses.draft.opened",
        "responses.draft.submitted",
        "responses.draft.withdrawn",
    }


def test_one_kind_of_line_break_leaves(conversation: Conversation, ana: User) -> None:
    draft = submit(make_draft(conversation, ana, text=" one\r\ntwo \r\n"))
    assert draft.text == "one\ntwo"


def test_the_hash_names_text_target_privacy_and_channel(
    conversation: Conversation, network: Network
) -> None:
    message = conversation.messages.get()
    other = make_conversation()
    base = {
        "text": "hi",
        "target": message,
        "is_private": False,
        "channel": conversation.channel,
        "pictures": [],
    }
    changed = [
        {"text": "hi!"},
        {"target": other.messages.get()},
        {"is_private": True},
        {"channel": other.channel},
        {"pictures": [("a" * 64, "A dark screen")]},
        {"pictures": [("b" * 64, "A dark screen")]},
        {"pictures": [("a" * 64, "A bright screen")]},
        {"pictures": [("a" * 64, "A dark screen"), ("b" * 64, "")]},
        {"pictures": [("b" * 64, ""), ("a" * 64, "A dark screen")]},
    ]
    hashes = {content_hash(**base), *(content_hash(**(base | change)) for change in changed)}
    assert len(hashes) == 10


def test_tidy_and_same_words() -> None:
    assert tidy("é\r\n") == "é"
    assert same_words("Hello  World", "hello\nworld ")
    assert not same_words("Hello", "Hello!")
