"""All addresses of the API, its description, and errors that never reach one of its views."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from crisisdesk.reference import Reference, reference_of
from inbox.api.plumbing import problems

app_name = "api"


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI description: the same for everybody, and made once."""
    with override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@login_not_required
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The description, for programs that make clients of it; it holds nothing of this desk."""
    return JsonResponse(description(), content_type="application/vnd.oai.openapi+json")


@cache
def reference(base: str) -> Reference:
    return reference_of(description(), base)


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page, which works without the internet and without JavaScript."""
    made, sought = reference(settings.SITE_URL), request.GET.get("q", "").strip()
    groups = [group.matching(sought) for group in made.groups]
    found = sum(len(group.operations) for group in groups)
    base = {"base": settings.SITE_URL, "reference": made, "sought": sought}
    return render(request, "api/docs.html", base | {"groups": groups, "found": found})


@login_not_required
@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """No address below /api/ answers with a page, nor with a redirection that drops the method."""
    return problems.not_found()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problems.problem(400, "malformed", _("The request cannot be read."))
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return problems.failed() if is_api(request) else defaults.server_error(request)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


urlpatterns = [
    path("schema/", schema, name="schema"),
    path("docs/", docs, name="docs"),
    path("v1/", include(("inbox.api.urls", "inbox"), namespace="inbox")),
    path("v1/", include(("responses.api.urls", "responses"), namespace="responses")),
    re_path(r"", nothing_here),
]
