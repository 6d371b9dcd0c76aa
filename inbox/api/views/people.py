"""People: the authors outside, the colleagues inside, their teams, and oneself."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import serializers as s
from inbox.api.plumbing.doors import DeskViews, opens
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.lib.keyset import ById
from inbox.models import Author, Team, User

READ = "inbox.view_conversation"


class AuthorViews(DeskViews):
    """The people outside who wrote to channels that you see."""

    def rows(self) -> Any:
        return Author.objects.visible_to(self.request.user).select_related("person")

    @opens(READ, gives=page_of(s.AuthorOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List the authors, the latest first."""
        return self.page(s.AuthorOut, self.rows(), ById("authors", is_descending=True))

    @opens(READ, gives=s.AuthorOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one author."""
        return self.shown(s.AuthorOut, self.row())


class UserViews(DeskViews):
    """The colleagues at the desk."""

    def rows(self) -> Any:
        return User.objects.all()

    @opens(READ, gives=page_of(s.UserOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List the colleagues."""
        return self.page(s.UserOut, self.rows(), ById("users"))

    @opens(READ, gives=s.UserOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one colleague."""
        return self.shown(s.UserOut, self.row())


class TeamViews(DeskViews):
    """The teams that you are in; all of them for those who answer for the whole desk."""

    def rows(self) -> Any:
        user, rows = self.request.user, Team.objects.prefetch_related("members")
        return rows if user.role in User.SEES_ALL else rows.filter(members=user.pk)

    @opens(READ, gives=page_of(s.TeamOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List the teams."""
        return self.page(s.TeamOut, self.rows(), ById("teams"))

    @opens(READ, gives=s.TeamOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one team."""
        return self.shown(s.TeamOut, self.row())


class MeViews(DeskViews):
    """Who is asking."""

    @opens(READ, gives=s.MeOut)
    def retrieve(self, request: Request) -> Response:
        """Show who the desk takes you for, and what you may do."""
        user = request.user
        scopes = None if user.scopes is None else sorted(user.scopes)
        shown = s.MeOut(user).data | {
            "permissions": sorted(user.get_all_permissions()),
            "scopes": scopes,
        }
        return Response(shown)
