"""How saved views, and the filters of the queue, are shown to programs and taken from them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inbox.api.plumbing.doors import In
from inbox.api.serializers import PersonOut
from inbox.filters import QueueFilter
from inbox.models import Column, SavedView, Team
from inbox.pickers import Lists

# The saved view that a page stands in decides nothing about what matches.
FILTERS = {name: part for name, part in QueueFilter.base_filters.items() if name != "view"}


class SavedViewOut(serializers.ModelSerializer[SavedView]):
    """A name for a set of filters. It shows nobody more than they may see without it."""

    owner = PersonOut(read_only=True)
    filters = serializers.DictField(child=serializers.CharField(), read_only=True)
    columns = serializers.ListField(child=serializers.CharField(), read_only=True)
    team_id = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = SavedView
        fields = ("id", "name", "owner", "team_id", "is_for_everybody", "filters", "columns")
        read_only_fields = fields


class _Filters(In):
    """Filters and order of the queue, as `GET /conversations/` takes them; others are refused."""

    def validate(self, values: dict[str, str]) -> dict[str, str]:
        user = self.context["request"].user
        found = QueueFilter(values, user=user, lists=Lists(user))
        if not found.is_valid():
            raise serializers.ValidationError(found.form.errors)
        return {name: value for name, value in found.values.items() if name != "view"}


def _field(part: Any) -> serializers.CharField:
    return serializers.CharField(required=False, max_length=200, help_text=str(part.label))


FiltersIn = type("FiltersIn", (_Filters,), {name: _field(part) for name, part in FILTERS.items()})


class RefitIn(In):
    filters = FiltersIn()


class ViewChangeIn(In):
    """What is left out stays as it is. Sharing takes a manager or an admin."""

    name = serializers.CharField(max_length=60, required=False)
    columns = serializers.ListField(
        child=serializers.ChoiceField(choices=Column.choices),
        required=False,
        max_length=len(Column.values),
        help_text=_("What its rows show besides the name, the time and the first line."),
    )
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(),
        required=False,
        allow_null=True,
        error_messages={"does_not_exist": _("There is no team with the id {pk_value}.")},
        help_text=_("Who else finds it; null for no team."),
    )
    is_for_everybody = serializers.BooleanField(
        required=False, help_text=_("Everybody at the desk finds it; only without a team.")
    )


class ViewIn(ViewChangeIn):
    """A new view. Sharing takes a manager or an admin."""

    name = serializers.CharField(max_length=60)
    filters = FiltersIn()


class MoveIn(In):
    to = serializers.ChoiceField(choices=["up", "down"])
