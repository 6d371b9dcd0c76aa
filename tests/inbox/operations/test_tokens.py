"""A token opens what its person and its scopes both permit, for as long as both stand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crisisdesk.roles import PERMISSIONS
from inbox.lib.errors import BadInput, NotAllowed
from inbox.lib.scopes import Scope, scope_of
from inbox.models import ApiToken, AuditEvent, Conversation, User
from inbox.operations import conversations, tokens, users
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def made(by: User, *scopes: str, days: int = 30) -> tuple[ApiToken, str]:
    return tokens.create_token(name="bot", scopes=scopes, days=days, by=by)


def test_the_secret_is_kept_nowhere(ana: User) -> None:
    token, secret = made(ana, "triage")
    row = ApiToken.objects.values().get()
    assert secret.startswith(f"cd_{token.prefix}_")
    assert secret.rsplit("_", 1)[1] not in str(row)
    assert len(secret.partition(f"{token.prefix}_")[2]) >= 43  # 256 bits
    assert secret not in str(list(AuditEvent.objects.values()))
    assert tokens.holder_of(shown=secret) == token


def test_nothing_else_opens_the_door(ana: User) -> None:
    token, secret = made(ana)
    other = made(ana)[1]
    wrong = [secret[:-1], secret + "x", secret[3:], f"cd_{token.prefix}_{other[-43:]}", "", "cd__"]
    assert [shown for shown in wrong if tokens.holder_of(shown=shown)] == []


def test_a_token_ends_with_time_by_hand_and_with_its_person(ana: User, dewi: User) -> None:
    token, secret = made(ana)
    ApiToken.objects.update(expires_at=timezone.now())
    assert tokens.holder_of(shown=secret) is None
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert tokens.holder_of(shown=secret) is None
    User.objects.filter(pk=ana.pk).update(is_active=True)
    assert tokens.holder_of(shown=secret)
    tokens.revoke_token(token=token, by=dewi)
    assert tokens.holder_of(shown=secret) is None
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["inbox.token.created", "inbox.token.revoked"]


def test_a_role_limits_the_scopes(ana: User, cleo: User) -> None:
    assert tokens.scopes_open_to(ana) == [Scope.READ, Scope.TRIAGE, Scope.WRITE]
    assert tokens.scopes_open_to(cleo) == [Scope.READ, Scope.TRIAGE]  # to keep views
    with pytest.raises(BadInput, match="approve"):
        made(ana, "approve")
    with pytest.raises(BadInput, match="anything"):
        made(ana, "anything")
    assert made(cleo)[0].scopes == ["read"]


@pytest.mark.parametrize("days", [0, 366, -1])
def test_a_token_lives_a_year_at_most(ana: User, days: int) -> None:
    with pytest.raises(BadInput, match="1 to 365"):
        made(ana, days=days)


def test_only_its_owner_or_an_admin_ends_it(ana: User, ben: User) -> None:
    token, _secret = made(ana)
    with pytest.raises(NotAllowed):
        tokens.revoke_token(token=token, by=ben)
    tokens.revoke_token(token=token, by=ana)


def test_who_leaves_and_comes_back_finds_their_tokens_ended(ana: User, dewi: User) -> None:
    _token, secret = made(ana)
    users.deactivate(user=ana, by=dewi)
    users.reactivate(user=ana, by=dewi)
    assert tokens.holder_of(shown=secret) is None


def test_all_of_a_person_end_at_once(ana: User, dewi: User) -> None:
    made(ana)
    made(ana)
    assert tokens.revoke_all(user=ana, by=dewi) == 2
    assert not ApiToken.objects.live(timezone.now()).exists()


def test_a_token_makes_no_tokens_and_ends_none(ana: User) -> None:
    token, _secret = made(ana)
    ana.token_id = token.pk
    with pytest.raises(NotAllowed):
        made(ana)
    with pytest.raises(NotAllowed):
        tokens.revoke_token(token=token, by=ana)


def test_scopes_narrow_every_permission_and_widen_none() -> None:
    for role, permissions in PERMISSIONS.items():
        for scope in Scope:
            user = make_user(role=role)
            user.scopes = frozenset({scope})
            held = {name for name in permissions if scope_of(name) == scope}
            assert user.get_all_permissions() == held


def test_what_is_new_needs_the_admin_scope() -> None:
    assert scope_of("inbox.launch_rocket") == Scope.ADMIN
    assert scope_of("inbox.view_rocket") == Scope.READ


def test_the_record_names_the_token(ana: User, conversation: Conversation) -> None:
    token, _secret = made(ana, "triage")
    ana.token_id = token.pk
    event = conversations.resolve(conversation=conversation, by=ana)
    assert event
    assert event.data["token"] == token.pk
    ana.token_id = None
    undone = conversations.undo(event=event, by=ana)
    assert undone
    assert "token" not in undone.data


def test_use_is_noted_about_once_a_minute(ana: User, django_assert_num_queries) -> None:
    token, _secret = made(ana)
    tokens.note_use(token=token, ip="192.0.2.1")
    token.refresh_from_db()
    assert token.last_used_ip == "192.0.2.1"
    with django_assert_num_queries(0):
        tokens.note_use(token=token, ip="192.0.2.2")
