"""What the desk demands of people when they sign in."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import RoleRule, User
from inbox.operations.access import announce_access
from inbox.operations.audit import record


@transaction.atomic
def set_second_factor(*, role: str, needed: bool, by: User) -> None:
    """Say whether `role` needs a second factor; who lacks one must set it up before going on.

    Raises NotAllowed, BadInput for a role that does not exist.
    """
    if not by.has_perm("inbox.add_user"):
        raise NotAllowed(_("Only an admin can change the rules for signing in."))
    if role not in User.Role.values:
        raise BadInput(_("There is no role “%(role)s”.") % {"role": role})
    if RoleRule.all_roles()[role] == needed:
        return
    rule, _is_new = RoleRule.objects.update_or_create(role=role, defaults={"second_factor": needed})
    record(
        actor=by,
        verb="inbox.security.second_factor",
        target=rule,
        role=role,
        needed=needed,
    )
    announce_access(User.objects.filter(role=role, is_active=True))
