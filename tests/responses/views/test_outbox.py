from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from inbox.connectors.errors import Rejected
from inbox.models import Conversation, User
from inbox.operations import standing
from responses.models import Draft, Reply
from responses.operations import replies
from responses.operations.reconciling import reconcile
from responses.operations.sending import deliver
from tests.factories import make_message, make_user
from tests.responses.build import make_queued
from tests.responses.network import Network
from tests.responses.operations.test_replies import stopped
from tests.responses.views.test_panel import HTMX, enter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]

PAGE = "/attention/"


def act(user: User, reply: Reply, name: str, headers: Any = HTMX, **data: Any) -> Any:
    url = reverse("responses:act", args=[reply.pk, name])
    return enter(user).post(url, data, headers=headers)


def test_a_failed_reply_shows_its_cause_its_text_and_its_attempts(
    network: Network, ana: User
) -> None:
    reply = make_queued(author=ana)
    network.faults = [Rejected("You may not reply to this post.", code="403")]
    deliver(reply_id=reply.pk)
    page = enter(ana).get(PAGE).content.decode()
    for words in (
        "The network refused it.",
        "You may not reply to this post.",
        "We are on it.",
        "1 attempt",
        "403",
        "Retry",
        "Edit",
        "Drop it",
        "Mark as sent",
    ):
        assert words in page
    assert enter(ana).get(reverse("responses:attention_count")).content == b"1"


@pytest.mark.parametrize(
    ("status", "words"),
    [("held", "The conversation moved on"), ("unknown", "Nobody knows whether it went out")],
)
def test_each_way_of_being_stuck_has_its_words(
    network: Network, ana: User, status: str, words: str
) -> None:
    reply = stopped(network, status=status, author=ana)
    if status == "unknown":
        replies.look_again(reply=reply, by=ana)
        reconcile(reply_id=reply.pk)
    assert words in enter(ana).get(PAGE).content.decode()
    assert (
        words in enter(ana).get(f"/conversations/{reply.conversation_id}/reply/").content.decode()
    )


def test_nothing_stuck_is_said(ana: User) -> None:
    assert "Nothing is stuck" in enter(ana).get(PAGE).content.decode()
    assert enter(ana).get(reverse("responses:attention_count")).content == b""


def test_a_stopped_reply_must_be_read_before_it_is_sent_anyway(network: Network, ana: User) -> None:
    reply = stopped(network, status="held", author=ana)
    page = enter(ana).get(PAGE).content.decode()
    assert "Read what is new" in page
    assert reverse("responses:act", args=[reply.pk, "anyway"]) not in page
    news = enter(ana).get(reverse("responses:news", args=[reply.pk]), headers=HTMX)
    assert "wait" in news.content.decode()
    assert reverse("responses:act", args=[reply.pk, "anyway"]) in news.content.decode()
    reply.conversation.refresh_from_db()
    answer = act(ana, reply, "anyway", seen_version=reply.conversation.version)
    assert answer.status_code == 200
    assert Reply.objects.get().status == Reply.Status.QUEUED


def test_sending_anyway_from_an_old_page_is_refused(network: Network, ana: User) -> None:
    reply = stopped(network, status="held", author=ana)
    reply.conversation.refresh_from_db()
    seen = reply.conversation.version
    make_message(reply.conversation, text="and another thing")
    standing.refresh(conversation_ids=[reply.conversation_id])
    assert act(ana, reply, "anyway", seen_version=seen).status_code == 409
    assert act(ana, reply, "anyway").status_code == 409
    assert Reply.objects.get().status == Reply.Status.HELD


def test_an_unknown_reply_is_not_retried_without_having_looked(network: Network, ana: User) -> None:
    reply = stopped(network, status="unknown", author=ana)
    assert act(ana, reply, "retry").status_code == 422
    assert act(ana, reply, "retry", is_absent="1").status_code == 200
    assert Reply.objects.get().status == Reply.Status.QUEUED


@pytest.mark.parametrize(
    ("name", "status"), [("retry", "queued"), ("discard", "cancelled"), ("mark", "sent")]
)
def test_each_act_settles_a_failed_reply(
    network: Network, ana: User, name: str, status: str
) -> None:
    reply = stopped(network, status="failed", author=ana)
    answer = act(ana, reply, name, url="https://net.example/1")
    assert answer.status_code == 200
    assert answer.content == b""
    assert Reply.objects.get().status == status


def test_editing_leads_to_the_composer_with_the_text(network: Network, ana: User) -> None:
    reply = stopped(network, status="failed", author=ana)
    answer = act(ana, reply, "edit")
    assert answer["HX-Redirect"] == reply.conversation.get_absolute_url()
    assert Draft.objects.get().text == "We are on it."
    again = act(ana, reply, "edit", headers={})
    assert again.status_code == 409


def test_undo_in_the_panel_answers_with_the_list(network: Network, ana: User) -> None:
    reply = make_queued(author=ana, is_due=False)
    answer = act(ana, reply, "cancel", headers={**HTMX, "HX-Target": "replies"})
    assert 'id="replies"' in answer.content.decode()
    assert "composer-stale" in answer["HX-Trigger"]
    assert Reply.objects.get().status == Reply.Status.CANCELLED


def test_undo_without_javascript_leads_back(network: Network, ana: User) -> None:
    reply = make_queued(author=ana, is_due=False)
    answer = act(ana, reply, "cancel", headers={})
    assert answer["Location"] == reply.conversation.get_absolute_url()


def test_colleagues_see_a_stopped_reply_but_do_not_settle_it(network: Network, ana: User) -> None:
    reply = stopped(network, status="failed")
    page = enter(ana).get(PAGE).content.decode()
    assert "We are on it." in page
    assert "Retry" not in page
    assert act(ana, reply, "retry").status_code == 403


def test_an_auditor_has_no_such_page(network: Network, cleo: User) -> None:
    reply = stopped(network, status="failed")
    assert enter(cleo).get(PAGE).status_code == 403
    assert act(cleo, reply, "retry").status_code == 403


def test_an_act_that_does_not_exist_is_not_found(network: Network, ana: User) -> None:
    reply = make_queued(author=ana)
    assert act(ana, reply, "publish").status_code == 404


def test_acts_take_only_posts(network: Network, ana: User) -> None:
    reply = make_queued(author=ana, is_due=False)
    url = reverse("responses:act", args=[reply.pk, "cancel"])
    assert enter(ana).get(url).status_code == 405


def test_the_page_costs_a_fixed_number_of_queries(
    network: Network, ana: User, conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        stopped(network, status="failed", author=make_user(), text=f"Answer {number}")
    client = enter(ana)
    client.get(PAGE)
    with django_assert_max_num_queries(9):
        client.get(PAGE)


def test_enter_in_the_address_field_marks_and_never_sends_again(
    network: Network, ana: User
) -> None:
    """Enter presses the first button of a form, so the address has a form of its own."""
    reply = make_queued(author=ana)
    network.faults = [Rejected("You may not reply to this post.", code="403")]
    deliver(reply_id=reply.pk)
    page = enter(ana).get(PAGE).content.decode()
    before, _field, _after = page.partition(f'id="url-{reply.pk}"')
    form = before.rpartition("<form")[2]
    assert reverse("responses:act", args=[reply.pk, "mark"]) in form
    assert "<button" not in form
