"""What every view shares: permission, plain errors, and the word that something was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from inbox.lib.errors import DomainError
from inbox.models import User


class DeskRequest(HttpRequest):
    """A request as views see it: signed in, and perhaps from htmx."""

    htmx: HtmxDetails
    user: User  # type: ignore[assignment]


View = Callable[..., HttpResponse]


def door(permission: str, *methods: str) -> Callable[[View], View]:
    """Guard a view: signed in, `permission` held, one of `methods` (default GET).

    A DomainError becomes a toast for htmx and a page otherwise, with the error's own status.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except DomainError as error:
                return show_error(request, error)

        checked = permission_required(permission, raise_exception=True)(guarded)
        return login_required(require_http_methods(list(methods or ("GET",)))(checked))

    return decorate


def show_error(request: DeskRequest, error: DomainError) -> HttpResponse:
    """Answer with `error` in words, without touching what the person has typed."""
    if request.htmx:
        response = HttpResponse(status=error.status)
        response["HX-Reswap"] = "none"
        return toast(request, response, str(error), tone="danger")
    return render(request, "error.html", {"error": error}, status=error.status)


def toast(
    request: DeskRequest,
    response: HttpResponse,
    text: str,
    *,
    undo_url: str = "",
    tone: str = "info",
) -> HttpResponse:
    """Let `response` say `text`: as a toast through htmx, else as a message on the next page."""
    if request.htmx:
        triggers = json.loads(response.get("HX-Trigger", "{}"))
        triggers["toast"] = {"text": str(text), "undo": undo_url, "tone": tone}
        response["HX-Trigger"] = json.dumps(triggers)
    else:
        level = messages.ERROR if tone == "danger" else messages.SUCCESS
        messages.add_message(request, level, text)
    return response
