"""Which conversations the queue shows and in which order; the address holds all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inbox.choices import ALL, MINUTES, SORTS, STATUSES, Chip, Choice, OneOf
from inbox.counts import Count, count_of
from inbox.lib.keyset import Order
from inbox.models import Author, Conversation, Person, PersonList, User
from inbox.pickers import Lists, languages
from inbox.search.box import SearchBox

PAGE = 50
MOST_STRETCHES = 24  # with more channels than that, theirs are most of the list anyway
INDEXED = {"assignee", "channel"}  # these filters have an index of their own
ORDERS = {
    "rank": Order("rank", "rank_at"),
    "newest": Order("newest", "last_message_at", is_descending=True),
    "waiting": Order("waiting", "waiting_since"),
}
DEFAULTS = {"status": "open", "sort": "rank"}
SEARCH_DEFAULTS = {"status": ALL, "sort": "newest"}
PLACED = ("status", "sort", "q", "view")  # these have a place of their own in the page


@dataclass(frozen=True)
class Page:
    """One page of the queue; `cursor` asks for the next one, "" if there is none."""

    rows: list[Conversation]
    cursor: str


class QueueFilter(SearchBox, django_filters.FilterSet):
    """The queue of one user under one set of filters."""

    status = OneOf(label=_("Status"), choices=STATUSES, empty_label=None, method="keep")
    sort = OneOf(label=_("Order"), choices=SORTS, empty_label=None, method="keep")
    assignee = OneOf(label=_("Assigned to"), empty_label=_("anybody"), method="filter_assignee")
    channel = OneOf(label=_("Channel"), empty_label=_("any"))
    label = OneOf(label=_("Label"), empty_label=_("any"), field_name="labels")
    sentiment = OneOf(
        label=_("Sentiment"), choices=Conversation.Sentiment.choices, empty_label=_("any")
    )
    language = OneOf(label=_("Language"), choices=languages, empty_label=_("any"))
    person = OneOf(
        label=_("Person"),
        choices=PersonList.choices,
        empty_label=_("anybody"),
        method="filter_person",
    )
    private = OneOf(
        label=_("Where"),
        choices=[("0", _("in public")), ("1", _("in private"))],
        empty_label=_("both"),
        field_name="is_private",
        method="filter_private",
    )
    waiting = OneOf(
        label=_("Waiting longer than"),
        choices=MINUTES,
        empty_label=_("any time"),
        method="filter_waiting",
    )
    received = OneOf(
        label=_("Received within"),
        choices=MINUTES,
        empty_label=_("any time"),
        method="filter_received",
    )
    q = django_filters.CharFilter(label=_("Search"), method="filter_text", max_length=200)

    # Which saved view the page stands in; it decides nothing about what matches.
    view = django_filters.CharFilter(method="keep", validators=[RegexValidator(r"^\d{1,18}$")])

    class Meta:
        model = Conversation
        fields: list[str] = []

    def __init__(self, data: Any, *, user: User, lists: Lists, now: datetime | None = None) -> None:
        super().__init__(data, queryset=Conversation.objects.visible_to(user))
        self.user, self.lists = user, lists
        self.now = now or timezone.now()
        self.add_search()
        # Read when a field is drawn or a value of it is looked at, which most fragments do not. No
        # methods: the form copies its fields, and with a method all that this filter holds.
        self.filters["assignee"].extra["choices"] = lambda: self._people()
        self.filters["channel"].extra["choices"] = lambda: self._channels()
        self.filters["label"].extra["choices"] = lambda: self._labels()

    def _people(self) -> list[tuple[str, Any]]:
        others = [(str(row.pk), str(row)) for row in self.lists.people if row != self.user]
        return [("me", _("me")), ("nobody", _("nobody")), *others]

    def _channels(self) -> list[tuple[str, Any]]:
        return [(str(row.pk), row.name) for row in self.lists.channels]

    def _labels(self) -> list[tuple[str, Any]]:
        return [(str(row.pk), row.name) for row in self.lists.labels]

    def keep(self, rows: Any, name: str, value: str) -> Any:
        return rows  # decided in `matching` and `page`

    def filter_assignee(self, rows: Any, name: str, value: str) -> Any:
        if value == "nobody":
            return rows.filter(assignee=None)
        return rows.filter(assignee=self.user.pk if value == "me" else value)

    def filter_person(self, rows: Any, name: str, value: str) -> Any:
        listed = Person.objects.filter(**{f"is_{value}": True})
        return rows.filter(author__in=Author.objects.filter(person__in=listed).values("pk"))

    def filter_private(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(is_private=value == "1")

    def filter_waiting(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(waiting_since__lte=self._before_now(value))

    def filter_received(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(last_inbound_at__gte=self._before_now(value))

    def filter_text(self, rows: Any, name: str, value: str) -> Any:
        """Keep what the search finds among what all other filters keep."""
        if self.shown_status != ALL:
            rows = rows.filter(status=self.shown_status)
        return self.search.narrow(self._in_order(rows))

    @property
    def defaults(self) -> dict[str, str]:
        """What holds unless somebody chooses; a search looks everywhere, newest first."""
        return SEARCH_DEFAULTS if self.typed else DEFAULTS

    @cached_property
    def values(self) -> dict[str, str]:
        """The filters in force, defaults left out; values that make no sense are left out too."""
        self.is_valid()
        cleaned = self.form.cleaned_data
        usual = self.defaults
        kept = {name: v for name, v in cleaned.items() if v and v != usual.get(name)}
        return kept | ({"q": self.typed} if self.typed else {})

    @property
    def query(self) -> str:
        """The filters in force as a query string."""
        return urlencode(self.values)

    @property
    def suffix(self) -> str:
        """The filters in force as the end of an address, "" if there are none."""
        return _suffix(self.values)

    @property
    def is_everywhere(self) -> bool:
        """Whether the search looks at every status without having been asked to."""
        return bool(self.typed) and "status" not in self.values and not self.search.names_status

    @property
    def shown_status(self) -> str:
        return self.values.get("status", self.defaults["status"])

    @property
    def order(self) -> Order:
        return ORDERS[self.values.get("sort", self.defaults["sort"])]

    @property
    def statuses(self) -> list[str]:
        return list(Conversation.Status.values) if self.shown_status == ALL else [self.shown_status]

    @cached_property
    def of_any_status(self) -> QuerySet[Conversation]:
        """Every match whatever its status; the order by waiting shows only those that wait."""
        return self._in_order(self.qs)

    def _in_order(self, rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
        return rows.filter(waiting_since__isnull=False) if self.order.name == "waiting" else rows

    @property
    def matching(self) -> QuerySet[Conversation]:
        return self.of_any_status.filter(status__in=self.statuses)

    def page(self, cursor: str = "", size: int = PAGE) -> Page:
        """Return the first page, or the one that `cursor` asks for."""
        rows = self.of_any_status.order_by(*self.order.columns)
        if cursor:
            rows = self.order.after(rows, cursor)
        heads = self._heads(rows, size + 1).with_row().with_unread(self.user)
        found = list(heads[: size + 1])
        shown = self.with_hits(found[:size])
        return Page(shown, self.order.cursor(shown[-1]) if len(found) > size else "")

    def _heads(self, rows: QuerySet[Conversation], size: int) -> QuerySet[Conversation]:
        """Return a set in which the first `size` of `rows` surely are, found by an index.

        Each stretch of the index has an order of its own; the first of the whole are among the
        first of each.
        """
        if self.search.is_bounded:  # those are found already, by their ids
            first = rows.values("pk")[:size]
            return Conversation.objects.filter(pk__in=first).order_by(*self.order.columns)
        stretches = [rows.filter(**stretch) for stretch in self._stretches]
        if len(stretches) == 1:
            return stretches[0]
        # SQLite takes no limit inside a union, so each head is a set of ids first.
        heads = [
            Conversation.objects.filter(pk__in=stretch.values("pk")[:size]).values("pk")
            for stretch in stretches
        ]
        among = heads[0].order_by().union(*heads[1:], all=True)
        return Conversation.objects.filter(pk__in=among).order_by(*self.order.columns)

    @property
    def _stretches(self) -> list[dict[str, Any]]:
        """What selects one stretch of an index each: a status, for few channels with each."""
        channels = self.user.channel_ids or ()
        is_by_channel = self.order.name == "rank" and not self.values.keys() & INDEXED
        if not is_by_channel or not 0 < len(channels) * len(self.statuses) <= MOST_STRETCHES:
            return [{"status": status} for status in self.statuses]
        return [
            {"status": status, "channel": channel}
            for status in self.statuses
            for channel in sorted(channels)
        ]

    def next_after(self, conversation: Conversation) -> Conversation | None:
        """Return what follows the place of `conversation` in the list, or else its first row."""
        others = self.matching.exclude(pk=conversation.pk).order_by(*self.order.columns)
        if getattr(conversation, self.order.field) is None:
            return others.first()
        following = self.order.after(others, self.order.cursor(conversation))
        return following.first() or others.first()

    @cached_property
    def count(self) -> Count:
        """How many match, or at least how many."""
        return count_of(self)

    @property
    def status_text(self) -> str:
        return str(dict(STATUSES)[self.shown_status])

    @property
    def status_choices(self) -> list[Choice]:
        return self._choices("status", STATUSES, self.shown_status)

    @property
    def sort_choices(self) -> list[Choice]:
        return self._choices("sort", SORTS, self.order.name)

    @property
    def fields(self) -> list[BoundField]:
        """The fields of the form that have no place of their own."""
        return [self.form[name] for name in self.filters if name not in PLACED]

    @property
    def chips(self) -> list[Chip]:
        """The filters in force besides status, order and search, which have their own place."""
        names = [name for name in self.values if name not in PLACED]
        chips = [Chip(self._words(name), self._without(name)) for name in names]
        return chips + [Chip(part, self._without("q", q)) for part, q in self.search_parts]

    @cached_property
    def lost(self) -> list[str]:
        """Filters that were asked for but stand for nothing, as a label that was deleted."""
        self.is_valid()
        fields = self.form.fields
        return [
            str(fields[name].label) for name in self.form.errors if name in fields and name != "q"
        ]

    def _before_now(self, minutes: str) -> datetime:
        return self.now - timedelta(minutes=int(minutes))

    def _choices(self, name: str, choices: list[tuple[str, Any]], current: str) -> list[Choice]:
        others = {key: value for key, value in self.values.items() if key != name}
        return [
            Choice(
                str(text),
                _suffix(others if value == self.defaults[name] else others | {name: value}),
                value == current,
            )
            for value, text in choices
        ]

    def _words(self, name: str) -> str:
        choices = dict(self.form.fields[name].choices)
        word = next(text for value, text in choices.items() if str(value) == self.values[name])
        templates = {
            "assignee": gettext("assigned to %s"),
            "waiting": gettext("waiting over %s"),
            "received": gettext("received within %s"),
        }
        return templates.get(name, "%s") % word

    def _without(self, name: str, rest: str = "") -> str:
        values = self.values | {name: rest}
        return urlencode({key: value for key, value in values.items() if value})


def _suffix(values: dict[str, str]) -> str:
    return f"?{urlencode(values)}" if values else ""
