"""What each role may do: the one table that decides, asked by every view, task and template.

A program that asks in somebody's name may do what the role and its token both permit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied

from inbox.lib.scopes import within

if TYPE_CHECKING:
    from inbox.models import User

READER = frozenset(
    {"inbox.view_conversation", "inbox.view_channel", "inbox.view_savedsearch", "inbox.keep_view"}
)
AGENT = READER | {"inbox.engage", "inbox.triage_conversation", "responses.write_draft"}
MANAGER = AGENT | {
    "inbox.block_author",
    "inbox.manage_label",
    "inbox.manage_savedsearch",
    "inbox.moderate",
    "inbox.share_view",
    "inbox.view_auditevent",
    "inbox.view_baditem",
    "responses.approve_draft",
}
ADMIN = MANAGER | {
    "inbox.add_user",
    "inbox.manage_channel",
    "inbox.manage_team",
    "inbox.manage_token",
    "inbox.manage_webhook",
    "responses.change_approvalpolicy",
}
AUDITOR = READER | {"inbox.view_auditevent"}

PERMISSIONS: dict[str, frozenset[str]] = {
    "agent": AGENT,
    "manager": MANAGER,
    "admin": ADMIN,
    "auditor": AUDITOR,
}


class RoleBackend:
    """Answers `user.has_perm(...)` from the user's role; it signs nobody in and loads nobody."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        return None

    def get_all_permissions(self, user_obj: User, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        return within(PERMISSIONS.get(user_obj.role, frozenset()), user_obj.scopes)

    def has_perm(self, user_obj: User, perm: str, obj: Any = None) -> bool:
        """Raises PermissionDenied instead of False, so that no other backend is asked after it."""
        if perm not in self.get_all_permissions(user_obj, obj):
            raise PermissionDenied
        return True
