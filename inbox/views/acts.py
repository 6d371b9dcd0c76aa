"""Asking for an act on a network: like, hide, delete, follow, mute, block, report."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from inbox.models import Act, Message
from inbox.operations import acts
from inbox.views.conversations import find
from inbox.views.door import DeskRequest, door, toast


@door("inbox.engage", "POST")
def ask(request: DeskRequest, pk: int, message_pk: int) -> HttpResponse:
    """`kind` of the form, `undo` to take it back, `words` for a report; what comes of it is shown
    at the message."""
    conversation = find(request, pk)
    rows = Message.objects.select_related("channel", "author", "conversation")
    message = get_object_or_404(rows, pk=message_pk, conversation=conversation)
    act = acts.ask(
        message=message,
        kind=request.POST.get("kind", ""),
        by=request.user,
        words=request.POST.get("words", ""),
        is_undo=request.POST.get("undo") == "1",
    )
    words = _("%(act)s: %(state)s.") % {
        "act": act.title,
        "state": str(Act.State(act.state).label).lower(),
    }
    response = HttpResponse() if request.htmx else redirect(conversation)
    return toast(request, response, words)
