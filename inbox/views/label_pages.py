"""The labels of the desk: how they are called, how they look, and how many there are of each."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.counts import MOST_COUNTED, Count
from inbox.forms import LabelChangeForm, LabelMergeForm, cleaned
from inbox.models import Conversation, Label
from inbox.operations import labels
from inbox.views.door import DeskRequest, door, toast

MANAGE = "inbox.manage_label"


class CappedCount(Subquery):
    """How many rows the subquery has; give it a slice, so that it never counts a whole table."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()


@door(MANAGE)
def index(request: DeskRequest) -> HttpResponse:
    worn = Conversation.labels.through.objects.filter(label=OuterRef("pk")).order_by()
    capped = CappedCount(worn.values("pk")[: MOST_COUNTED + 1])
    rows: list[Any] = list(Label.objects.annotate(worn=capped))
    for row in rows:
        row.count = Count(min(row.worn, MOST_COUNTED), row.worn <= MOST_COUNTED)
    return render(request, "inbox/labels.html", {"labels": rows, "colors": Label.Color.choices})


@door(MANAGE, "POST")
def change(request: DeskRequest, pk: int) -> HttpResponse:
    label = get_object_or_404(Label, pk=pk)
    values = cleaned(LabelChangeForm(request.POST))
    label = labels.change_label(label=label, by=request.user, **values)
    return _done(request, _("The label is now “%(name)s”.") % {"name": label})


@door(MANAGE, "POST")
def merge(request: DeskRequest, pk: int) -> HttpResponse:
    label = get_object_or_404(Label, pk=pk)
    into = cleaned(LabelMergeForm(request.POST))["into"]
    labels.merge_label(label=label, into=into, by=request.user)
    return _done(
        request, _("“%(name)s” is now part of “%(into)s”.") % {"name": label, "into": into}
    )


@door(MANAGE, "POST")
def delete(request: DeskRequest, pk: int) -> HttpResponse:
    label = get_object_or_404(Label, pk=pk)
    count = labels.delete_label(label=label, by=request.user)
    words = ngettext(
        "“%(name)s” is deleted and off %(count)s conversation.",
        "“%(name)s” is deleted and off %(count)s conversations.",
        count,
    )
    return _done(request, words % {"name": label, "count": count})


def _done(request: DeskRequest, text: str) -> HttpResponse:
    return toast(request, redirect("inbox:labels"), text)
