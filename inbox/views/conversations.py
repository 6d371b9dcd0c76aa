"""One conversation: the thread, what is known around it, and what people do with it."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from inbox.filters import QueueFilter
from inbox.forms import AssignForm, NoteForm, SeenForm, SnoozeForm, cleaned
from inbox.lib.prepared import Prepared
from inbox.models import AuditEvent, Conversation
from inbox.operations import conversations
from inbox.operations.mentions import unheard
from inbox.pickers import Lists
from inbox.views.door import DeskRequest, door, toast
from inbox.views.queue import list_context
from inbox.views.thread import conversation_context, timeline

TRIAGE = "inbox.triage_conversation"
AROUND = ("channel", "author__person", "assignee", "claim__holder")
_find = Prepared(
    lambda pk: (
        Conversation.objects.filter(pk=pk)
        .select_related(*AROUND)
        .defer("channel__secrets", "assignee__password", "claim__holder__password")
    )
)


@door("inbox.view_conversation")
def conversation(request: DeskRequest, pk: int) -> HttpResponse:
    """The desk with one conversation open; through htmx only its thread and context."""
    row = find(request, pk)
    lists = Lists(request.user)
    context = conversation_context(request, row, lists)
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "inbox/open.html", context)
    context |= list_context(request, lists)
    return render(request, "inbox/panes.html", context)


@door("inbox.view_conversation")
def fresh(request: DeskRequest, pk: int) -> HttpResponse:
    """The parts of an open conversation that others may have changed; never the composer."""
    row = find(request, pk)
    return render(
        request, "inbox/fresh.html", conversation_context(request, row, Lists(request.user))
    )


@door("inbox.view_conversation")
def earlier(request: DeskRequest, pk: int) -> HttpResponse:
    """The stretch of a long thread before `?before=`."""
    row = find(request, pk)
    context = {
        "conversation": row,
        "timeline": timeline(row, request.GET.get("before", "")),
        "is_stretch": bool(request.htmx),
    }
    template = "inbox/_timeline.html" if request.htmx else "inbox/earlier.html"
    return render(request, template, context)


@door(TRIAGE, "POST")
def take(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    shown = cleaned(AssignForm(request.POST))["to"]  # whom the page showed as having it
    was_listed = is_listed(request, row)
    event = conversations.take(conversation=row, by=request.user, over=shown)
    text = _("You have %(who)s.") % {"who": row.author}
    return answer(request, row, event, text, was_listed=was_listed)


@door(TRIAGE, "POST")
def assign(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    to = cleaned(AssignForm(request.POST))["to"]
    was_listed = is_listed(request, row)
    event = conversations.assign(conversation=row, to=to, by=request.user)
    words = _("%(who)s is assigned to %(to)s.") if to else _("%(who)s is assigned to nobody.")
    text = words % {"who": row.author, "to": to}
    return answer(request, row, event, text, was_listed=was_listed)


@door(TRIAGE, "POST")
def snooze(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    form = SnoozeForm(request.POST)
    seen = cleaned(form)["seen"]
    event = conversations.snooze(conversation=row, until=form.moment, by=request.user, seen=seen)
    until = date_format(localtime(form.moment), "D j M, H:i")
    text = _("%(who)s is snoozed until %(until)s.") % {"who": row.author, "until": until}
    return answer(request, row, event, text, is_away=True)


@door(TRIAGE, "POST")
def resolve(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    seen = cleaned(SeenForm(request.POST))["seen"]
    event = conversations.resolve(conversation=row, by=request.user, seen=seen)
    return answer(
        request, row, event, _("%(who)s is resolved.") % {"who": row.author}, is_away=True
    )


@door(TRIAGE, "POST")
def answered_outside(request: DeskRequest, pk: int) -> HttpResponse:
    """Set as done what the desk may not answer and a person has answered on the network."""
    row = find(request, pk)
    seen = cleaned(SeenForm(request.POST))["seen"]
    event = conversations.answer_outside(conversation=row, by=request.user, seen=seen)
    text = _("%(who)s is marked as answered on the network.") % {"who": row.author}
    return answer(request, row, event, text, is_away=True)


@door(TRIAGE, "POST")
def reopen(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    was_listed = is_listed(request, row)
    event = conversations.reopen(conversation=row, by=request.user)
    text = _("%(who)s is open again.") % {"who": row.author}
    return answer(request, row, event, text, was_listed=was_listed)


@door(TRIAGE, "POST")
def note(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    text = cleaned(NoteForm(request.POST))["text"]
    written = conversations.add_note(conversation=row, text=text, by=request.user)
    words = _("Note added.")
    if missed := unheard(text=text, told=written.mentions):
        names = ", ".join(str(user) for user in missed)
        words += " " + _("Not told, since this channel is not theirs: %(names)s.") % {
            "names": names
        }
    return answer(request, row, None, words)


@door(TRIAGE, "POST")
def undo(request: DeskRequest, pk: int, event_pk: int) -> HttpResponse:
    row = find(request, pk)
    event = get_object_or_404(AuditEvent, pk=event_pk, conversation_id=pk)
    conversations.undo(event=event, by=request.user)
    text = _("Undone for %(who)s.") % {"who": row.author}
    return answer(request, row, None, text)


def find(request: DeskRequest, pk: int) -> Conversation:
    row = _find.first(pk)
    if row is None or not row.is_visible_to(request.user):
        raise Http404
    return row


def is_listed(request: DeskRequest, row: Conversation) -> bool:
    """Say whether `row` stands in the list that the person works through."""
    found = QueueFilter(request.GET, user=request.user, lists=Lists(request.user))
    return bool(found.matching.filter(pk=row.pk).exists())


def answer(
    request: DeskRequest,
    before: Conversation,
    event: AuditEvent | None,
    text: str,
    *,
    is_away: bool = False,
    was_listed: bool = False,
) -> HttpResponse:
    """Say what was done, offer to undo it, and show what is to be seen now.

    is_away: the conversation has left the queue, so the next one opens if the person likes.
    was_listed: it stood in the list; if it does no more, that is the same.
    """
    found = QueueFilter(request.GET, user=request.user, lists=(lists := Lists(request.user)))
    is_away = is_away or (was_listed and not found.matching.filter(pk=before.pk).exists())
    row = found.next_after(before) if is_away and request.user.opens_next else before
    name, args = ("inbox:conversation", [row.pk]) if row else ("inbox:queue", [])
    here = reverse(name, args=args) + found.suffix
    undo_url = _undo_url(before, event, found) if event else ""
    if not request.htmx:
        return toast(request, redirect(here), text, undo_url=undo_url)
    was_open = request.htmx.current_url_abs_path or ""
    is_same = row == before and was_open.split("?")[0] == reverse(
        "inbox:conversation", args=[before.pk]
    )
    context = {"found": found, "is_same": is_same}
    if row:
        context |= conversation_context(request, find(request, row.pk), lists)
    response = render(request, "inbox/answer.html", context)
    if not is_same:
        response["HX-Push-Url"] = here
    done = {"conversation-changed": {"ids": [before.pk], "mine": True}}
    response["HX-Trigger"] = json.dumps(done)
    return toast(request, response, text, undo_url=undo_url)


def _undo_url(row: Conversation, event: AuditEvent, found: QueueFilter) -> str:
    return reverse("inbox:undo", args=[row.pk, event.pk]) + found.suffix
