"""The live part of the frame: which channels are in trouble, above every page and in the rail."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from inbox.views.door import DeskRequest, door


@door("inbox.view_channel")
def trouble(request: DeskRequest) -> HttpResponse:
    """The bars for channels in trouble, and the dot in the rail; asked for when health changes."""
    return render(request, "partials/trouble.html", {"is_fragment": True})
