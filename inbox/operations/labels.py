"""The words that sort conversations."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import Conversation, Label, User
from inbox.operations.audit import announce, record

LONGEST = 40


@transaction.atomic
def make_label(*, name: str, color: str, by: User) -> Label:
    """Return the label called `name`, made with `color` if there is none yet.

    Upper and lower case make no difference, so that "Outage" and "outage" stay one label.
    Raises BadInput for an empty name.
    """
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role can read labels but not make them."))
    name = _fit(name)
    existing = Label.objects.filter(name__iexact=name).first()
    if existing:
        return existing
    label, is_new = Label.objects.get_or_create(name=name, defaults={"color": color})
    if is_new:
        record(actor=by, verb="inbox.label.made", target=label, name=name)
    return label


@transaction.atomic
def change_label(*, label: Label, name: str, color: str, by: User) -> Label:
    """Give `label` another name or colour. Raises BadInput if another label has the name."""
    row = _lock(label, by)
    name, before = _fit(name), row.name
    if color not in Label.Color.values:
        raise BadInput(_("Choose one of the colours."))
    if Label.objects.filter(name__iexact=name).exclude(pk=row.pk).exists():
        raise BadInput(
            _("There is a label “%(name)s” already. Merge the two instead.") % {"name": name}
        )
    row.name, row.color = name, color
    row.save(update_fields=["name", "color"])
    record(actor=by, verb="inbox.label.changed", target=row, name=name, before=before, color=color)
    announce(kind="resync")
    return row


@transaction.atomic
def merge_label(*, label: Label, into: Label, by: User) -> int:
    """Put `into` on everything that has `label`, then delete `label`. Returns on how many."""
    if label.pk == into.pk:
        raise BadInput(_("Choose another label to merge into."))
    held = {one.pk: _lock(one, by) for one in sorted((label, into), key=lambda one: one.pk)}
    row, kept = held[label.pk], held[into.pk]
    through = Conversation.labels.through.objects
    has_both = through.filter(label=kept).values("conversation_id")
    count = through.filter(label=row).exclude(conversation_id__in=has_both).update(label=kept)
    record(
        actor=by, verb="inbox.label.merged", target=kept, name=row.name, into=kept.name, count=count
    )
    row.delete()
    announce(kind="resync")
    return count


@transaction.atomic
def delete_label(*, label: Label, by: User) -> int:
    """Take `label` off everything and delete it. Returns off how many conversations."""
    row = _lock(label, by)
    count, _by_model = Conversation.labels.through.objects.filter(label=row).delete()
    record(actor=by, verb="inbox.label.deleted", target=row, name=row.name, count=count)
    row.delete()
    announce(kind="resync")
    return count


def _lock(label: Label, by: User) -> Label:
    if not by.has_perm("inbox.manage_label"):
        raise NotAllowed(_("Only managers and admins change labels."))
    row = Label.objects.select_for_update().filter(pk=label.pk).first()
    if row is None:
        raise BadInput(_("This label was deleted meanwhile."))
    return row


def _fit(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise BadInput(_("Give the label a name."))
    if len(name) > LONGEST:
        raise BadInput(_("A label has at most %(count)s characters.") % {"count": LONGEST})
    return name
