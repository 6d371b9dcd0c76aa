"""The queue: the list of conversations, page by page, and the rows that changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.company import attach
from inbox.filters import QueueFilter
from inbox.forms import snooze_choices
from inbox.lib.errors import BadInput
from inbox.lib.prepared import Prepared
from inbox.models import Column, SavedView, User
from inbox.models.view import SavedViewQuerySet
from inbox.pickers import Lists
from inbox.views.door import DeskRequest, door

MOST_ROWS = 100
MOST_VIEWS = 30  # in the switcher

_views = Prepared(
    lambda user: SavedView.objects.visible_to(User(pk=user))[:MOST_VIEWS],
)


@door("inbox.view_conversation")
def queue(request: DeskRequest) -> HttpResponse:
    """The desk with nothing open; through htmx only the list, with `?after=` its next rows."""
    lists = Lists(request.user)
    cursor = request.GET.get("after", "")
    context = list_context(request, lists, cursor)
    # Only a swap of the whole pane takes the form; what the form itself fetches leaves it be.
    context["is_part"] = request.htmx.target == "list-body"
    if request.htmx and not request.htmx.history_restore_request:
        answer = render(request, "inbox/_list.html" + ("#rows" if cursor else ""), context)
        if request.htmx.trigger == "filters":  # a form sends its empty fields too
            answer["HX-Push-Url"] = reverse("inbox:queue") + context["found"].suffix
        return answer
    return render(request, "inbox/panes.html", context)


@door("inbox.view_conversation")
def rows(request: DeskRequest) -> HttpResponse:
    """Those of `?ids=` that belong into the list under the filters, in its order."""
    ids = read_ids(request.GET.get("ids", ""))
    found = QueueFilter(request.GET, user=request.user, lists=Lists(request.user))
    matching = found.matching.filter(pk__in=ids).order_by(*found.order.columns)
    changed = found.with_hits(list(matching.with_row().with_unread(request.user)))
    attach(changed, reader=request.user)
    context = {"found": found, "rows": changed, "count": found.count}
    context["columns"] = _columns(found, SavedView.objects.visible_to(request.user))
    return render(request, "inbox/_list.html#changed", context)


def list_context(request: DeskRequest, lists: Lists, cursor: str = "") -> dict[str, Any]:
    """What the list pane shows under the filters of the address."""
    found = QueueFilter(request.GET, user=request.user, lists=lists)
    page = found.page(cursor)
    attach(page.rows, reader=request.user)
    context = {"found": found, "page": page, "rows": page.rows}
    if cursor:
        return context | {"columns": _columns(found, SavedView.objects.visible_to(request.user))}
    views = _views(request.user.pk)
    view = next((one for one in views if str(one.pk) == found.values.get("view")), None)
    return context | {
        "lists": lists,
        "snooze_choices": snooze_choices(),
        "views": views,
        "view": view,
        "columns": view.columns if view else Column.values,
        "is_changed": _is_changed(found, view),
        # Only a list that fits on its page is counted here; the rest is counted afterwards.
        "count": f"{len(page.rows)}+" if page.cursor else len(page.rows),
    }


def _columns(found: QueueFilter, views: SavedViewQuerySet) -> list[str]:
    """Which facts the rows show: those of the view that the page stands in, or all."""
    view = views.filter(pk=found.values["view"]).first() if "view" in found.values else None
    return view.columns if view else list(Column.values)


def _is_changed(found: QueueFilter, view: SavedView | None) -> bool:
    """Say whether the filters are others than those of the view, or of the plain queue."""
    filters = {name: value for name, value in found.values.items() if name != "view"}
    return filters != (view.filters if view else {})


def read_ids(text: str) -> list[int]:
    """Return the numbers of `?ids=`. Raises BadInput."""
    parts = text.split(",") if text else []
    if len(parts) > MOST_ROWS or not all(part.isdecimal() and len(part) < 19 for part in parts):
        raise BadInput(_("“ids” takes up to 100 numbers."))
    return [int(part) for part in parts]
