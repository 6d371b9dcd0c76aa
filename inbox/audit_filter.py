"""Which lines of the record are shown: by who, what, where and when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inbox.lib.keyset import Order
from inbox.models import AuditEvent, Channel, Conversation, User
from inbox.templatetags.record import verbs

MOST_DIGITS = 18  # of an id; what is longer fits no column
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
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), empty_label=_("any"), method="filter_channel"
    )
    conversation = django_filters.NumberFilter(
        label=_("Conversation"), field_name="conversation_id"
    )
    target = django_filters.CharFilter(
        label=pgettext_lazy("column of the record", "On"),
        method="filter_target",
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": "inbox.user 5"}),
    )

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def __init__(self, data: Any, *, reader: User) -> None:
        rows = AuditEvent.objects.visible_to(reader).select_related("actor")
        super().__init__(data, queryset=rows)
        actors = [("desk", _("the desk itself"))]
        actors += [(str(one.pk), str(one)) for one in User.objects.order_by("username")]
        channels = Channel.objects.visible_to(reader).defer("secrets")
        self.filters["actor"].extra["choices"] = actors
        self.filters["verb"].extra["choices"] = verbs()
        self.filters["channel"].extra["choices"] = [(str(one.pk), one.name) for one in channels]

    def filter_actor(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(actor=None if value == "desk" else value)

    def filter_channel(self, rows: Any, name: str, value: str) -> Any:
        """Keep what was done on the channel, and in its conversations."""
        there = Conversation.objects.filter(pk=OuterRef("conversation_id"), channel=value)
        itself = Q(target_type=Channel._meta.label_lower, target_id=value)
        return rows.filter(itself | Exists(there))

    def filter_target(self, rows: Any, name: str, value: str) -> Any:
        """Keep lines about one thing: its kind as the record names it, and perhaps its number."""
        kind, _space, number = value.strip().partition(" ")
        rows = rows.filter(target_type=kind)
        if not number:
            return rows
        is_number = number.isdecimal() and len(number) <= MOST_DIGITS
        return rows.filter(target_id=number) if is_number else rows.none()

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
