"""Putting labels on a conversation and taking them off."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from inbox.forms import LabelForm, cleaned
from inbox.models import Label
from inbox.operations import conversations
from inbox.operations.labels import make_label
from inbox.views.conversations import TRIAGE, answer, find, is_listed
from inbox.views.door import DeskRequest, door


@door(TRIAGE, "POST")
def add(request: DeskRequest, pk: int) -> HttpResponse:
    """Put on the label called `name`, made now if there is none."""
    row = find(request, pk)
    values = cleaned(LabelForm(request.POST))
    label = make_label(
        name=values["name"], color=values["color"] or Label.Color.GREY, by=request.user
    )
    was_listed = is_listed(request, row)
    event = conversations.add_label(conversation=row, label=label, by=request.user)
    text = _("%(who)s is labelled “%(label)s”.") % {"who": row.author, "label": label}
    return answer(request, row, event, text, was_listed=was_listed)


@door(TRIAGE, "POST")
def remove(request: DeskRequest, pk: int, label_pk: int) -> HttpResponse:
    row = find(request, pk)
    label = get_object_or_404(Label, pk=label_pk)
    was_listed = is_listed(request, row)
    event = conversations.remove_label(conversation=row, label=label, by=request.user)
    text = _("Label “%(label)s” taken off %(who)s.") % {"who": row.author, "label": label}
    return answer(request, row, event, text, was_listed=was_listed)
