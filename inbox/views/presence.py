"""Signs of life from open conversations, and the answer to "who else is here"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from inbox.company import attach
from inbox.forms import AssignForm, cleaned
from inbox.models import Conversation, Presence
from inbox.operations import claims, presence, seeing
from inbox.views.conversations import TRIAGE, answer, find
from inbox.views.door import DeskRequest, door
from inbox.views.queue import read_ids

VIEW = "inbox.view_conversation"
TAB = RegexValidator(r"^[a-z0-9]{8,32}\Z")
MOST_ID = 2**63 - 1


class TabForm(forms.Form):
    """Which tab speaks: a random name that it gave itself."""

    tab = forms.CharField(max_length=32, validators=[TAB])


class BeatForm(TabForm):
    """A sign of life. `seen` is the mark of what is on screen, where that has changed."""

    state = forms.ChoiceField(choices=Presence.State.choices)
    seen = forms.RegexField(r"^\d{1,10}\.\d{1,18}\.\d{1,18}\.\d{1,18}\Z", required=False)

    def clean_seen(self) -> seeing.Mark | None:
        text = self.cleaned_data["seen"]
        return seeing.Mark(*(int(part) for part in text.split("."))) if text else None


@door(VIEW, "POST")
def beat(request: DeskRequest, pk: int) -> HttpResponse:
    """Note that a tab shows this conversation; answers with who else does."""
    row = find(request, pk)
    values = cleaned(BeatForm(request.POST))
    presence.beat(conversation=row, by=request.user, tab=values["tab"], state=values["state"])
    if values["seen"]:
        seeing.mark_seen(conversation=row, by=request.user, mark=values["seen"])
    return render(request, "inbox/_company.html", _company(request, pk) | {"is_whole": True})


@door(VIEW, "POST")
def leave(request: DeskRequest) -> HttpResponse:
    """Note that a tab shows nothing any more; sent as the page goes away."""
    presence.leave(by=request.user, tab=cleaned(TabForm(request.POST))["tab"])
    return HttpResponse()


@door(VIEW)
def company(request: DeskRequest) -> HttpResponse:
    """Who is with the conversations `?ids=`, as the marks of their rows."""
    rows = Conversation.objects.visible_to(request.user).filter(
        pk__in=read_ids(request.GET.get("ids", ""))
    )
    found = list(rows.select_related("claim__holder"))
    attach(found, reader=request.user)
    return render(request, "inbox/company.html", {"rows": found})


@door(TRIAGE, "POST")
def take_over(request: DeskRequest, pk: int) -> HttpResponse:
    """Answer instead of `to`, whom the page showed as answering."""
    row = find(request, pk)
    shown = cleaned(AssignForm(request.POST))["to"]
    claims.take_over(conversation=row, by=request.user, over=shown)
    words = _("You are answering %(who)s now. What %(name)s wrote stays theirs.")
    text = words % {"who": row.author, "name": shown or _("your colleague")}
    return answer(request, row, None, text)


def _company(request: DeskRequest, pk: int) -> dict[str, Any]:
    row = find(request, pk)
    attach([row], reader=request.user)
    return {"conversation": row}
