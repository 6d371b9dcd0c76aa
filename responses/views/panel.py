"""The reply panel of a conversation: what is on its way, and the composer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, DomainError
from inbox.models import Conversation
from inbox.views.door import DeskRequest, door, toast
from responses.errors import ConversationMoved, DraftChanged, DraftClosed
from responses.forms import MOST_DIGITS, ComposerForm, cleaned
from responses.models import Draft, Reply
from responses.operations import drafts, pictures
from responses.operations.sendable import measure
from responses.operations.wording import tidy
from responses.views import shown
from responses.views.finding import conversation_or_404, draft_or_404

PAGE = "responses/panel.html"


@door("inbox.view_conversation")
def panel(request: DeskRequest, pk: int) -> HttpResponse:
    """The whole panel; a page of its own without htmx."""
    return _show(request, shown.panel(conversation_or_404(request, pk), request.user))


@door("inbox.view_conversation")
def statuses(request: DeskRequest, pk: int) -> HttpResponse:
    """Only what is on its way, never the composer with what somebody is typing."""
    conversation = conversation_or_404(request, pk)
    return render(request, f"{PAGE}#replies", shown.on_the_way(conversation, request.user))


@door("responses.write_draft", "POST")
def save(request: DeskRequest, pk: int) -> HttpResponse:
    """Keep what has been typed; answers with the word "Saved" and the network's own count."""
    conversation = conversation_or_404(request, pk)
    try:
        draft = _keep(request, conversation)
    except DomainError as error:
        context = {"error": error, "conversation": conversation}
        response = render(request, f"{PAGE}#unsaved", context, status=error.status)
        response["X-Fragment"] = "1"  # composer.js shows it in spite of its status
        return response
    length = measure(
        text=tidy(draft.text),
        target=draft.target,
        conversation=conversation,
        is_private=draft.is_private,
    )
    context = {"draft": draft, "measure": length, "conversation": conversation}
    return render(request, f"{PAGE}#saved", context)


@door("responses.write_draft", "POST")
def compose(request: DeskRequest, pk: int) -> HttpResponse:
    """Submit, discard, or go on writing after having read what is new."""
    conversation = conversation_or_404(request, pk)
    try:
        words, undo_url = _act(request)(request, _keep(request, conversation))
    except ConversationMoved as error:
        return _refuse(request, conversation, error, news=error.messages)
    except DomainError as error:
        return _refuse(request, conversation, error)
    if not request.htmx and not words:  # it is still being written
        return redirect("responses:panel", conversation.pk)
    if not request.htmx:
        return toast(request, redirect(conversation), words)
    response = _show(request, shown.panel(conversation, request.user))
    return toast(request, response, words, undo_url=undo_url) if words else response


@door("responses.write_draft", "POST")
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take a submitted text back into the composer."""
    draft = drafts.withdraw(draft=draft_or_404(request, pk), by=request.user)
    if not request.htmx:
        return redirect("responses:panel", draft.conversation_id)
    conversation = conversation_or_404(request, draft.conversation_id)
    return _show(request, shown.panel(conversation, request.user))


def _submit(request: DeskRequest, draft: Draft) -> tuple[str, str]:
    values = cleaned(ComposerForm(request.POST))
    done = drafts.submit(
        draft=draft,
        by=request.user,
        seen_version=values["seen_version"],
        seen_at=values["seen_at"],
    )
    who = {"handle": draft.conversation.author.handle}
    if isinstance(done, Reply):
        return (
            _("Reply to @%(handle)s queued.") % who,
            reverse("responses:act", args=[done.pk, "cancel"]),
        )
    return _("Reply to @%(handle)s submitted for approval.") % who, ""


def _discard(request: DeskRequest, draft: Draft) -> tuple[str, str]:
    drafts.discard(draft=draft, by=request.user)
    return _("Draft discarded. Its text stays in the record."), ""


def _acknowledge(request: DeskRequest, draft: Draft) -> tuple[str, str]:
    version = cleaned(ComposerForm(request.POST))["seen_version"]
    drafts.acknowledge(draft=draft, by=request.user, version=version)
    return "", ""


def _add_pictures(request: DeskRequest, draft: Draft) -> tuple[str, str]:
    """Put the chosen files on the reply."""
    files = request.FILES.getlist("pictures")
    if not files:
        raise BadInput(_("Choose a picture first."))
    for file in files:
        if (file.size or 0) > settings.ATTACHMENT_BYTES:
            raise BadInput(_("This file is larger than the desk takes."))
        pictures.add_picture(draft=draft, content=file.read(), by=request.user)
    return "", ""


def _remove_picture(request: DeskRequest, draft: Draft) -> tuple[str, str]:
    number = request.POST["act"].removeprefix(REMOVE)
    if number.isdecimal() and len(number) <= MOST_DIGITS:
        pictures.remove_picture(draft=draft, picture_id=int(number), by=request.user)
    return "", ""


Act = Callable[[DeskRequest, Draft], tuple[str, str]]
REMOVE = "remove-"  # and the id of the picture
ACTS: dict[str, Act] = {
    "submit": _submit,
    "discard": _discard,
    "acknowledge": _acknowledge,
    "picture": _add_pictures,
}


def _act(request: DeskRequest) -> Act:
    name = request.POST.get("act", "submit")
    return _remove_picture if name.startswith(REMOVE) else ACTS.get(name, _submit)


def _keep(request: DeskRequest, conversation: Conversation) -> Draft:
    """Save the text of the form into the draft it belongs to, begun now if need be."""
    form = ComposerForm(request.POST)
    values = cleaned(form)
    draft = drafts.open_draft(
        conversation=conversation,
        by=request.user,
        seen_version=values["seen_version"],
        seen_at=values["seen_at"],
        after=values["last"],
    )
    if values["draft"] and values["draft"] != draft.pk:
        raise DraftClosed(
            _("This reply was already submitted from another page."), text=values["text"]
        )
    is_known = values["draft"] or values["replaces"]
    if not is_known and not values["text"].startswith(draft.text):
        raise DraftChanged(
            _("You have begun this reply in another place, so what you see is not saved."),
            text=values["text"],
        )
    kept = drafts.save_text(draft=draft, by=request.user, text=values["text"], base=values["base"])
    if form.descriptions:
        pictures.describe_pictures(draft=kept, descriptions=form.descriptions, by=request.user)
    return kept


def _show(request: DeskRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    template = f"{PAGE}#panel" if request.htmx else PAGE
    return render(request, template, context, status=status)


def _refuse(
    request: DeskRequest, conversation: Conversation, error: DomainError, **changes: Any
) -> HttpResponse:
    """Show the composer again with the error above the very text that was sent."""
    conversation = conversation_or_404(request, conversation.pk)
    changes |= {"error": error, "text": request.POST.get("text", "")}
    response = _show(
        request, shown.panel(conversation, request.user, **changes), status=error.status
    )
    response["X-Fragment"] = "1"  # composer.js shows it in spite of its status
    return response
