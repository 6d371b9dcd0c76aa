"""Every operation of the API, for every role, scope and team: an operation must be entered here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from crisisdesk.roles import PERMISSIONS
from inbox.lib.scopes import Scope, scope_of
from inbox.models import AuditEvent, BulkJob, BulkResult, Label, Team, User
from inbox.operations import conversations, tokens
from inbox.operations.views import save_view
from responses.models import Approval
from tests.factories import make_author, make_channel, make_conversation, make_user
from tests.responses.build import make_draft, make_queued, make_submitted

pytestmark = pytest.mark.django_db

READ, CHANNELS, RECORD = "inbox.view_conversation", "inbox.view_channel", "inbox.view_auditevent"
TRIAGE, WRITE, APPROVE = (
    "inbox.triage_conversation", "responses.write_draft", "responses.approve_draft"
)  # fmt: skip
MANAGE, LABELS, KEEP = "inbox.manage_channel", "inbox.manage_label", "inbox.keep_view"

# What each operation needs, and what its address names ("" for nothing).
TABLE: dict[str, tuple[str, str]] = {
    "GET /me/": (READ, ""),
    "GET /conversations/": (READ, ""),
    "GET /conversations/{id}/": (READ, "conversation"),
    "GET /conversations/{id}/messages/": (READ, "conversation"),
    "GET /conversations/{id}/notes/": (READ, "conversation"),
    "POST /conversations/{id}/notes/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/take/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/assign/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/snooze/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/resolve/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/reopen/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/label/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/unlabel/": (TRIAGE, "conversation"),
    "POST /conversations/{id}/undo/": (TRIAGE, "conversation"),
    "GET /views/": (READ, ""),
    "POST /views/": (KEEP, ""),
    "GET /views/{id}/": (READ, "view"),
    "PATCH /views/{id}/": (KEEP, "view"),
    "DELETE /views/{id}/": (KEEP, "view"),
    "POST /views/{id}/refit/": (KEEP, "view"),
    "POST /views/{id}/move/": (KEEP, "view"),
    "GET /bulk-jobs/": (READ, ""),
    "POST /bulk-jobs/": (TRIAGE, ""),
    "GET /bulk-jobs/{id}/": (READ, "job"),
    "GET /bulk-jobs/{id}/results/": (READ, "job"),
    "POST /bulk-jobs/{id}/cancel/": (TRIAGE, "job"),
    "POST /bulk-jobs/{id}/undo/": (TRIAGE, "job"),
    "GET /labels/": (READ, ""),
    "POST /labels/": (TRIAGE, ""),
    "GET /labels/{id}/": (READ, "label"),
    "PATCH /labels/{id}/": (LABELS, "label"),
    "DELETE /labels/{id}/": (LABELS, "label"),
    "POST /labels/{id}/merge/": (LABELS, "label"),
    "GET /channels/": (CHANNELS, ""),
    "GET /channels/{id}/": (CHANNELS, "channel"),
    "POST /channels/{id}/pause/": (MANAGE, "channel"),
    "POST /channels/{id}/resume/": (MANAGE, "channel"),
    "GET /authors/": (READ, ""),
    "GET /authors/{id}/": (READ, "author"),
    "GET /users/": (READ, ""),
    "GET /users/{id}/": (READ, "user"),
    "GET /teams/": (READ, ""),
    "GET /teams/{id}/": (READ, "team"),
    "GET /audit/": (RECORD, ""),
    "GET /drafts/": (READ, ""),
    "POST /drafts/": (WRITE, ""),
    "GET /drafts/{id}/": (READ, "draft"),
    "PATCH /drafts/{id}/": (WRITE, "draft"),
    "POST /drafts/{id}/submit/": (WRITE, "draft"),
    "POST /drafts/{id}/acknowledge/": (WRITE, "draft"),
    "POST /drafts/{id}/discard/": (WRITE, "draft"),
    "POST /drafts/{id}/withdraw/": (WRITE, "draft"),
    "GET /approvals/": (APPROVE, ""),
    "GET /approvals/{id}/": (APPROVE, "review"),
    "POST /approvals/{id}/approve/": (APPROVE, "review"),
    "POST /approvals/{id}/return/": (APPROVE, "review"),
    "POST /approvals/{id}/reject/": (APPROVE, "review"),
    "GET /replies/": (READ, ""),
    "GET /replies/{id}/": (READ, "reply"),
    "GET /replies/{id}/deliveries/": (READ, "reply"),
    "POST /replies/{id}/cancel/": (WRITE, "reply"),
    "POST /replies/{id}/retry/": (WRITE, "reply"),
    "POST /replies/{id}/edit/": (WRITE, "reply"),
    "POST /replies/{id}/discard/": (WRITE, "reply"),
    "POST /replies/{id}/mark-as-sent/": (WRITE, "reply"),
    "POST /replies/{id}/look-again/": (WRITE, "reply"),
    "POST /replies/{id}/send-anyway/": (WRITE, "reply"),
}
OF_EVERYBODY = {"", "label", "user", "view", "job"}  # not hidden by teams
SECRET = "zebra-crossing"  # in everything that belongs to the team's channel
DONE = {200, 201, 204, 409, 422}  # the door was open; what is asked may still not fit
PREFIX = "/api/v1"


@dataclass
class World:
    """A channel of one team with everything that an address can name."""

    ids: dict[str, int]
    body: dict[str, Any]


def test_every_operation_is_in_the_table() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert set(TABLE) == {
        f"{method.upper()} {path.removeprefix(PREFIX)}" for path in paths for method in paths[path]
    }


@pytest.mark.parametrize("is_member", [True, False], ids=["of the team", "of another team"])
@pytest.mark.parametrize("role", sorted(PERMISSIONS))
def test_each_token_gets_exactly_this_far(role: str, is_member: bool, client: Client) -> None:
    user = make_user("somebody", role)
    world = build(user, is_member)
    sees = is_member or role in User.SEES_ALL
    cells = leaks = 0
    for scope in Scope:
        header = {"Authorization": f"Bearer {secret_of(user, scope)}"}
        for name, (permission, target) in TABLE.items():
            answer = ask(client, world, name, header)
            is_open = permission in PERMISSIONS[role] and scope_of(permission) in (
                Scope.READ,
                scope if scope in tokens.scopes_open_to(user) else Scope.READ,
            )
            cells += 1
            leaks += not sees and SECRET in answer.content.decode()
            if not is_open:
                assert answer.status_code == 403, (name, scope, answer.content)
            elif not sees and target not in OF_EVERYBODY:
                assert answer.status_code == 404, (name, scope, answer.content)
            else:
                assert answer.status_code in DONE, (name, scope, answer.content)
    assert leaks == 0
    assert cells == len(Scope) * len(TABLE)
    print(f"{role}, {'in' if is_member else 'not in'} the team: {cells} cells, {leaks} leaks")


@pytest.mark.parametrize("name", TABLE)
def test_nobody_gets_in_without_a_token(name: str, client: Client) -> None:
    world = build(make_user("somebody", "admin"), True)
    for header in ({}, {"Authorization": "Bearer cd_000000000000_x"}, {"Authorization": "Basic x"}):
        answer = ask(client, world, name, header)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"


def test_a_signed_in_person_needs_no_token_but_the_page_token_to_change_things(
    ana: User,
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.get(f"{PREFIX}/me/").json()["scopes"] is None
    answer = client.post(f"{PREFIX}/labels/", {"name": "x"}, "application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


def ask(client: Client, world: World, name: str, headers: dict[str, str]) -> Any:
    """Ask, and put everything back as it was."""
    method, path = name.split()
    target = TABLE[name][1]
    address = PREFIX + path.replace("{id}", str(world.ids.get(target, 0)))
    body = json.dumps(world.body.get(name, {})) if method != "GET" else ""
    with transaction.atomic():
        answer = client.generic(method, address, body, "application/json", headers=headers)
        transaction.set_rollback(True)
    return answer


def secret_of(user: User, scope: Scope) -> str:
    scopes = [scope] if scope in tokens.scopes_open_to(user) else []
    return tokens.create_token(name=scope.value, scopes=scopes, days=1, by=user)[1]


def build(user: User, is_member: bool) -> World:
    """Everything on a channel of the team Zebra; the user's own where that counts."""
    team = Team.objects.create(name=f"{SECRET} team")
    channel = make_channel(team=team, name=f"{SECRET} channel", handle=SECRET)
    elsewhere = make_channel(team=Team.objects.create(name="other"))
    writer = user if user.has_perm(WRITE) else make_user("writer")
    colleague, lead = make_user("colleague"), make_user("lead", "manager")
    team.members.add(writer, colleague, lead)
    author = make_author(handle=SECRET, name=SECRET)
    rows = [make_conversation(channel, author=author, text=SECRET) for _number in range(3)]
    make_conversation(elsewhere)
    conversations.add_note(conversation=rows[0], text=SECRET, by=colleague)
    draft = make_draft(rows[0], writer, text=f"{SECRET} draft")
    review = make_submitted(rows[1], colleague, text=f"{SECRET} review")
    reply = make_queued(rows[2], writer, lead, text=f"{SECRET} reply")
    assert Approval.objects.filter(reply=reply).exists()
    if not is_member:
        team.members.remove(user)
    user = User.objects.get(pk=user.pk)
    label = Label.objects.create(name="outage")
    draft.refresh_from_db()
    view = save_view(name="mine", filters={"status": "all"}, by=user)
    job = BulkJob.objects.create(by=user, act="resolve", status="done", total=1, done=1)
    BulkResult.objects.create(job=job, conversation_id=rows[0].pk, outcome="done")
    event = AuditEvent.objects.create(
        actor=user,
        verb="x",
        target_type="inbox.conversation",
        target_id=1,
        conversation_id=rows[0].pk,
    )
    ids = {
        "view": view.pk,
        "job": job.pk,
        "conversation": rows[0].pk,
        "channel": channel.pk,
        "author": author.pk,
        "draft": draft.pk,
        "review": review.pk,
        "reply": reply.pk,
        "label": label.pk,
        "user": colleague.pk,
        "team": team.pk,
    }
    decision = {"content_hash": review.content_hash, "comment": "why"}
    body: dict[str, Any] = {
        "POST /conversations/{id}/notes/": {"text": "note"},
        "POST /conversations/{id}/assign/": {"to": None},
        "POST /conversations/{id}/snooze/": {"until": "2027-01-01T00:00:00Z"},
        "POST /conversations/{id}/label/": {"label": label.pk},
        "POST /conversations/{id}/unlabel/": {"label": label.pk},
        "POST /conversations/{id}/undo/": {"undo_id": event.pk},
        "POST /views/": {"name": "new", "filters": {}},
        "POST /views/{id}/refit/": {"filters": {"q": "down"}},
        "POST /views/{id}/move/": {"to": "up"},
        "POST /bulk-jobs/": {"act": "resolve", "filters": {"status": "all"}},
        "POST /labels/": {"name": "new"},
        "PATCH /labels/{id}/": {"name": "other"},
        "POST /labels/{id}/merge/": {"into": Label.objects.create(name="spare").pk},
        "POST /drafts/": {"conversation": rows[1].pk, "text": "x", "seen_version": 1},
        "PATCH /drafts/{id}/": {"text": "x", "base": draft.updated_at.isoformat()},
        "POST /drafts/{id}/submit/": {"seen_version": 1},
        "POST /drafts/{id}/acknowledge/": {"seen_version": 1},
        "POST /approvals/{id}/approve/": {"content_hash": review.content_hash},
        "POST /approvals/{id}/return/": decision,
        "POST /approvals/{id}/reject/": decision,
        "POST /replies/{id}/mark-as-sent/": {"url": "https://example.org/1"},
        "POST /replies/{id}/send-anyway/": {"seen_version": 1},
    }
    return World(ids, body)
