"""Pictures of replies, for the composer, the approval and the outbox."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from inbox.models import StoredFile
from inbox.views.door import DeskRequest, door
from inbox.views.serving import serve
from responses.models import DraftPicture, Reply, ReplyPicture


@door("inbox.view_conversation")
def of_draft(request: DeskRequest, pk: int) -> HttpResponse:
    """A picture of a reply that is being written or decided on."""
    rows = DraftPicture.objects.visible_to(request.user).select_related("file")
    return _served(request, get_object_or_404(rows, pk=pk).file)


@door("inbox.view_conversation")
def of_reply(request: DeskRequest, pk: int) -> HttpResponse:
    """A picture of a reply in the outbox, just as it leaves."""
    replies = Reply.objects.visible_to(request.user)
    rows = ReplyPicture.objects.filter(reply__in=replies).select_related("file")
    return _served(request, get_object_or_404(rows, pk=pk).file)


def _served(request: DeskRequest, file: StoredFile) -> HttpResponse:
    return serve(
        request,
        file.content,
        content_type=file.content_type,
        name=f"picture-{file.pk}",
        etag=file.sha256,
    )
