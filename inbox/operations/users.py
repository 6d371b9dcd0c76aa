"""Who works at the desk."""

from __future__ import annotations

import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import User
from inbox.operations import audit

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
    if by is not None and not by.has_perm("inbox.add_user"):
        raise NotAllowed(_("Only an admin may add people."))
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
