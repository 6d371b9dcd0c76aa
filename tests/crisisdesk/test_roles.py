"""Who may do what, spelt out: a change to the table must be a change here."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from crisisdesk.roles import PERMISSIONS, RoleBackend
from inbox.models import User
from tests.factories import make_user

MAY = {
    "inbox.view_conversation": {"agent", "manager", "admin", "auditor"},
    "inbox.view_channel": {"agent", "manager", "admin", "auditor"},
    "inbox.view_savedsearch": {"agent", "manager", "admin", "auditor"},
    "inbox.manage_savedsearch": {"manager", "admin"},
    "inbox.triage_conversation": {"agent", "manager", "admin"},
    "responses.write_draft": {"agent", "manager", "admin"},
    "responses.approve_draft": {"manager", "admin"},
    "inbox.view_auditevent": {"manager", "admin", "auditor"},
    "inbox.engage": {"agent", "manager", "admin"},
    "inbox.moderate": {"manager", "admin"},
    "inbox.view_baditem": {"manager", "admin"},
    "inbox.block_author": {"manager", "admin"},
    "inbox.manage_label": {"manager", "admin"},
    "inbox.keep_view": set(User.Role.values),
    "inbox.share_view": {"manager", "admin"},
    "inbox.manage_channel": {"admin"},
    "inbox.manage_team": {"admin"},
    "inbox.manage_token": {"admin"},
    "inbox.manage_webhook": {"admin"},
    "inbox.add_user": {"admin"},
    "responses.change_approvalpolicy": {"admin"},
}


@pytest.mark.parametrize("role", User.Role.values)
@pytest.mark.django_db
def test_each_role_may_do_exactly_this(role):
    user = make_user(role=role)
    assert user.get_all_permissions() == {name for name, roles in MAY.items() if role in roles}


def test_every_role_is_in_the_table():
    assert set(PERMISSIONS) == set(User.Role.values)


@pytest.mark.django_db
def test_every_permission_of_the_table_exists():
    existing = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Permission.objects.select_related("content_type")
    }
    assert set(MAY) <= existing


@pytest.mark.django_db
def test_who_has_left_may_nothing():
    assert not make_user(role="admin", is_active=False).has_perm("inbox.view_conversation")


@pytest.mark.django_db
def test_a_row_of_its_own_gives_nobody_more():
    agent = make_user(role="agent")
    assert not agent.has_perm("inbox.view_conversation", obj=agent)


def test_strangers_may_nothing():
    assert RoleBackend().get_all_permissions(AnonymousUser()) == set()
