"""Filters as things to click on: a value to choose, a filter in force to take away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from inbox.lib.widgets import QuickSelect

ALL = "all"
STATUSES = [
    ("open", _("Waiting for us")),
    ("pending", _("Answered")),
    ("snoozed", _("Snoozed")),
    ("resolved", _("Resolved")),
    (ALL, _("All")),
]
SORTS = [
    ("rank", _("Most urgent first")),
    ("newest", _("Newest first")),
    ("waiting", _("Waiting longest first")),
]
MINUTES = [
    ("15", _("15 minutes")),
    ("60", _("1 hour")),
    ("240", _("4 hours")),
    ("1440", _("1 day")),
    ("10080", _("1 week")),
]


@dataclass(frozen=True)
class Choice:
    """One value of a filter as a link; `suffix` is the query it leads to, with its "?"."""

    text: str
    suffix: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the query without it."""

    text: str
    query_without: str


class OneOf(django_filters.ChoiceFilter):  # type: ignore[misc]
    """A choice that is drawn quickly: the list shows a dozen, one of them with every language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=QuickSelect, **options)
