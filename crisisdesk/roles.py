"""What each role may do: the one table that decides, asked by every view, task and template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import BaseBackend

if TYPE_CHECKING:
    from inbox.models import User

READER = frozenset({"inbox.view_conversation", "inbox.view_channel"})
AGENT = READER | {"inbox.triage_conversation", "responses.write_draft"}
MANAGER = AGENT | {"responses.approve_draft", "inbox.view_auditevent"}
ADMIN = MANAGER | {"inbox.manage_channel", "responses.change_approvalpolicy"}
AUDITOR = READER | {"inbox.view_auditevent"}

PERMISSIONS: dict[str, frozenset[str]] = {
    "agent": AGENT,
    "manager": MANAGER,
    "admin": ADMIN,
    "auditor": AUDITOR,
}


class RoleBackend(BaseBackend):
    """Answers `user.has_perm(...)` from the user's role; it signs nobody in."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        return None

    def get_all_permissions(self, user_obj: User, obj: Any = None) -> set[str]:  # type: ignore[override]
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        return set(PERMISSIONS.get(user_obj.role, frozenset()))

    def has_perm(self, user_obj: User, perm: str, obj: Any = None) -> bool:  # type: ignore[override]
        return perm in self.get_all_permissions(user_obj, obj)
