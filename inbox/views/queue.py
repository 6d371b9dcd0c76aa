"""The queue: the list of conversations, page by page, and the rows that changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.filters import QueueFilter
from inbox.lib.errors import BadInput
from inbox.pickers import Lists
from inbox.views.door import DeskRequest, door

MOST_ROWS = 100


@door("inbox.view_conversation")
def queue(request: DeskRequest) -> HttpResponse:
    """The desk with nothing open; through htmx only the list, with `?after=` its next rows."""
    lists = Lists()
    cursor = request.GET.get("after", "")
    context = list_context(request, lists, cursor)
    if request.htmx and not request.htmx.history_restore_request:
        answer = render(request, "inbox/_list.html" + ("#rows" if cursor else ""), context)
        if request.htmx.trigger == "filters":  # a form sends its empty fields too
            answer["HX-Push-Url"] = reverse("inbox:queue") + context["found"].suffix
        return answer
    return render(request, "inbox/panes.html", context | {"lists": lists})


@door("inbox.view_conversation")
def rows(request: DeskRequest) -> HttpResponse:
    """Those of `?ids=` that belong into the list under the filters, in its order."""
    ids = _ids(request.GET.get("ids", ""))
    found = QueueFilter(request.GET, user=request.user, lists=Lists())
    changed = found.matching.filter(pk__in=ids).order_by(*found.order.columns).with_row()
    context = {"found": found, "rows": list(changed)}
    return render(request, "inbox/_list.html#changed", context)


def list_context(request: DeskRequest, lists: Lists, cursor: str = "") -> dict[str, Any]:
    """What the list pane shows under the filters of the address."""
    found = QueueFilter(request.GET, user=request.user, lists=lists)
    page = found.page(cursor)
    return {"found": found, "page": page, "rows": page.rows}


def _ids(text: str) -> list[int]:
    parts = text.split(",") if text else []
    if len(parts) > MOST_ROWS or not all(part.isdecimal() and len(part) < 19 for part in parts):
        raise BadInput(_("“ids” takes up to 100 numbers."))
    return [int(part) for part in parts]
