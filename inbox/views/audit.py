"""The record: who did what and when, for reading only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.lib.keyset import Order
from inbox.models import AuditEvent, User
from inbox.templatetags.record import verbs
from inbox.views.door import DeskRequest, door

PAGE = 100
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
# Beyond these years a day may have no beginning in another time zone.
THESE_DAYS = [MinValueValidator(date(1970, 1, 2)), MaxValueValidator(date(2999, 12, 31))]
NEWEST = Order("record", "at", is_descending=True)


class AuditFilter(django_filters.FilterSet):
    """The record, by who, what and when."""

    actor = django_filters.ChoiceFilter(
        label=_("Who"), empty_label=_("anybody"), method="filter_actor"
    )
    verb = django_filters.ChoiceFilter(label=_("What"), empty_label=_("anything"))
    since = django_filters.DateFilter(
        label=_("From"), method="filter_since", widget=DAY, validators=THESE_DAYS
    )
    until = django_filters.DateFilter(
        label=_("To"), method="filter_until", widget=DAY, validators=THESE_DAYS
    )
    conversation = django_filters.NumberFilter(
        label=_("Conversation"), field_name="conversation_id"
    )

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def __init__(self, data: Any, *, people: Iterable[User], verbs: list[tuple[str, Any]]) -> None:
        super().__init__(data, queryset=AuditEvent.objects.select_related("actor"))
        actors = [("desk", _("the desk itself"))]
        actors += [(str(person.pk), str(person)) for person in people]
        self.filters["actor"].extra["choices"] = actors
        self.filters["verb"].extra["choices"] = verbs

    def filter_actor(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(actor=None if value == "desk" else value)

    def filter_since(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(at__gte=_start_of(value))

    def filter_until(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(at__lt=_start_of(value + timedelta(days=1)))

    @property
    def query(self) -> str:
        self.is_valid()
        return urlencode({key: str(v) for key, v in self.form.cleaned_data.items() if v})


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@door("inbox.view_auditevent")
def audit(request: DeskRequest) -> HttpResponse:
    """The newest lines of the record; through htmx with `?after=` the lines that follow."""
    people = User.objects.order_by("username")
    found = AuditFilter(request.GET, people=people, verbs=verbs())
    cursor = request.GET.get("after", "")
    rows = found.qs.order_by(*NEWEST.columns)
    if cursor:
        rows = NEWEST.after(rows, cursor)
    events = list(rows[: PAGE + 1])
    more = NEWEST.cursor(events[PAGE - 1]) if len(events) > PAGE else ""
    context = {"found": found, "events": events[:PAGE], "more": more, "is_first": not cursor}
    template = "inbox/audit.html" + ("#rows" if cursor and request.htmx else "")
    return render(request, template, context)
