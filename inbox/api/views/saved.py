"""Saved views: names for sets of filters, one's own and those that others share."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import view_serializers as s
from inbox.api.plumbing.doors import DeskViews, opens
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.lib.keyset import ById
from inbox.models import SavedView
from inbox.operations import views

READ, KEEP = "inbox.view_conversation", "inbox.keep_view"


class SavedViewViews(DeskViews):
    """Names for sets of filters."""

    def rows(self) -> Any:
        return SavedView.objects.visible_to(self.request.user).select_related("owner")

    @opens(READ, gives=page_of(s.SavedViewOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List your own views and those that are shared with you."""
        return self.page(s.SavedViewOut, self.rows(), ById("views"))

    @opens(READ, gives=s.SavedViewOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one view."""
        return self.shown(s.SavedViewOut, self.row())

    @opens(KEEP, takes=s.ViewIn, gives=s.SavedViewOut, status=201)
    def create(self, request: Request) -> Response:
        """Keep filters under a name, as the last of your views."""
        view = views.save_view(**self.values(s.ViewIn), by=request.user)
        return self.shown(s.SavedViewOut, view, 201)

    @opens(KEEP, takes=s.ViewChangeIn, gives=s.SavedViewOut)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say how it is called, what its rows show, and who shares it."""
        values, view = self.values(s.ViewChangeIn), self.row()
        names = ("name", "columns", "team", "is_for_everybody")
        facts = {name: values.get(name, getattr(view, name)) for name in names}
        views.change_view(view=view, by=request.user, **facts)
        return self.shown(s.SavedViewOut, self.row())

    @opens(KEEP, takes=s.RefitIn, gives=s.SavedViewOut)
    def refit(self, request: Request, pk: str) -> Response:
        """Let it stand for other filters from now on."""
        filters = self.values(s.RefitIn)["filters"]
        views.refit_view(view=self.row(), filters=filters, by=request.user)
        return self.shown(s.SavedViewOut, self.row())

    @opens(KEEP, takes=s.MoveIn, gives=s.SavedViewOut)
    def move(self, request: Request, pk: str) -> Response:
        """Move it one place among the views of its owner."""
        step = -1 if self.values(s.MoveIn)["to"] == "up" else 1
        views.move_view(view=self.row(), step=step, by=request.user)
        return self.shown(s.SavedViewOut, self.row())

    @opens(KEEP, gives=None, status=204)
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it for everybody who shared it; conversations are left alone."""
        views.delete_view(view=self.row(), by=request.user)
        return Response(status=204)
