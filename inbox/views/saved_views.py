"""Saved views: the switcher's counts, and the pages that keep, share and order them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.counts import recent_count_of
from inbox.filters import QueueFilter
from inbox.forms import cleaned
from inbox.models import Column, SavedView, Team, User
from inbox.operations import views as operations
from inbox.pickers import Lists
from inbox.views.door import DeskRequest, door, toast

READ, KEEP = "inbox.view_conversation", "inbox.keep_view"
MOST_COUNTS = 12  # views further down the switcher show no number


class ViewForm(forms.Form):
    """Name, facts and readers of a view."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )
    share = forms.ChoiceField(
        label=gettext_lazy("Who sees it"),
        help_text=gettext_lazy("Others see in it only what they may see anyway."),
        required=False,
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("What its rows show"),
        choices=Column.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Only me"))]
        if user.has_perm("inbox.share_view"):
            choices += [("everybody", _("Everybody"))]
            choices += [(str(team.pk), team.name) for team in Team.objects.all()]
        self.fields["share"].choices = choices  # type: ignore[attr-defined]

    @property
    def facts(self) -> dict[str, Any]:
        """What an operation takes. Raises BadInput."""
        values = cleaned(self)
        share = values.pop("share")
        team = Team.objects.filter(pk=share).first() if share.isdecimal() else None
        return values | {"team": team, "is_for_everybody": share == "everybody"}


@door(READ)
def index(request: DeskRequest) -> HttpResponse:
    rows = list(SavedView.objects.visible_to(request.user).select_related("owner", "team"))
    lists, user = Lists(request.user), request.user
    for row in rows:
        row.found = QueueFilter(row.filters, user=user, lists=lists)
        row.is_mine = row.owner_id == user.pk
        row.may_change = row.is_mine or user.has_perm("inbox.share_view")
    return render(request, "inbox/views/index.html", {"views": rows})


@door(READ)
def counts(request: DeskRequest) -> HttpResponse:
    """How many each view of the switcher holds, and the list under the filters of the address."""
    lists, user = Lists(request.user), request.user
    here = QueueFilter(request.GET, user=user, lists=lists)
    views = SavedView.objects.visible_to(user)[:MOST_COUNTS]
    found = [(view.pk, QueueFilter(view.filters, user=user, lists=lists)) for view in views]
    numbers = [(pk, None if one.lost else recent_count_of(one)) for pk, one in found]
    context = {"numbers": numbers, "count": recent_count_of(here)}
    return render(request, "inbox/views/_counts.html", context)


@door(KEEP, "GET", "POST")
def new(request: DeskRequest) -> HttpResponse:
    """Keep the filters of the address under a name."""
    found = QueueFilter(request.GET, user=request.user, lists=Lists(request.user))
    form = ViewForm(request.POST or None, user=request.user, initial={"columns": Column.values})
    if request.method == "POST":
        view = operations.save_view(filters=_filters(found), by=request.user, **form.facts)
        return toast(request, redirect(view), _("“%(name)s” is saved.") % {"name": view})
    return render(request, "inbox/views/form.html", {"form": form, "found": found})


@door(KEEP, "GET", "POST")
def edit(request: DeskRequest, pk: int) -> HttpResponse:
    view = find(request, pk)
    share = "everybody" if view.is_for_everybody else str(view.team_id or "")
    initial = {"name": view.name, "columns": view.columns, "share": share}
    form = ViewForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST":
        operations.change_view(view=view, by=request.user, **form.facts)
        return toast(request, redirect("inbox:views"), _("“%(name)s” is saved.") % {"name": view})
    found = QueueFilter(view.filters, user=request.user, lists=Lists(request.user))
    return render(request, "inbox/views/form.html", {"form": form, "found": found, "view": view})


@door(KEEP, "POST")
def refit(request: DeskRequest, pk: int) -> HttpResponse:
    """Let the view stand for the filters of the address."""
    found = QueueFilter(request.GET, user=request.user, lists=Lists(request.user))
    view = operations.refit_view(view=find(request, pk), filters=_filters(found), by=request.user)
    return toast(request, redirect(view), _("“%(name)s” is saved.") % {"name": view})


@door(KEEP, "POST")
def move(request: DeskRequest, pk: int) -> HttpResponse:
    step = -1 if request.POST.get("to") == "up" else 1
    operations.move_view(view=find(request, pk), step=step, by=request.user)
    return redirect("inbox:views")


@door(KEEP, "POST")
def delete(request: DeskRequest, pk: int) -> HttpResponse:
    view = find(request, pk)
    operations.delete_view(view=view, by=request.user)
    return toast(request, redirect("inbox:views"), _("“%(name)s” is deleted.") % {"name": view})


def find(request: DeskRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)


def _filters(found: QueueFilter) -> dict[str, str]:
    return {name: value for name, value in found.values.items() if name != "view"}
