"""What people do with a reply that is on its way, and the page of those that need a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from inbox.operations import tray
from inbox.views.door import DeskRequest, door, toast
from responses.forms import ReplyActForm, cleaned
from responses.models import Reply
from responses.operations import replies
from responses.operations.news import news_since
from responses.views import shown
from responses.views.finding import conversation_or_404, reply_or_404

SHOWN = 50
COUNTED = 100  # above this the exact number helps nobody, and counting costs


@door("responses.write_draft")
def attention(request: DeskRequest) -> HttpResponse:
    """Held, failed and unknown replies, the longest waiting first."""
    waiting = (
        Reply.objects.visible_to(request.user)
        .needing_attention()
        .with_row()
        .order_by("created_at", "pk")
    )
    rows = list(waiting[: SHOWN + 1])
    context = {
        "standings": [shown.standing(row, request.user) for row in rows[:SHOWN]],
        "has_more": len(rows) > SHOWN,
        "unread": tray.waiting(user=request.user),
    }
    template = "responses/attention.html" + ("#rows" if request.htmx else "")
    return render(request, template, context)


@door("responses.write_draft")
def attention_count(request: DeskRequest) -> HttpResponse:
    """The number for the rail, empty for none: replies, and what could not be read."""
    rows = Reply.objects.visible_to(request.user).needing_attention()
    return HttpResponse(capped(rows, also=tray.waiting(user=request.user)))


@door("responses.write_draft")
def news(request: DeskRequest, pk: int) -> HttpResponse:
    """What was said since a stopped reply was written; from here it may be sent anyway."""
    reply = reply_or_404(request, pk)
    context = {
        "reply": reply,
        "standing": shown.standing(reply, request.user),
        "news": news_since(conversation=reply.conversation, since=reply.seen_at),
    }
    template = "responses/news.html" + ("#news" if request.htmx else "")
    return render(request, template, context)


@door("responses.write_draft", "POST")
def act(request: DeskRequest, pk: int, act: str) -> HttpResponse:
    """Undo, retry, edit, send anyway, mark as sent, drop, or look again."""
    if act not in ACTS:
        raise Http404
    reply = reply_or_404(request, pk)
    operation, words = ACTS[act]
    operation(request, reply, cleaned(ReplyActForm(request.POST)))
    text = words() % {"handle": reply.conversation.author.handle}
    if act == "edit":
        return toast(request, _go_to(request, reply), text)
    if not request.htmx:
        return toast(request, redirect(reply.conversation), text)
    response = HttpResponse()
    if request.htmx.target == "replies":
        conversation = conversation_or_404(request, reply.conversation_id)
        context = shown.on_the_way(conversation, request.user)
        response = render(request, "responses/panel.html#replies", context)
    if act == "cancel":
        response = trigger_client_event(
            response, "composer-stale", {"conversation": reply.conversation_id}
        )
    return toast(request, response, text)


def capped(rows: Any, *, also: int = 0) -> str:
    """Return how many `rows` there are and `also`, "" for none, "99+" for many."""
    count = rows.order_by()[:COUNTED].count() + also
    return "" if not count else "99+" if count >= COUNTED else str(count)


def _go_to(request: DeskRequest, reply: Reply) -> HttpResponse:
    url = reply.conversation.get_absolute_url()
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


Values = dict[str, Any]
Operation = Callable[[DeskRequest, Reply, Values], object]


def _cancel(request: DeskRequest, reply: Reply, values: Values) -> object:
    return replies.cancel(reply=reply, by=request.user)


def _retry(request: DeskRequest, reply: Reply, values: Values) -> object:
    return replies.retry(reply=reply, by=request.user, is_absent=values["is_absent"])


def _edit(request: DeskRequest, reply: Reply, values: Values) -> object:
    return replies.edit(reply=reply, by=request.user, is_absent=values["is_absent"])


def _discard(request: DeskRequest, reply: Reply, values: Values) -> object:
    return replies.discard(reply=reply, by=request.user, is_absent=values["is_absent"])


def _mark(request: DeskRequest, reply: Reply, values: Values) -> object:
    return replies.mark_as_sent(reply=reply, by=request.user, url=values["url"])


def _look(request: DeskRequest, reply: Reply, values: Values) -> object:
    return replies.look_again(reply=reply, by=request.user)


def _anyway(request: DeskRequest, reply: Reply, values: Values) -> object:
    seen = values["seen_version"] or 0
    return replies.send_anyway(reply=reply, by=request.user, seen_version=seen)


ACTS: dict[str, tuple[Operation, Callable[[], str]]] = {
    "cancel": (_cancel, lambda: _("Reply to @%(handle)s taken back. The text is a draft again.")),
    "retry": (_retry, lambda: _("Reply to @%(handle)s queued again.")),
    "edit": (_edit, lambda: _("Reply to @%(handle)s is a draft again.")),
    "discard": (_discard, lambda: _("Reply to @%(handle)s dropped. Its text stays in the record.")),
    "mark": (_mark, lambda: _("Reply to @%(handle)s marked as sent.")),
    "look": (_look, lambda: _("Looking on the network for the reply to @%(handle)s.")),
    "anyway": (_anyway, lambda: _("Reply to @%(handle)s queued again.")),
}
