"""A server of a network that has many, and how our app is known there."""

from __future__ import annotations

from django.db import models

from inbox.connectors.types import AppKeys
from inbox.lib.crypto import EncryptedSecretsField


class Server(models.Model):
    """One row per server. The app's keys are encrypted at rest; all channels there share them.

    `redirect_uri` is the address of ours that the keys were made for; another one needs new keys.
    """

    network = models.CharField(max_length=30)
    url = models.CharField(max_length=300)
    redirect_uri = models.CharField(max_length=500)
    secrets = EncryptedSecretsField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    registered_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("network", "url")
        constraints = (models.UniqueConstraint(fields=["network", "url"], name="server_once"),)

    def __str__(self) -> str:
        return self.url.partition("://")[2]

    @property
    def keys(self) -> AppKeys:
        return AppKeys(**self.secrets)
