"""What people choose for themselves."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from inbox.lib.errors import BadInput
from inbox.models import User
from inbox.operations.audit import record


@transaction.atomic
def set_preferences(*, user: User, opens_next: bool, time_zone: str) -> User:
    """Change how the desk behaves for `user`. Raises BadInput for an unknown time zone."""
    row = User.objects.select_for_update().get(pk=user.pk)
    row.opens_next, row.time_zone = opens_next, time_zone
    try:
        row.clean_fields(exclude={f.name for f in User._meta.fields} - {"opens_next", "time_zone"})
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    row.save(update_fields=["opens_next", "time_zone"])
    record(
        actor=user,
        verb="inbox.user.preferred",
        target=row,
        opens_next=opens_next,
        time_zone=time_zone,
    )
    return row
