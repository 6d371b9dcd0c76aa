"""The words that sort conversations."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import Label, User
from inbox.operations.audit import record


@transaction.atomic
def make_label(*, name: str, color: str, by: User) -> Label:
    """Return the label called `name`, made with `color` if there is none yet.

    Upper and lower case make no difference, so that "Outage" and "outage" stay one label.
    Raises BadInput for an empty name.
    """
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role can read labels but not make them."))
    name = " ".join(name.split())
    if not name:
        raise BadInput(_("Give the label a name."))
    existing = Label.objects.filter(name__iexact=name).first()
    if existing:
        return existing
    label, is_new = Label.objects.get_or_create(name=name, defaults={"color": color})
    if is_new:
        record(actor=by, verb="inbox.label.made", target=label, name=name)
    return label
