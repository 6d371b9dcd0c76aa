"""What hangs on messages: looked at, saved, asked for again."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from inbox.models import Attachment
from inbox.operations import attachments
from inbox.views.conversations import TRIAGE, answer, find
from inbox.views.door import DeskRequest, door, toast
from inbox.views.serving import serve


@door("inbox.view_conversation")
def attachment(request: DeskRequest, pk: int) -> HttpResponse:
    """One attachment, large, with the others of its message beside it."""
    row = _stored(request, pk)
    others = row.message.attachments.filter(state=Attachment.State.STORED).select_related("file")
    context = {
        "attachment": row,
        "message": row.message,
        "others": others if len(others) > 1 else (),
    }
    return render(request, "inbox/attachment.html", context)


@door("inbox.view_conversation")
def file(request: DeskRequest, pk: int) -> HttpResponse:
    """The bytes as they came, by stretches if a player wants it so."""
    row = _stored(request, pk)
    assert row.file is not None  # noqa: S101 - stored
    return serve(
        request,
        row.file.content,
        content_type=row.file.content_type if row.family != "file" else "",
        name=row.file_name,
        etag=row.file.sha256,
    )


@door("inbox.view_conversation")
def small(request: DeskRequest, pk: int) -> HttpResponse:
    """The small copy of a picture, made by us."""
    row = _stored(request, pk)
    if row.file is None or not row.file.thumbnail:
        raise Http404
    return serve(
        request,
        row.file.thumbnail,
        content_type="image/webp",
        name=f"attachment-{row.pk}.webp",
        etag=f"{row.file.sha256}-small",
    )


@door(TRIAGE, "POST")
def again(request: DeskRequest, pk: int) -> HttpResponse:
    """Let workers fetch what they gave up."""
    row = _find(request, pk)
    attachments.try_again(attachment=row, by=request.user)
    words = _("%(name)s is being fetched again.") % {"name": row.file_name}
    if row.message.conversation_id:
        return answer(request, find(request, row.message.conversation_id), None, words)
    return toast(request, redirect("inbox:queue"), words)


def _find(request: DeskRequest, pk: int) -> Attachment:
    rows = Attachment.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("message", "file"), pk=pk)


def _stored(request: DeskRequest, pk: int) -> Attachment:
    rows = Attachment.objects.visible_to(request.user).filter(state=Attachment.State.STORED)
    around = ("file", "message__channel", "message__author")
    return get_object_or_404(rows.select_related(*around), pk=pk)
