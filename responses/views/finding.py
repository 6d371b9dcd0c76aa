"""Loading what an address names, if the reader may see it."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from inbox.lib.prepared import Prepared
from inbox.models import Conversation
from inbox.views.door import DeskRequest
from responses.models import Draft, Reply

_conversation = Prepared(
    lambda pk: (
        Conversation.objects.filter(pk=pk)
        .select_related("author", "channel__approval_policy")
        .defer("channel__secrets")
    )
)


def conversation_or_404(request: DeskRequest, pk: int) -> Conversation:
    row = _conversation.first(pk)
    if row is None or not row.is_visible_to(request.user):
        raise Http404
    return row


def reply_or_404(request: DeskRequest, pk: int) -> Reply:
    return get_object_or_404(Reply.objects.visible_to(request.user).with_row(), pk=pk)


def draft_or_404(request: DeskRequest, pk: int) -> Draft:
    rows = Draft.objects.visible_to(request.user).select_related(
        "author", "target__author", "conversation__author", "conversation__channel__approval_policy"
    )
    return get_object_or_404(rows, pk=pk)
