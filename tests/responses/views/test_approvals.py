from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import Conversation, User
from inbox.operations import standing
from responses.models import Approval, Draft, Reply
from responses.operations import approvals, drafts
from tests.factories import make_conversation, make_message, make_user
from tests.responses.build import make_submitted
from tests.responses.network import Network
from tests.responses.views.test_panel import HTMX, enter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]

LIST = "/approvals/"


def decide(client: Client, draft: Draft, decision: str, **more: Any) -> Any:
    data = {
        "content_hash": draft.content_hash,
        "seen_version": draft.conversation.version,
        "decision": decision,
        "text": draft.text,
    } | more
    return client.post(reverse("responses:approval", args=[draft.pk]), data)


def page_of(client: Client, draft: Draft) -> str:
    return client.get(reverse("responses:approval", args=[draft.pk])).content.decode()


def test_the_list_shows_the_longest_waiting_first_and_marks_ones_own(ben: User) -> None:
    make_submitted(text="First")
    make_submitted(author=ben, text="Second")
    page = enter(ben).get(LIST).content.decode()
    assert page.index("First") < page.index("Second")
    assert page.count("somebody else decides") == 1
    assert enter(ben).get(reverse("responses:approval_count")).content == b"1"


def test_an_empty_list_says_what_will_appear(ben: User) -> None:
    assert "Nothing waits for you" in enter(ben).get(LIST).content.decode()
    assert enter(ben).get(reverse("responses:approval_count")).content == b""


def test_the_page_shows_thread_preview_count_and_reason(
    conversation: Conversation, ben: User
) -> None:
    draft = make_submitted(conversation, text="See https://status.example")
    page = page_of(enter(ben), draft)
    assert "my site is down" in page
    assert 'href="https://status.example"' in page
    assert "26/280" in page
    assert "need a manager who is not their author" in page
    assert f"Replying to @{conversation.author.handle}" in page


def test_after_a_decision_the_next_one_opens_and_can_be_undone(ben: User) -> None:
    first, second = make_submitted(text="First"), make_submitted(text="Second")
    client = enter(ben)
    answer = decide(client, first, "approve")
    reply = Reply.objects.get()
    following = reverse("responses:approval", args=[second.pk])
    assert answer["Location"] == f"{following}?queued={reply.pk}"
    page = client.get(answer["Location"]).content.decode()
    assert reverse("responses:act", args=[reply.pk, "cancel"]) in page
    assert decide(client, second, "approve")["Location"].startswith(LIST)


def test_the_undo_on_the_next_page_takes_the_reply_back(ben: User) -> None:
    client = enter(ben)
    decide(client, make_submitted(), "approve")
    reply = Reply.objects.get()
    client.post(reverse("responses:act", args=[reply.pk, "cancel"]), headers=HTMX)
    reply.refresh_from_db()
    assert reply.status == Reply.Status.CANCELLED


def test_approving_ignores_what_stands_in_the_closed_edit_box(ben: User) -> None:
    decide(enter(ben), make_submitted(), "approve", text="left from an earlier thought")
    assert Reply.objects.get().text == "We are on it."


def test_approving_with_an_edit(ben: User) -> None:
    draft = make_submitted()
    client = enter(ben)
    decide(client, draft, "approve_edited", text="We are on it, sorry.\r\n")
    assert Reply.objects.get().text == "We are on it, sorry."
    assert "<ins>" in page_of(client, draft)


def test_the_preview_of_an_edit_shows_the_difference(ben: User) -> None:
    draft = make_submitted()
    answer = enter(ben).post(
        reverse("responses:preview", args=[draft.pk]),
        {"text": "We were on it. <b>"},
        headers=HTMX,
    )
    page = answer.content.decode()
    assert "<del>are</del><ins>were</ins>" in page
    assert "&lt;b&gt;" in page
    assert Draft.objects.get().text == "We are on it."


def test_returning_without_a_note_keeps_the_page_and_what_was_typed(ben: User) -> None:
    draft = make_submitted()
    answer = decide(enter(ben), draft, "return", comment="", text="half an edit")
    assert answer.status_code == 422
    assert "Write what should change" in answer.content.decode()
    assert "half an edit" in answer.content.decode()


def test_a_page_that_is_out_of_date_decides_nothing(ben: User) -> None:
    draft = make_submitted()
    drafts.withdraw(draft=draft, by=draft.author)
    answer = decide(enter(ben), draft, "approve")
    assert answer.status_code == 409
    assert not Approval.objects.exists()
    assert "Its author has taken this back." in answer.content.decode()


def test_newer_messages_are_shown_with_a_box_to_tick(conversation: Conversation, ben: User) -> None:
    draft = make_submitted(conversation)
    make_message(conversation, text="never mind")
    standing.refresh(conversation_ids=[conversation.pk])
    conversation.refresh_from_db()
    client = enter(ben)
    page = page_of(client, draft)
    assert "never mind" in page
    assert 'name="has_read"' in page
    decide(client, draft, "approve", seen_version=conversation.version, has_read="1")
    assert Reply.objects.get().seen_version == conversation.version


def test_without_the_tick_nothing_is_acknowledged(conversation: Conversation, ben: User) -> None:
    draft = make_submitted(conversation)
    make_message(conversation)
    standing.refresh(conversation_ids=[conversation.pk])
    conversation.refresh_from_db()
    decide(enter(ben), draft, "approve", seen_version=conversation.version)
    assert Reply.objects.get().seen_version == draft.seen_version < conversation.version


def test_ones_own_reply_has_no_buttons(ben: User) -> None:
    draft = make_submitted(author=ben)
    client = enter(ben)
    page = page_of(client, draft)
    assert "somebody else must decide" in page
    assert 'value="approve"' not in page
    assert decide(client, draft, "approve").status_code == 403


def test_a_text_submitted_again_shows_what_changed(ben: User) -> None:
    draft = make_submitted()
    approvals.request_changes(
        draft=draft, by=ben, content_hash=draft.content_hash, comment="Say sorry"
    )
    draft.refresh_from_db()
    drafts.save_text(draft=draft, by=draft.author, text="We are on it. Sorry!")
    drafts.submit(draft=draft, by=draft.author, seen_version=draft.conversation.version)
    page = page_of(enter(ben), draft)
    assert "Say sorry" in page
    assert "<ins> Sorry!</ins>" in page


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("auditor", 403)])
def test_others_see_no_approvals(role: str, status: int) -> None:
    draft = make_submitted()
    client = enter(make_user(role=role))
    for url in (
        LIST,
        reverse("responses:approval_count"),
        reverse("responses:approval", args=[draft.pk]),
    ):
        assert client.get(url).status_code == status
    assert decide(client, draft, "approve").status_code == status


def test_the_pages_cost_a_fixed_number_of_queries(
    ben: User, network: Network, django_assert_max_num_queries: Any
) -> None:
    conversation = make_conversation(messages=20)
    draft = make_submitted(conversation)
    for _number in range(20):
        make_submitted()
    client = enter(ben)
    page_of(client, draft)
    with django_assert_max_num_queries(8):
        client.get(LIST)
    with django_assert_max_num_queries(11):
        page_of(client, draft)
