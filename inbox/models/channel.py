"""A connected account that we read and answer from, and the streams we poll on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.connectors import registry
from inbox.connectors.types import Capability, Manifest
from inbox.lib.crypto import EncryptedSecretsField
from inbox.lib.days import desk_day
from inbox.models.server import Server
from inbox.models.team import Team

if TYPE_CHECKING:
    from inbox.models.user import User

LOOKUPS_A_DAY = 400  # on X two dollars


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, user: User) -> ChannelQuerySet:
        """Channels that `user` may know of: their teams' and everybody's."""
        if not user.has_perm("inbox.view_channel"):
            return self.none()
        return self if user.channel_ids is None else self.filter(pk__in=user.channel_ids)

    def here(self) -> ChannelQuerySet:
        """Channels of the networks of this run: practice ones in practice, real ones outside."""
        return self.filter(is_practice=settings.PRACTICE_NETWORK)

    def reachable(self) -> ChannelQuerySet:
        """Channels that workers may talk to: not paused, signed in, in this run's networks."""
        return self.here().filter(is_paused=False).exclude(health=Channel.Health.NEEDS_LOGIN)

    def in_trouble(self) -> ChannelQuerySet:
        """Channels that people at the queue should know about."""
        return self.exclude(health=Channel.Health.OK) | self.filter(is_paused=True)


class Channel(models.Model):
    """One connected account on one network. The secrets are encrypted at rest.

    server: where the account lives, on networks of many servers. facts: what that server and the
    account allow, as the connector read it when it was connected or last tested. pushed_at: when
    the network last delivered something by itself; push_checked_at, push_error: when it was last
    asked to, and why it does not. probed_at: when it was last tried whole, as once a day.
    told_health: what admins were last told by mail; tell_after: no mail before, since one could
    not leave. lookup_cap: how many items are looked up a day where each costs money, empty for
    LOOKUPS_A_DAY; lookup_count: how many were, on `lookup_on`.
    """

    class Health(models.TextChoices):
        OK = "ok", _("OK")
        SLOW = "slow", _("Slow")
        BLIND = "blind", _("Blind")
        EXPIRING = "expiring", _("Sign-in ends soon")
        NEEDS_LOGIN = "needs_login", _("Needs login")

    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="channels",
        help_text=_("Empty: everybody works on it."),
    )
    network = models.CharField(_("network"), max_length=30, choices=registry.choices)
    server = models.ForeignKey(
        Server,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="channels",
        editable=False,
    )
    external_id = models.CharField(max_length=200)
    handle = models.CharField(_("handle"), max_length=200)
    name = models.CharField(_("name"), max_length=200)
    avatar_url = models.URLField(max_length=500, blank=True)
    is_practice = models.BooleanField(default=False, editable=False)
    is_paused = models.BooleanField(_("paused"), default=False)
    poll_seconds = models.PositiveIntegerField(
        _("poll every (seconds)"),
        null=True,
        blank=True,
        help_text=_("Empty: as often as the network's limits advise."),
    )
    lookup_cap = models.PositiveIntegerField(null=True, blank=True)
    lookup_on = models.DateField(null=True, blank=True, editable=False)
    lookup_count = models.PositiveIntegerField(default=0, editable=False)
    facts = models.JSONField(default=dict, editable=False)
    secrets = EncryptedSecretsField(editable=False)
    secrets_expire_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    refresh_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    health = models.CharField(max_length=20, choices=Health, default=Health.OK, editable=False)
    health_reason = models.CharField(max_length=300, blank=True, editable=False)
    health_changed_at = models.DateTimeField(auto_now_add=True)
    probed_at = models.DateTimeField(null=True, blank=True, editable=False)
    told_health = models.CharField(max_length=20, choices=Health, default=Health.OK, editable=False)
    tell_after = models.DateTimeField(null=True, blank=True, editable=False)
    pushed_at = models.DateTimeField(null=True, blank=True, editable=False)
    push_checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    push_error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        permissions = (("manage_channel", "Can connect, pause and remove channels"),)
        constraints = (
            models.UniqueConstraint(
                fields=["network", "external_id", "is_practice"], name="channel_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} (@{self.handle})"

    def get_absolute_url(self) -> str:
        return reverse("inbox:channel", args=[self.pk])

    @property
    def manifest(self) -> Manifest:
        return registry.manifest(self.network)

    def can(self, capability: Capability) -> bool:
        """Say whether this account has `capability`; servers of one network differ."""
        return self.manifest.allows(capability, self.facts)

    @property
    def lookups_today(self) -> int:
        """How many items were looked up today; what was earlier no longer counts."""
        return self.lookup_count if self.lookup_on == desk_day() else 0

    @property
    def lookups_a_day(self) -> int:
        """How many items may be looked up a day where each costs money."""
        return LOOKUPS_A_DAY if self.lookup_cap is None else self.lookup_cap

    @property
    def lookups_left(self) -> int | None:
        """How many items may still be looked up today; None: any number, for it costs nothing."""
        if not self.manifest.lookup_cost:
            return None
        return max(0, self.lookups_a_day - self.lookups_today)

    @property
    def is_reachable(self) -> bool:
        """The same rule as `reachable()`, for one channel."""
        return (
            not self.is_paused
            and self.health != self.Health.NEEDS_LOGIN
            and self.is_practice == settings.PRACTICE_NETWORK
        )

    def poll_interval(self, stream: str) -> timedelta:
        """How often `stream` is read: the admin's choice, else what the network advises."""
        advised = self.manifest.stream(stream).poll_every
        return timedelta(seconds=self.poll_seconds) if self.poll_seconds else advised


class Stream(models.Model):
    """One thing polled on a channel, its cursor and its lease.

    `head` is the mark of the newest item stored; `gaps` are stretches still to be filled,
    newest first, each `{"before": mark, "after": mark or null}`. Both move in the transaction
    that stores the rows, so they never promise more than the database holds. `overlap_head` is
    the head of some minutes ago: from there the stream is read again now and then, for items
    that the network indexed late. moved_to: where what was read at `moved_from` is now, as it
    says itself; an admin decides whether to follow. is_listening: only there for what people
    search for, and read only while a search wants it.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="streams")
    name = models.CharField(max_length=600)  # a search may have its whole query in it
    is_listening = models.BooleanField(default=False)
    head = models.CharField(max_length=500, blank=True)
    gaps = models.JSONField(default=list)
    overlap_head = models.CharField(max_length=500, blank=True)
    overlap_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(default=None, null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=36, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_item_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    moved_from = models.CharField(max_length=2000, blank=True)
    moved_to = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ("channel", "name")
        constraints = (models.UniqueConstraint(fields=["channel", "name"], name="stream_once"),)

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.name}"

    @property
    def label(self) -> str:
        """What the network calls this stream, "" where the desk has words for it."""
        return str(self.channel.facts.get("stream_names", {}).get(self.name, ""))

    @property
    def searched_for(self) -> str:
        """The names of the searches that it is read for, "" where it is read anyway."""
        return ", ".join(search.name for search in self.searches.all())


class BadItemQuerySet(models.QuerySet["BadItem"]):
    def visible_to(self, user: User) -> BadItemQuerySet:
        """Items of the channels that `user` sees and looks after."""
        if not user.has_perm("inbox.view_baditem"):
            return self.none()
        return self if user.channel_ids is None else self.filter(channel__in=user.channel_ids)

    def unread(self) -> BadItemQuerySet:
        """What waits for a person."""
        return self.filter(state=BadItem.State.UNREAD)


class BadItem(models.Model):
    """Something a network sent that we could not read: kept whole and shown, never dropped.

    What was settled stays for a while, so that the same item, met again, is not news.
    """

    class State(models.TextChoices):
        UNREAD = "unread", _("Could not be read")
        READ = "read", _("Read")
        DROPPED = "dropped", _("Discarded")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="bad_items")
    stream = models.CharField(max_length=600)
    reason = models.CharField(max_length=300)
    raw = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.UNREAD)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = BadItemQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=["channel", "digest"], name="bad_item_once"),)
        indexes = (
            models.Index(
                fields=["channel", "-created_at"],
                name="bad_item_unread",
                condition=models.Q(state="unread"),
            ),
        )

    def __str__(self) -> str:
        return self.reason
