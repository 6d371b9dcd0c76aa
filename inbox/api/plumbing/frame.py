"""What the framework asks before a view is reached: may they, and in which format."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasRight(BasePermission):
    """The permission that the operation names; an operation that names none is closed.

    As on the pages, nothing opens while the role demands a second factor that is not set up.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action is None:
            return True  # no such method here, which the answer says
        handler = getattr(view, view.action)
        if not request.user.has_perm(getattr(handler, "permission", "")):
            return False
        if request.user.lacks_second_factor:
            raise PermissionDenied(_("Your role needs a second factor. Set one up on the pages."))
        return True


class OnlyJson(DefaultContentNegotiation):
    """Answers are JSON whatever is asked for, so that no error becomes another one."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class JsonParser(JSONParser):
    """JSON that nests deeper than Python follows is malformed, not a failure of ours."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The body is not readable JSON.")) from error
