"""Who works at the desk."""

from __future__ import annotations

import logging
import secrets

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import User
from inbox.operations import audit, tokens
from inbox.operations.access import announce_access, give_back
from inbox.operations.sessions import end_sessions

logger = logging.getLogger(__name__)

# No letters or digits that look alike, since people read a password off a screen.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 5


def make_password() -> str:
    """Return a random password of 99 bits, in groups that are easy to copy by hand."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _index in range(_GROUP_LENGTH))
        for _group in range(_GROUPS)
    )
    return "-".join(groups)


@transaction.atomic
def create_user(
    *, username: str, role: str, by: User | None = None, email: str = ""
) -> tuple[User, str]:
    """Create a colleague and return the row with the password, which is stored nowhere in clear.

    `by` is empty on the command line, whose user holds the database anyway.

    Raises NotAllowed without the permission to add users, BadInput for a name that is taken or
    unfit, an unknown role or a malformed address.
    """
    if by is not None:
        check_may_manage(by)
    password = make_password()
    user = User(username=username, role=role, email=User.objects.normalize_email(email))
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    user.save()
    audit.record(actor=by, verb="inbox.user.created", target=user, username=username, role=role)
    return user, password


@transaction.atomic
def set_role(*, user: User, role: str, by: User) -> User:
    """Give a colleague another role, at once.

    Raises NotAllowed, BadInput for a role that does not exist, InvalidTransition for one's own.
    """
    row = _lock(user, by)
    if role not in User.Role.values:
        raise BadInput(_("There is no role “%(role)s”.") % {"role": role})
    if row.role == role:
        return row
    if row.pk == by.pk:
        raise InvalidTransition(_("You cannot change your own role; another admin can."))
    before, row.role = row.role, role
    row.save(update_fields=["role"])
    audit.record(
        actor=by, verb="inbox.user.role", target=row, name=str(row), before=before, role=role
    )
    give_back(people=[row], by=by)
    announce_access([row])
    return row


@transaction.atomic
def deactivate(*, user: User, by: User) -> User:
    """Close a colleague's account: signed out everywhere at once, their open work free again.

    What they wrote stays theirs. Raises NotAllowed, InvalidTransition for oneself.
    """
    row = _lock(user, by)
    if not row.is_active:
        return row
    if row.pk == by.pk:
        raise InvalidTransition(_("You cannot close your own account; another admin can."))
    row.is_active = False
    row.save(update_fields=["is_active"])
    audit.record(actor=by, verb="inbox.user.deactivated", target=row, name=str(row))
    end_sessions(user=row, by=by)
    tokens.revoke_all(user=row, by=by)
    give_back(people=[row], by=by)
    return row


@transaction.atomic
def reactivate(*, user: User, by: User) -> User:
    """Open a closed account again, with the role and the teams it had. Raises NotAllowed."""
    row = _lock(user, by)
    if not row.is_active:
        row.is_active = True
        row.save(update_fields=["is_active"])
        audit.record(actor=by, verb="inbox.user.reactivated", target=row, name=str(row))
    return row


@transaction.atomic
def remove_second_factor(*, user: User, by: User) -> User:
    """Let a colleague who has lost theirs sign in without it, and sign them out everywhere.

    Recovery codes and passkeys go with it. Where the role demands a second factor, the next
    sign-in leads to setting one up. Raises NotAllowed, InvalidTransition for one's own or for none.
    """
    row = _lock(user, by)
    if row.pk == by.pk:
        raise InvalidTransition(_("Change your own second factor in your own settings."))
    factors = Authenticator.objects.filter(user=row.pk)
    kinds = sorted(set(factors.values_list("type", flat=True)))
    if not kinds:
        raise InvalidTransition(_("%(name)s has no second factor.") % {"name": row})
    factors.delete()
    audit.record(actor=by, verb="inbox.user.factor_removed", target=row, name=str(row), kinds=kinds)
    end_sessions(user=row, by=by)
    return row


def mail_factor_removed(*, user: User, by: User) -> bool:
    """Tell `user` that `by` has removed their second factor. Returns whether it was mailed."""
    if not user.email:
        return False
    text = _(
        "Hello,\n\n"
        "%(by)s has removed the second factor from your CrisisDesk account %(username)s and signed "
        "you out everywhere. Sign in with your password and set up a new one.\n\n"
        "If you did not ask for this, tell another admin at once."
    ) % {"by": by, "username": user.username}
    subject = _("Your second factor at CrisisDesk was removed")
    try:
        return bool(send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email]))
    except OSError as error:  # smtplib's errors are among them
        extra = {"user_id": user.pk, "error": type(error).__name__}
        logger.warning("the removal of a second factor could not be mailed", extra=extra)
        return False


def check_may_manage(by: User) -> None:
    """Raise NotAllowed unless `by` may add and change people."""
    if not by.has_perm("inbox.add_user"):
        raise NotAllowed(_("Only an admin can add or change people."))


def _lock(user: User, by: User) -> User:
    """Return the row, held together with every admin's, so that admins take turns.

    Nobody changes their own role or account, so whoever acts stays an admin and there is always
    one left; but only if `by` is looked at as they are now, after their turn has come.
    """
    admins = Q(role=User.Role.ADMIN) | Q(pk__in=[user.pk, by.pk])
    rows = {row.pk: row for row in User.objects.select_for_update().filter(admins).order_by("pk")}
    check_may_manage(rows[by.pk])
    return rows[user.pk]
