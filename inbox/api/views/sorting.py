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
from inbox.operations.labels import change_label, delete_label, make_label, merge_label

READ, TRIAGE, MANAGE = (
    "inbox.view_conversation", "inbox.triage_conversation", "inbox.manage_label"
)  # fmt: skip


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

    @opens(MANAGE, takes=s.LabelIn, gives=s.LabelOut)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Give it another name or colour; both are sent."""
        row = change_label(label=self.row(), **self.values(s.LabelIn), by=request.user)
        return self.shown(s.LabelOut, row)

    @opens(MANAGE, takes=s.MergeIn, gives=s.LabelOut)
    def merge(self, request: Request, pk: str) -> Response:
        """Put another label on everything that has this one, then delete this one."""
        into = self.values(s.MergeIn)["into"]
        merge_label(label=self.row(), into=into, by=request.user)
        return self.shown(s.LabelOut, into)

    @opens(MANAGE, gives=None, status=204)
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it; conversations lose it and are otherwise left alone."""
        delete_label(label=self.row(), by=request.user)
        return Response(status=204)
