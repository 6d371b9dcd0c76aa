"""A program writes, a manager's program decides, and nobody passes over what was said."""

from __future__ import annotations

import pytest

from inbox.models import Conversation, User
from responses.models import Approval, Draft, Reply
from tests.factories import make_message, make_user
from tests.inbox.api.desk import Program
from tests.responses.build import make_draft, make_queued, make_submitted, without_approval

pytestmark = pytest.mark.django_db


def begun(program: Program, conversation: Conversation, text: str = "We are on it.") -> dict:
    body = {
        "conversation": conversation.pk,
        "text": text,
        "seen_version": conversation.version,
    }
    answer = program.post("/drafts/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_from_the_first_word_to_the_outbox(ana: User, ben: User, conversation: Conversation):
    writer, manager = Program(ana), Program(ben)
    draft = begun(writer, conversation)
    path = f"/drafts/{draft['id']}/"
    changed = writer.post(
        path, {"text": "We know.", "base": draft["updated_at"]}, method="PATCH"
    ).json()
    assert changed["text"] == "We know."
    sent = writer.post(f"{path}submit/", {"seen_version": conversation.version}).json()
    assert (sent["draft"]["status"], sent["reply"]) == ("in_review", None)
    (review,) = manager.get("/approvals/").json()["results"]
    decided = manager.post(
        f"/approvals/{review['id']}/approve/", {"content_hash": review["content_hash"]}
    ).json()
    assert decided["approval"]["decision"] == "approved"
    assert (decided["reply"]["status"], decided["reply"]["text"]) == ("queued", "We know.")
    back = writer.post(f"/replies/{decided['reply']['id']}/cancel/").json()
    assert back["status"] == "cancelled"
    assert Draft.objects.get().status == Draft.Status.DRAFT


def test_without_a_policy_it_is_queued_at_once(ana: User, conversation: Conversation):
    without_approval(conversation)
    writer = Program(ana)
    draft = begun(writer, conversation)
    body = {"seen_version": conversation.version}
    sent = writer.post(f"/drafts/{draft['id']}/submit/", body, key="k").json()
    assert sent["reply"]["status"] == "queued"
    again = writer.post(f"/drafts/{draft['id']}/submit/", body, key="k")
    assert again.json() == sent
    assert Reply.objects.count() == 1


def test_what_was_said_since_is_named(ana: User, conversation: Conversation):
    writer = Program(ana)
    draft = begun(writer, conversation)
    news = make_message(conversation, text="and now this")
    Conversation.objects.update(version=9)
    answer = writer.post(f"/drafts/{draft['id']}/submit/", {"seen_version": 1})
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["version"]) == ("conversation_moved", 9)
    assert news.pk in problem["message_ids"]


def test_a_change_from_elsewhere_is_not_overwritten(ana: User, conversation: Conversation):
    writer = Program(ana)
    draft = begun(writer, conversation)
    path, base = f"/drafts/{draft['id']}/", draft["updated_at"]
    assert writer.post(path, {"text": "one", "base": base}, method="PATCH").status_code == 200
    late = writer.post(path, {"text": "two", "base": base}, method="PATCH")
    assert late.status_code == 409
    assert late.json()["code"] == "draft_changed"
    assert Draft.objects.get().text == "one"


def test_a_second_beginning_does_not_overwrite_the_first(ana: User, conversation: Conversation):
    writer = Program(ana)
    first = begun(writer, conversation)
    assert begun(writer, conversation)["id"] == first["id"]
    body = {"conversation": conversation.pk, "text": "other", "seen_version": 1}
    assert writer.post("/drafts/", body).json()["code"] == "draft_changed"
    assert Draft.objects.get().text == "We are on it."


@pytest.mark.parametrize("act", ["approve", "return", "reject"])
def test_a_decision_names_the_words_it_is_about(ben: User, conversation: Conversation, act: str):
    draft = make_submitted(conversation)
    body = {"content_hash": "0" * 64} | ({} if act == "approve" else {"comment": "why"})
    answer = Program(ben).post(f"/approvals/{draft.pk}/{act}/", body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "stale_state"
    assert not Approval.objects.exists()


def test_nobody_approves_their_own(ben: User, conversation: Conversation):
    draft = make_submitted(conversation, ben)
    body = {"content_hash": draft.content_hash}
    assert Program(ben).post(f"/approvals/{draft.pk}/approve/", body).status_code == 403


def test_a_manager_without_the_scope_is_an_agent(ben: User, conversation: Conversation):
    reply = make_queued(conversation, is_due=False)
    narrow, wide = Program(ben, "write"), Program(ben, "write", "approve")
    assert narrow.post(f"/replies/{reply.pk}/cancel/").status_code == 403
    assert narrow.get("/approvals/").status_code == 403
    assert wide.post(f"/replies/{reply.pk}/cancel/").status_code == 200


def test_what_a_colleague_is_still_writing_is_theirs(ana: User, conversation: Conversation):
    draft = make_draft(conversation, make_user(), text="half a thought")
    shown = Program(ana).get(f"/drafts/{draft.pk}/").json()
    assert (shown["text"], shown["status"]) == (None, "draft")


@pytest.mark.parametrize(
    ("query", "field"), [({"status": "x"}, "status"), ({"conversation": "x"}, "conversation")]
)
@pytest.mark.parametrize("path", ["/drafts/", "/replies/"])
def test_lists_refuse_filters_that_make_no_sense(ana: User, path: str, query: dict, field: str):
    answer = Program(ana).get(path, **query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_lists_are_filtered(ana: User, conversation: Conversation):
    mine = make_draft(conversation, ana)
    make_draft(conversation, make_user())
    rows = Program(ana).get("/drafts/", mine="1", conversation=conversation.pk, status="draft")
    assert [row["id"] for row in rows.json()["results"]] == [mine.pk]
