"""Who is spoken of: the counts of searches put side by side, by brand, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import F, Sum
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.audit_filter import DAY, THESE_DAYS
from inbox.lib.errors import BadInput
from inbox.models import Channel, Conversation, HitCount, SavedSearch, SearchHit, User
from inbox.operations.hits import KEEP_HITS

SENTIMENTS = tuple(Conversation.Sentiment.values)
HOURS_UP_TO = timedelta(days=2)  # a longer stretch is shown by days
MOST_DAYS = 366
USUAL = "7d"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when, and in which steps."""

    since: datetime
    until: datetime

    @property
    def is_hourly(self) -> bool:
        return self.until - self.since <= HOURS_UP_TO

    def steps(self) -> list[datetime]:
        """The beginnings of all hours or days, by the reader's clock."""
        found, at = [], self.since
        while at < self.until:
            found.append(at)
            at = self.end_of(at)
        return found

    def end_of(self, step: datetime) -> datetime:
        if self.is_hourly:
            return step + HOUR
        return _midnight(timezone.localdate(step) + timedelta(days=1))


@dataclass
class Brand:
    """What was counted for one name: by step and sentiment."""

    name: str
    is_ours: bool
    counts: Counter[tuple[datetime, str]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    def of(self, sentiment: str) -> int:
        return sum(number for (_at, one), number in self.counts.items() if one == sentiment)

    def at(self, step: datetime) -> int:
        return sum(self.counts[step, sentiment] for sentiment in SENTIMENTS)


class ShareForm(forms.Form):
    """Which stretch of time, on which channel."""

    RANGES = [
        ("24h", gettext_lazy("24 hours")),
        ("7d", gettext_lazy("7 days")),
        ("30d", gettext_lazy("30 days")),
        ("90d", gettext_lazy("90 days")),
    ]

    range = forms.ChoiceField(label=gettext_lazy("The last"), choices=RANGES, required=False)
    since = forms.DateField(
        label=gettext_lazy("Or from"), widget=DAY, validators=THESE_DAYS, required=False
    )
    until = forms.DateField(
        label=gettext_lazy("To"), widget=DAY, validators=THESE_DAYS, required=False
    )
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Channel"),
        queryset=Channel.objects.none(),
        required=False,
        empty_label=gettext_lazy("All"),
    )

    def __init__(self, data: Any, *, reader: User) -> None:
        super().__init__({"range": USUAL, **{name: data.get(name) for name in data}})
        rows = Channel.objects.visible_to(reader).filter(searches__isnull=False).distinct()
        self.fields["channel"].queryset = rows.defer("secrets")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", str(_("“To” must not be before “From”.")))
        elif since and ((until or timezone.localdate()) - since).days >= MOST_DAYS:
            words = _("At most %(count)s days at once.") % {"count": MOST_DAYS}
            self.add_error("since", words)
        elif until and not since:
            self.add_error("since", str(_("Say from which day.")))
        return values

    @property
    def span(self) -> Span:
        """The stretch that was asked for; the last seven days if none was, or none that can be."""
        values = self.cleaned_data if self.is_valid() else {}
        if since := values.get("since"):
            until = values.get("until") or timezone.localdate()
            return Span(_midnight(since), _midnight(until + timedelta(days=1)))
        chosen = values.get("range") or USUAL
        if chosen == "24h":
            end = timezone.localtime().replace(minute=0, second=0, microsecond=0) + HOUR
            return Span(end - 24 * HOUR, end)
        days = int(chosen.removesuffix("d"))
        today = timezone.localdate()
        return Span(
            _midnight(today - timedelta(days=days - 1)), _midnight(today + timedelta(days=1))
        )

    @property
    def channel_pk(self) -> int | None:
        chosen = self.cleaned_data.get("channel") if self.is_valid() else None
        return chosen.pk if chosen else None

    @property
    def query(self) -> str:
        """The filters as a query, without those that say nothing."""
        self.is_valid()
        given = {key: v for key, v in self.cleaned_data.items() if v and v != USUAL}
        values = {key: getattr(v, "pk", v) for key, v in given.items()}
        return urlencode({key: str(value) for key, value in values.items()})


def counts_for(reader: User, span: Span, channel: int | None = None) -> Any:
    """The counts that `reader` may see of the searches that stand for a brand, in `number`.

    What two searches of a brand have found counts for the one that found it first.
    """
    rows = HitCount.objects.annotate(number=F("count") - F("again")).filter(
        number__gt=0,
        at__gte=span.since,
        at__lt=span.until,
        search__in=SavedSearch.objects.visible_to(reader).exclude(brand=""),
    )
    if reader.channel_ids is not None:
        rows = rows.filter(channel__in=reader.channel_ids)
    return rows.filter(channel=channel) if channel else rows


def brands(reader: User, span: Span, channel: int | None = None) -> list[Brand]:
    """Every brand with its counts, us first, then those most spoken of."""
    named = SavedSearch.objects.visible_to(reader).exclude(brand="").order_by("pk")
    found: dict[str, Brand] = {}
    for name, is_ours in named.values_list("brand", "is_ours"):
        brand = found.setdefault(name, Brand(name, is_ours))
        brand.is_ours = brand.is_ours or is_ours
    trunc = TruncHour("at") if span.is_hourly else TruncDay("at")
    rows = counts_for(reader, span, channel).annotate(step=trunc).order_by()
    rows = rows.values_list("search__brand", "step", "sentiment").annotate(total=Sum("number"))
    for name, step, sentiment, number in rows:
        found[name].counts[step, sentiment] += number
    return sorted(found.values(), key=lambda one: (not one.is_ours, -one.total, one.name))


def capped_brands(reader: User, names: Sequence[str]) -> list[SavedSearch]:
    """Searches whose numbers end early today."""
    rows = SavedSearch.objects.visible_to(reader).filter(brand__in=names, is_paused=False)
    return [row for row in rows if row.is_capped]


def hits_for(
    reader: User,
    *,
    since: datetime,
    until: datetime,
    brand: str = "",
    sentiment: str = "",
    channel: int | None = None,
) -> Any:
    """The single hits behind a number, as far back as they are kept; of a brand each item once."""
    rows = SearchHit.objects.filter(
        sent_at__gte=since,
        sent_at__lt=until,
        search__in=SavedSearch.objects.visible_to(reader),
    )
    if reader.channel_ids is not None:
        rows = rows.filter(channel__in=reader.channel_ids)
    if brand:
        rows = rows.filter(is_again=False)
    facts = {"search__brand": brand, "sentiment": sentiment, "channel": channel}
    rows = rows.filter(**{name: value for name, value in facts.items() if value})
    return rows.select_related("search", "channel", "message").defer(
        "message__raw", "channel__secrets"
    )


def kept_since() -> datetime:
    """Hits before this moment are no longer there one by one."""
    return timezone.now() - KEEP_HITS


def written(moment: datetime) -> str:
    """A moment as it stands in an address."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_moment(text: str, name: str) -> datetime:
    """Return the moment that an address names. Raises BadInput."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 3000:
        words = _("“%(name)s” takes a time such as 2026-11-25T09:00:00Z.")
        raise BadInput(words % {"name": name})
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
