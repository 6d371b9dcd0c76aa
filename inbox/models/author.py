"""The outside people who write to us."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower


class Author(models.Model):
    """One identity on one network.

    external_id: the same on all servers of the network, so never a server's own number; where
    numbers belong to a server it is the whole handle, as on Mastodon (see ADR on servers).
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

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["network", "external_id"], name="author_once"),
        )
        indexes = (models.Index(Lower("handle"), name="author_handle"),)

    def __str__(self) -> str:
        return f"@{self.handle}"
