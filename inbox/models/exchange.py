"""The latest requests to a network and what it answered, for "why did this not arrive?"."""

from __future__ import annotations

from django.db import models

from inbox.models.channel import Channel


class Exchange(models.Model):
    """One request of a channel and its answer, without what is secret.

    status: 0 where no answer came; `error` says why. stream: what was read, "" for all else.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="exchanges")
    stream = models.CharField(max_length=600, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=10)
    host = models.CharField(max_length=260)
    path = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    received = models.PositiveIntegerField()
    error = models.CharField(max_length=300, blank=True)
    asked = models.JSONField(default=dict)
    answered = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    response_body = models.TextField(blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["channel", "-id"], name="exchange_latest"),)

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"

    @property
    def is_well(self) -> bool:
        return 200 <= self.status < 400
