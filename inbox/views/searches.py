"""Saved searches: the list, the form with a look at what it would find, pause and delete."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.models import SavedSearch
from inbox.operations import previews, searches
from inbox.operations.searches import cost_of
from inbox.views.door import DeskRequest, door, toast
from inbox.views.search_forms import SearchForm, TrialForm

READ = "inbox.view_savedsearch"
MANAGE = "inbox.manage_savedsearch"
LIST = "inbox/listening/index.html"
FORM = "inbox/listening/form.html"


@door(READ)
def index(request: DeskRequest) -> HttpResponse:
    """All searches with what they found today; `#list` is the part that keeps itself fresh."""
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(counts__at__gte=start)
    ids = request.user.channel_ids
    if ids is not None:
        today &= Q(counts__channel__in=ids)
    rows = SavedSearch.objects.visible_to(request.user).prefetch_related(
        "channels__server", "streams"
    )
    rows = rows.annotate(today=Coalesce(Sum("counts__count", filter=today), 0))
    context = {"searches": [_shown(row, request) for row in rows]}
    return render(request, LIST + ("#list" if request.htmx else ""), context)


def _shown(row: SavedSearch, request: DeskRequest) -> dict[str, Any]:
    """Return a search with what its streams say, those that `request`'s reader may see."""
    channels = [channel for channel in row.channels.all() if request.user.sees(channel.pk)]
    streams = [stream for stream in row.streams.all() if request.user.sees(stream.channel_id)]
    read_at = [stream.last_success_at for stream in streams if stream.last_success_at]
    costs = [cost_of(channel, row.terms) for channel in channels]
    return {
        "search": row,
        "channels": channels,
        "read_at": max(read_at, default=None),
        "is_read_along": bool(channels) and not streams,
        "trouble": next((stream.last_error for stream in streams if stream.last_error), ""),
        "spent": max(costs, default=0.0) * row.read_today,
        "may_change": request.user.has_perm(MANAGE)
        and all(request.user.sees(channel.pk) for channel in row.channels.all()),
    }


@door(MANAGE, "GET", "POST")
def new(request: DeskRequest) -> HttpResponse:
    """Save a search; tried out first, if somebody likes."""
    return _form(request, None)


@door(MANAGE, "GET", "POST")
def edit(request: DeskRequest, pk: int) -> HttpResponse:
    """Change what a search listens for."""
    return _form(request, find(request, pk))


def _form(request: DeskRequest, search: SavedSearch | None) -> HttpResponse:
    if search:
        searches.check_may_listen(request.user, search.channels.all())
    form = SearchForm(request.POST or None, reader=request.user, search=search)
    if request.method == "POST" and form.is_valid():
        row = searches.save_search(order=form.order, by=request.user, search=search)
        words = _("“%(name)s” listens from now on.") % {"name": row.name}
        return toast(request, redirect("inbox:searches"), words)
    return _show(request, form, status=422 if form.errors else 200)


@door(MANAGE, "POST")
def preview(request: DeskRequest) -> HttpResponse:
    """Ask the networks what the form would find; `search` says whose form it is."""
    number = request.POST.get("search", "")
    search = find(request, int(number)) if number.isdecimal() and len(number) < 19 else None
    form = TrialForm(request.POST, reader=request.user, search=search)
    samples = None
    if form.is_valid():
        order = form.order
        samples = previews.preview(terms=order.terms, channels=order.channels, by=request.user)
    if request.htmx:
        return render(request, FORM + "#preview", {"form": form, **_totals(samples)})
    return _show(request, form, samples=samples)


def _show(
    request: DeskRequest,
    form: SearchForm,
    *,
    samples: list[previews.Sample] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "search": form.search, **_totals(samples)}
    return render(request, FORM, context, status=status)


def _totals(samples: list[previews.Sample] | None) -> dict[str, Any]:
    if samples is None:
        return {"samples": None}
    return {
        "samples": samples,
        "per_day": sum(sample.per_day for sample in samples),
        "kept_per_day": sum(sample.kept_per_day for sample in samples),
        "cost_per_day": sum(sample.cost_per_day for sample in samples),
        "cost_now": sum(sample.cost_now for sample in samples),
    }


@door(MANAGE, "POST")
def pause(request: DeskRequest, pk: int) -> HttpResponse:
    """Pause or resume, by the `paused` field of the form."""
    search = find(request, pk)
    paused = request.POST.get("paused") == "1"
    searches.set_paused(search=search, paused=paused, by=request.user)
    words = _("“%(name)s” is paused.") if paused else _("“%(name)s” listens again.")
    return toast(request, redirect("inbox:searches"), words % {"name": search.name})


@door(MANAGE, "POST")
def delete(request: DeskRequest, pk: int) -> HttpResponse:
    search = find(request, pk)
    name = search.name
    searches.delete_search(search=search, by=request.user)
    words = _("“%(name)s” is deleted. What it brought into the inbox stays.")
    return toast(request, redirect("inbox:searches"), words % {"name": name})


def find(request: DeskRequest, pk: int) -> SavedSearch:
    return get_object_or_404(SavedSearch.objects.visible_to(request.user), pk=pk)
