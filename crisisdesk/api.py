"""All addresses of the API, its description, and the page that shows it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView

from inbox.api.plumbing import problems

app_name = "api"


def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page that works without the internet."""
    return render(request, "api/docs.html")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """No address below /api/ answers with a page, nor with a redirection that drops the method."""
    return problems.not_found()


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("v1/", include(("inbox.api.urls", "inbox"), namespace="inbox")),
    path("v1/", include(("responses.api.urls", "responses"), namespace="responses")),
    re_path(r"", nothing_here),
]
