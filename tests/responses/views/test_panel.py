from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.models import Conversation, User
from inbox.operations import standing
from responses.models import ApprovalPolicy, Draft, Reply
from responses.operations import approvals
from tests.factories import make_message, make_user
from tests.responses.build import make_draft, make_queued, make_submitted, without_approval
from tests.responses.network import Network

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]

HTMX = {"HX-Request": "true"}


def enter(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, conversation: Conversation) -> str:
    return reverse(f"responses:{name}", args=[conversation.pk])


def fields(conversation: Conversation, text: str = "We are on it.", **more: Any) -> dict[str, Any]:
    """The composer as a fresh page would send it."""
    return {
        "text": text,
        "draft": "",
        "last": "0",
        "base": "",
        "seen_version": conversation.version,
        "seen_at": timezone.now().isoformat(),
    } | more


def test_typing_is_saved_and_counted(conversation: Conversation, ana: User) -> None:
    client = enter(ana)
    answer = client.post(url("save", conversation), fields(conversation), headers=HTMX)
    draft = Draft.objects.get()
    assert draft.text == "We are on it."
    page = answer.content.decode()
    assert "Saved" in page
    assert "13/280" in page
    assert f'value="{draft.pk}"' in page


def test_typing_goes_on_in_the_same_draft(conversation: Conversation, ana: User) -> None:
    client = enter(ana)
    client.post(url("save", conversation), fields(conversation, "We"), headers=HTMX)
    draft = Draft.objects.get()
    more = fields(conversation, "We are", draft=draft.pk, base=draft.updated_at.isoformat())
    assert client.post(url("save", conversation), more, headers=HTMX).status_code == 200
    assert Draft.objects.get().text == "We are"


def test_a_save_from_a_second_tab_is_not_overwritten(conversation: Conversation, ana: User) -> None:
    draft = make_draft(conversation, ana)
    stale = draft.updated_at.isoformat()
    client = enter(ana)
    first = fields(conversation, "Tab one", draft=draft.pk, base=stale)
    assert client.post(url("save", conversation), first, headers=HTMX).status_code == 200
    second = fields(conversation, "Tab two", draft=draft.pk, base=stale)
    answer = client.post(url("save", conversation), second, headers=HTMX)
    assert answer.status_code == 409
    assert answer["X-Fragment"] == "1"
    assert "changed in another place" in answer.content.decode()
    assert Draft.objects.get().text == "Tab one"


def test_a_second_tab_that_knew_of_no_draft_overwrites_nothing(
    conversation: Conversation, ana: User
) -> None:
    save = url("save", conversation)
    client = enter(ana)
    client.post(save, fields(conversation, "Tab one"), headers=HTMX)
    second = fields(conversation, "Tab two")
    answer = client.post(save, second, headers=HTMX)
    assert answer.status_code == 409
    assert "Keep mine" in answer.content.decode()
    assert Draft.objects.get().text == "Tab one"
    assert client.post(save, second | {"replaces": "1"}, headers=HTMX).status_code == 200
    assert Draft.objects.get().text == "Tab two"


def test_a_first_save_whose_answer_was_lost_goes_on(conversation: Conversation, ana: User) -> None:
    save = url("save", conversation)
    client = enter(ana)
    client.post(save, fields(conversation, "We are"), headers=HTMX)
    again = fields(conversation, "We are on it")
    assert client.post(save, again, headers=HTMX).status_code == 200
    assert Draft.objects.get().text == "We are on it"


def test_a_late_save_after_submitting_begins_nothing(conversation: Conversation, ana: User) -> None:
    client = enter(ana)
    without_approval(conversation)
    client.post(url("compose", conversation), fields(conversation), headers=HTMX)
    answer = client.post(url("save", conversation), fields(conversation), headers=HTMX)
    assert answer.status_code == 409
    assert Draft.objects.count() == 1


def test_submitting_says_what_happened_and_offers_undo(
    conversation: Conversation, ana: User
) -> None:
    without_approval(conversation)
    answer = enter(ana).post(url("compose", conversation), fields(conversation), headers=HTMX)
    reply = Reply.objects.get()
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast["text"] == f"Reply to @{conversation.author.handle} queued."
    assert toast["undo"] == reverse("responses:act", args=[reply.pk, "cancel"])
    assert 'id="replies"' in answer.content.decode()


def test_without_javascript_a_form_submits_and_leads_back(
    conversation: Conversation, ana: User
) -> None:
    answer = enter(ana).post(url("compose", conversation), fields(conversation))
    assert answer.status_code == 302
    assert answer["Location"] == conversation.get_absolute_url()
    assert Draft.objects.get().status == Draft.Status.IN_REVIEW


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_moved_conversation_shows_what_is_new_above_the_kept_text(
    conversation: Conversation, ana: User, headers: dict[str, str]
) -> None:
    sent = fields(conversation, "Is it still down?")
    make_message(conversation, text="it works again <3")
    standing.refresh(conversation_ids=[conversation.pk])
    client = enter(ana)
    answer = client.post(url("compose", conversation), sent, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "it works again &lt;3" in page
    assert "Is it still down?" in page
    for choice in ("Submit anyway", "Edit", "Discard"):
        assert choice in page
    assert "mod+enter" not in page  # a key held too long must not send past what is new
    conversation.refresh_from_db()
    draft = Draft.objects.get()
    again = fields(conversation, draft.text, draft=draft.pk, base=draft.updated_at.isoformat())
    assert client.post(url("compose", conversation), again, headers=headers).status_code < 400
    assert Draft.objects.get().status == Draft.Status.IN_REVIEW


def test_going_on_writing_after_reading_is_noted(conversation: Conversation, ana: User) -> None:
    draft = make_draft(conversation, ana)
    Conversation.objects.filter(pk=conversation.pk).update(version=7)
    conversation.refresh_from_db()
    answer = enter(ana).post(
        url("compose", conversation),
        fields(conversation, draft=draft.pk, act="acknowledge"),
        headers=HTMX,
    )
    assert answer.status_code == 200
    assert Draft.objects.get().seen_version == 7


def test_a_text_that_is_too_long_comes_back_whole(conversation: Conversation, ana: User) -> None:
    long = "word " * 100
    answer = enter(ana).post(url("compose", conversation), fields(conversation, long), headers=HTMX)
    assert answer.status_code == 422
    assert "Too long" in answer.content.decode()
    assert long.strip() in answer.content.decode()
    assert Draft.objects.get().text == long


def test_public_and_private_differ_in_words_and_class(
    conversation: Conversation, ana: User
) -> None:
    client = enter(ana)
    public = client.get(url("panel", conversation), headers=HTMX).content.decode()
    assert "Everyone will see this" in public
    assert "composer--public" in public
    assert "Submit for approval" in public
    Conversation.objects.update(is_private=True)
    private = client.get(url("panel", conversation), headers=HTMX).content.decode()
    assert f"Only @{conversation.author.handle} will see this" in private
    assert "composer--private" in private
    assert "Submit for approval" not in private


def test_a_dead_channel_is_said_before_writing(conversation: Conversation, ana: User) -> None:
    type(conversation.channel).objects.update(is_paused=True)
    page = enter(ana).get(url("panel", conversation), headers=HTMX).content.decode()
    assert "The channel is paused." in page
    assert "readonly" in page


def test_the_status_list_never_holds_the_composer(conversation: Conversation, ana: User) -> None:
    make_draft(conversation, make_user(first_name="Budi"))
    page = enter(ana).get(url("statuses", conversation), headers=HTMX).content.decode()
    assert "Budi has begun an answer" in page
    assert "<textarea" not in page


def test_every_stage_of_a_reply_is_shown(conversation: Conversation, ana: User, ben: User) -> None:
    client = enter(ana)
    draft = make_submitted(conversation, ana)
    page = client.get(url("panel", conversation), headers=HTMX).content.decode()
    assert "In review" in page
    assert "Take back" in page
    assert "<textarea" not in page
    approvals.reject(draft=draft, by=ben, content_hash=draft.content_hash, comment="Not our voice")
    page = client.get(url("panel", conversation), headers=HTMX).content.decode()
    assert "Not our voice" in page
    reply = make_queued(conversation, ana, text="Another try", is_due=False)
    page = client.get(url("panel", conversation), headers=HTMX).content.decode()
    assert reverse("responses:act", args=[reply.pk, "cancel"]) in page


def test_taking_a_text_back_opens_the_composer_with_it(
    conversation: Conversation, ana: User
) -> None:
    draft = make_submitted(conversation, ana)
    answer = enter(ana).post(reverse("responses:withdraw", args=[draft.pk]), headers=HTMX)
    assert "<textarea" in answer.content.decode()
    assert "We are on it." in answer.content.decode()


def test_a_managers_note_stands_above_the_returned_text(
    conversation: Conversation, ana: User, ben: User
) -> None:
    draft = make_submitted(conversation, ana)
    approvals.request_changes(
        draft=draft, by=ben, content_hash=draft.content_hash, comment="Warmer, please"
    )
    page = enter(ana).get(url("panel", conversation), headers=HTMX).content.decode()
    assert "Warmer, please" in page
    assert "We are on it." in page


def test_an_auditor_reads_along(conversation: Conversation, cleo: User) -> None:
    make_submitted(conversation)
    client = enter(cleo)
    page = client.get(url("panel", conversation)).content.decode()
    assert "In review" in page
    assert "<textarea" not in page
    for name in ("save", "compose"):
        assert client.post(url(name, conversation), fields(conversation)).status_code == 403


def test_hostile_text_stays_text(conversation: Conversation, ana: User) -> None:
    make_draft(conversation, ana, text="</textarea><script>alert(1)</script>")
    page = enter(ana).get(url("panel", conversation), headers=HTMX).content.decode()
    assert "<script>alert(1)" not in page


def test_a_line_at_the_beginning_is_kept(conversation: Conversation, ana: User) -> None:
    """HTML drops the first line break of a textarea, so the page must add one of its own."""
    make_draft(conversation, ana, text="\nsecond line")
    page = enter(ana).get(url("panel", conversation), headers=HTMX).content.decode()
    assert ">\n\nsecond line</textarea>" in page


def test_the_panel_costs_a_fixed_number_of_queries(
    conversation: Conversation, ana: User, network: Network, django_assert_max_num_queries: Any
) -> None:
    ApprovalPolicy.objects.create(channel=conversation.channel)
    client = enter(ana)
    for number in range(6):
        make_queued(conversation, make_user(), text=f"Answer {number}")
        make_submitted(conversation, make_user(), text=f"Draft {number}")
        make_draft(conversation, make_user(), text=f"Begun {number}")
    make_draft(conversation, ana)
    client.get(url("panel", conversation), headers=HTMX)
    with django_assert_max_num_queries(12):
        client.get(url("panel", conversation), headers=HTMX)
    with django_assert_max_num_queries(5):
        client.get(reverse("responses:attention_count"))


def test_submitting_what_was_saved_costs_few_queries(
    conversation: Conversation, ana: User, django_assert_max_num_queries: Any
) -> None:
    ApprovalPolicy.objects.create(channel=conversation.channel)
    client = enter(ana)
    draft = make_draft(conversation, ana)
    base = draft.updated_at.isoformat()
    form = fields(conversation, draft.text, act="submit", draft=draft.pk, base=base)
    with django_assert_max_num_queries(20):  # two of them are the savepoint of the test
        client.post(url("compose", conversation), form, headers=HTMX)
    draft.refresh_from_db()
    assert draft.status == Draft.Status.IN_REVIEW


def test_the_page_of_a_submitted_reply_quotes_what_it_answers(
    conversation: Conversation, ana: User
) -> None:
    draft = make_submitted(conversation, ana, text="We are on it.")
    make_message(conversation, text="And something newer.")
    page = enter(ana).get(url("panel", conversation)).content.decode()
    quoted = page.partition("<blockquote")[2].partition("</blockquote>")[0]
    assert draft.target.text in quoted
    assert "We are on it." in page
