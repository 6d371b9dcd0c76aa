"""What waits for a manager, and the page on which one reply is decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import DomainError, NotAllowed
from inbox.views.door import DeskRequest, door, toast
from responses.forms import DecisionForm, cleaned
from responses.models import Draft, Reply
from responses.operations import approvals, pictures, wording
from responses.operations.news import news_since
from responses.operations.policy import policy_for, reason
from responses.operations.sendable import channel_stop, measure, problems
from responses.stops import STOPS
from responses.views.finding import draft_or_404
from responses.views.outbox import capped

SHOWN, THREAD = 100, 30
MOST_DIGITS = 18  # of an id; what is longer fits no column
PAGE = "responses/approval.html"


@door("responses.approve_draft")
def approvals_list(request: DeskRequest) -> HttpResponse:
    """Everything in review, the longest waiting first."""
    rows = (
        Draft.objects.visible_to(request.user)
        .waiting_for_approval()
        .select_related("author", "target__author", "conversation__author", "conversation__channel")
    )
    waiting = list(rows.order_by("submitted_at", "pk")[: SHOWN + 1])
    context = {
        "drafts": waiting[:SHOWN],
        "has_more": len(waiting) > SHOWN,
        "undo": _just_queued(request),
    }
    template = "responses/approvals.html" + ("#rows" if request.htmx else "")
    return render(request, template, context)


@door("responses.approve_draft")
def approval_count(request: DeskRequest) -> HttpResponse:
    """The number for the rail: what this manager may decide on, empty for none."""
    return HttpResponse(capped(_mine_to_decide(request)))


@door("responses.approve_draft", "GET", "POST")
def approval(request: DeskRequest, pk: int) -> HttpResponse:
    """One reply: the thread, the text as the network will show it, and the decision."""
    draft = draft_or_404(request, pk)
    if request.method == "GET":
        return render(request, PAGE, _context(request, draft))
    try:
        words, queued = _decide(request, draft)
    except NotAllowed:
        raise
    except DomainError as error:
        context = _context(request, draft_or_404(request, pk)) | {"error": error}
        context |= {name: request.POST.get(name, "") for name in ("comment", "text")}
        return render(request, PAGE, context, status=error.status)
    following = _mine_to_decide(request).order_by("submitted_at", "pk").first()
    args = [following.pk] if following else []
    target = reverse(f"responses:approval{'' if args else 's'}", args=args)
    return toast(request, redirect(f"{target}?queued={queued}" if queued else target), words)


@door("responses.approve_draft", "POST")
def preview(request: DeskRequest, pk: int) -> HttpResponse:
    """The text as edited so far: card, count, and what it changes."""
    draft = draft_or_404(request, pk)
    text = wording.tidy(request.POST.get("text", ""))
    return render(request, f"{PAGE}#preview", _preview(draft, text))


def _mine_to_decide(request: DeskRequest) -> Any:
    return (
        Draft.objects.visible_to(request.user).waiting_for_approval().exclude(author=request.user)
    )


def _just_queued(request: DeskRequest) -> Reply | None:
    """Return the reply that the last decision queued, while it can still be taken back."""
    pk = request.GET.get("queued", "")
    if not pk.isdecimal() or len(pk) > MOST_DIGITS:
        return None
    rows = Reply.objects.visible_to(request.user).select_related("conversation__author")
    return rows.filter(pk=pk, status=Reply.Status.QUEUED, send_after__gt=timezone.now()).first()


def _decide(request: DeskRequest, draft: Draft) -> tuple[str, str]:
    """Carry out the pressed button; return what to say, and the id of the reply it queued."""
    values = cleaned(DecisionForm(request.POST))
    common = {"draft": draft, "by": request.user, "content_hash": values["content_hash"]}
    who = {"handle": draft.conversation.author.handle}
    decision = request.POST.get("decision")
    if decision == "return":
        approvals.request_changes(**common, comment=values["comment"])
        return _("Returned to %(author)s with your note.") % {"author": draft.author}, ""
    if decision == "reject":
        approvals.reject(**common, comment=values["comment"])
        return _("Reply to @%(handle)s rejected.") % who, ""
    made = approvals.approve(
        **common,
        comment=values["comment"],
        text=values["text"] if decision == "approve_edited" else None,
        acknowledged_version=values["seen_version"] if values["has_read"] else None,
    )
    return _("Reply to @%(handle)s approved and queued.") % who, str(made.reply.pk)


def _context(request: DeskRequest, draft: Draft) -> dict[str, Any]:
    conversation = draft.conversation
    newest = conversation.messages.select_related("author").order_by("-sent_at", "-pk")[:THREAD]
    has_news = conversation.version > draft.seen_version
    news = news_since(conversation=conversation, since=draft.seen_at) if has_news else []
    apart = {message.pk for message in news} - {draft.target_id}
    decided = list(draft.approvals.select_related("by"))
    code = channel_stop(channel=conversation.channel, is_private=draft.is_private)
    return {
        "draft": draft,
        "conversation": conversation,
        "thread": [message for message in newest if message.pk not in apart][::-1],
        "news": news,
        "content_hash": approvals.hash_of(draft),
        "reason": reason(policy=policy_for(conversation.channel), is_private=draft.is_private),
        "earlier": decided,
        "is_own": draft.author_id == request.user.pk,
        "is_open": draft.status == Draft.Status.IN_REVIEW,
        "stop": STOPS[code] if code else None,
        "waiting": _mine_to_decide(request).order_by()[:SHOWN].count(),
        "undo": _just_queued(request),
        "text": draft.text,
        **_preview(draft, draft.text),
    }


def _preview(draft: Draft, text: str) -> dict[str, Any]:
    conversation = draft.conversation
    shown = list(draft.pictures.select_related("file"))
    answer = {
        "text": text,
        "target": draft.target,
        "conversation": conversation,
        "is_private": draft.is_private,
    }
    return {
        "draft": draft,
        "conversation": conversation,
        "preview_text": text,
        "is_edited": text != draft.text,
        "measure": measure(**answer),
        "problems": problems(**answer, media=pictures.media_of(shown)),
        "pictures": shown,
    }
