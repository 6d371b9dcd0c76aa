"""Labels: the words that sort conversations."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import serializers as s
from inbox.api.plumbing.doors import DeskViews, opens
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.lib.keyset import ById
from inbox.models import Label
from inbox.operations.labels import make_label

READ, TRIAGE = "inbox.view_conversation", "inbox.triage_conversation"


class LabelViews(DeskViews):
    """The words that sort conversations."""

    def rows(self) -> Any:
        return Label.objects.all()

    @opens(READ, gives=page_of(s.LabelOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List all labels."""
        return self.page(s.LabelOut, self.rows(), ById("labels"))

    @opens(READ, gives=s.LabelOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one label."""
        return self.shown(s.LabelOut, self.row())

    @opens(TRIAGE, takes=s.LabelIn, gives=s.LabelOut, status=201)
    def create(self, request: Request) -> Response:
        """Make a label; the one that exists is returned if there is one of this name."""
        return self.shown(s.LabelOut, make_label(**self.values(s.LabelIn), by=request.user), 201)
