"""Listening: searches that people saved, what they found, and how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.lib.days import desk_day
from inbox.lib.terms import Terms
from inbox.models.channel import Channel, Stream
from inbox.models.conversation import Conversation
from inbox.models.message import Message

if TYPE_CHECKING:
    from inbox.models.user import User


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def visible_to(self, user: User) -> SavedSearchQuerySet:
        """Searches on at least one channel that `user` may see, and those on none."""
        if not user.has_perm("inbox.view_savedsearch"):
            return self.none()
        if user.channel_ids is None:
            return self
        seen = Q(channels__in=user.channel_ids) | Q(channels=None)
        return self.filter(pk__in=self.filter(seen).values("pk"))

    def active(self) -> SavedSearchQuerySet:
        """Searches that are read now: not paused, and below what they may read today."""
        is_below = Q(daily_cap=None) | Q(read_count__lt=F("daily_cap"))
        is_fresh = Q(read_on=None) | Q(read_on__lt=desk_day())
        return self.filter(is_below | is_fresh, is_paused=False)

    def by_stream(self, channels: Collection[int]) -> dict[tuple[int, str], str]:
        """The names of the searches for which something is read, by channel and stream."""
        found: dict[tuple[int, str], list[str]] = defaultdict(list)
        rows = self.filter(streams__channel__in=channels).order_by("name")
        for channel, stream, name in rows.values_list("streams__channel", "streams__name", "name"):
            found[channel, stream].append(name)
        return {place: ", ".join(names) for place, names in found.items()}


class SavedSearch(models.Model):
    """What somebody listens for, on the channels that look for it.

    words, phrases, hashtags, beside, without, language: see `inbox.lib.terms.Terms`.
    purpose: whether what is found becomes work, or is only counted.
    brand: whom its hits count for in the share of voice, "" for nobody; is_ours: that is us.
    daily_cap: at most so many items are read a day; read_count: so many were, on `read_on`.
    streams: what is read for it, apart from what its channels read anyway.
    """

    class Purpose(models.TextChoices):
        QUEUE = "queue", _("Bring them into the inbox")
        COUNT = "count", _("Only count them")

    name = models.CharField(_("name"), max_length=60, unique=True)
    channels = models.ManyToManyField(Channel, related_name="searches")
    streams = models.ManyToManyField(Stream, related_name="searches", editable=False)
    words = models.JSONField(default=list)
    phrases = models.JSONField(default=list)
    hashtags = models.JSONField(default=list)
    beside = models.JSONField(default=list)
    without = models.JSONField(default=list)
    language = models.CharField(_("language"), max_length=10, blank=True)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.QUEUE)
    brand = models.CharField(max_length=40, blank=True)
    is_ours = models.BooleanField(default=False)
    is_paused = models.BooleanField(default=False)
    daily_cap = models.PositiveIntegerField(null=True, blank=True)
    read_on = models.DateField(null=True, blank=True, editable=False)
    read_count = models.PositiveIntegerField(default=0, editable=False)
    capped_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        permissions = (("manage_savedsearch", "Can save, pause and delete searches"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("inbox:search", args=[self.pk])

    @property
    def terms(self) -> Terms:
        lists = ("words", "phrases", "hashtags", "beside", "without")
        return Terms(**{name: tuple(getattr(self, name)) for name in lists}, language=self.language)

    @property
    def is_for_queue(self) -> bool:
        return self.purpose == self.Purpose.QUEUE

    @property
    def read_today(self) -> int:
        """How many items were read today; what was read earlier no longer counts."""
        return self.read_count if self.read_on == desk_day() else 0

    @property
    def is_capped(self) -> bool:
        """Whether the day's share is used up; the next day reading goes on by itself."""
        return self.daily_cap is not None and self.read_today >= self.daily_cap


class SearchHit(models.Model):
    """That a search found an item: what lets it be counted once, and found again.

    key: the network and what the item is called there. is_again: another search of the same brand
    found it earlier, so it counts for the brand already. Kept for some weeks (ADR 0015).
    """

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="hits")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="hits")
    key = models.CharField(max_length=240)
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="hits"
    )
    url = models.URLField(max_length=500, blank=True)
    sentiment = models.CharField(max_length=10, choices=Conversation.Sentiment)
    language = models.CharField(max_length=10, blank=True)
    sent_at = models.DateTimeField()
    is_again = models.BooleanField(default=False)

    class Meta:
        ordering = ("-sent_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["search", "key"], name="search_hit_once"),)
        indexes = (models.Index(fields=["search", "-sent_at", "-id"], name="search_hit_newest"),)

    def __str__(self) -> str:
        return self.key


class HitCount(models.Model):
    """How many items of one kind a search found in one hour; later in one day (ADR 0015).

    again: how many of `count` were found earlier by another search of the same brand, for which
    they count once.
    """

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="counts")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    sentiment = models.CharField(max_length=10, choices=Conversation.Sentiment)
    language = models.CharField(max_length=10, blank=True)
    count = models.PositiveIntegerField(default=0)
    again = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["search", "at", "channel", "sentiment", "language"], name="hit_count_once"
            ),
        )
        indexes = (models.Index(fields=["at"], name="hit_count_at"),)

    def __str__(self) -> str:
        return f"{self.search_id}@{self.at:%Y-%m-%dT%H}"
