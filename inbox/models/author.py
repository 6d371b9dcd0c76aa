"""The outside people who write to us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from inbox.connectors import registry
from inbox.models.person import Person

if TYPE_CHECKING:
    from inbox.models.user import User


class AuthorQuerySet(models.QuerySet["Author"]):
    def visible_to(self, user: User) -> AuthorQuerySet:
        """Authors who have said something, shown or held back, where `user` may read."""
        if not user.has_perm("inbox.view_conversation"):
            return self.none()
        if user.channel_ids is None:
            return self
        seen = models.Q()
        for name in ("Conversation", "Message", "HeldBack"):
            rows = apps.get_model("inbox", name)._default_manager.filter(
                author=models.OuterRef("pk"), channel__in=user.channel_ids
            )
            seen |= models.Q(models.Exists(rows))
        return self.filter(seen)


class Author(models.Model):
    """One identity on one network.

    external_id: the same on all servers of the network, so never a server's own number; where
    numbers belong to a server it is the whole handle, as on Mastodon (see ADR on servers).
    person: who is behind it, empty until the desk notes something or links two identities.
    """

    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200)
    handle = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    followers = models.PositiveBigIntegerField(null=True, blank=True)
    is_verified = models.BooleanField(default=False)
    avatar_url = models.URLField(max_length=500, blank=True)
    url = models.URLField(max_length=500, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="authors"
    )

    objects = AuthorQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["network", "external_id"], name="author_once"),
        )
        indexes = (
            models.Index(Lower("handle"), name="author_handle"),
            models.Index(Lower("name"), name="author_name"),
        )

    def __str__(self) -> str:
        return f"@{self.handle}"

    def get_absolute_url(self) -> str:
        return reverse("inbox:author", args=[self.pk])

    @property
    def network_name(self) -> str:
        return str(dict(registry.choices()).get(self.network, self.network))

    @property
    def lists(self) -> list[str]:
        """The lists that the person behind it is on."""
        return self.person.lists if self.person else []
