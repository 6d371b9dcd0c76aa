"""Colleagues around a conversation: whom a note can mention, and who watches."""

from __future__ import annotations

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from inbox.forms import cleaned
from inbox.models import User
from inbox.operations import watching
from inbox.views.conversations import TRIAGE, answer, find
from inbox.views.door import DeskRequest, door

OFFERED = 8


class WatchForm(forms.Form):
    """Whether to hear of it."""

    on = forms.BooleanField(required=False)


@door(TRIAGE)
def colleagues(request: DeskRequest, pk: int) -> HttpResponse:
    """Who begins with `?q=` and sees this conversation, as options to mention."""
    row = find(request, pk)
    query = request.GET.get("q", "")[:150].replace("\0", "")
    names = Q()
    for name in ("username", "first_name", "last_name"):
        names |= Q(**{f"{name}__istartswith": query})
    found = (
        User.seeing(row.channel_id).filter(is_active=True).exclude(pk=request.user.pk).filter(names)
    )
    context = {"people": found.order_by("username")[:OFFERED]}
    return render(request, "inbox/colleagues.html", context)


@door(TRIAGE, "POST")
def watch(request: DeskRequest, pk: int) -> HttpResponse:
    """Begin to watch, or stop."""
    row = find(request, pk)
    is_on = cleaned(WatchForm(request.POST))["on"]
    watching.watch(conversation=row, by=request.user, is_on=is_on)
    words = _("You watch %(who)s now.") if is_on else _("You no longer watch %(who)s.")
    return answer(request, row, None, words % {"who": row.author})
