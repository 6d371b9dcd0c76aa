"""What a token may be limited to: five scopes that between them hold every permission."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """One kind of act that the holder of a token may be trusted with."""

    READ = "read", _("Read")
    TRIAGE = "triage", _("Triage: assign, label, snooze, resolve, write notes, keep views")
    WRITE = "write", _("Write and submit replies")
    APPROVE = "approve", _("Approve replies of others")
    ADMIN = "admin", _("Administer channels")


_SCOPES = {
    "inbox.triage_conversation": Scope.TRIAGE,
    "inbox.block_author": Scope.TRIAGE,
    "inbox.manage_label": Scope.TRIAGE,
    "inbox.keep_view": Scope.TRIAGE,
    "inbox.share_view": Scope.TRIAGE,
    "inbox.manage_savedsearch": Scope.TRIAGE,
    "inbox.engage": Scope.WRITE,
    "inbox.moderate": Scope.WRITE,
    "responses.write_draft": Scope.WRITE,
    "responses.approve_draft": Scope.APPROVE,
}


def scope_of(permission: str) -> Scope:
    """Return the scope that `permission` needs; what is new and changes things needs admin."""
    if permission.partition(".")[2].startswith("view_"):
        return Scope.READ
    return _SCOPES.get(permission, Scope.ADMIN)


def within(permissions: Iterable[str], scopes: frozenset[str] | None) -> set[str]:
    """Return those of `permissions` that `scopes` allow; None allows all."""
    return {name for name in permissions if scopes is None or scope_of(name) in scopes}
