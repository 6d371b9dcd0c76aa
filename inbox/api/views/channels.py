"""Channels: their health for everybody, pause and resume for admins."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import serializers as s
from inbox.api.plumbing.doors import DeskViews, Nothing, opens
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.lib.keyset import ById
from inbox.models import Channel
from inbox.operations.channels import set_paused

READ, MANAGE = "inbox.view_channel", "inbox.manage_channel"


class ChannelViews(DeskViews):
    """The connected accounts that people write to."""

    def rows(self) -> Any:
        rows = Channel.objects.visible_to(self.request.user)
        return rows.defer("secrets").prefetch_related("streams")

    @opens(READ, gives=page_of(s.ChannelOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List the channels with their health."""
        return self.page(s.ChannelOut, self.rows(), ById("channels"))

    @opens(READ, gives=s.ChannelOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one channel."""
        return self.shown(s.ChannelOut, self.row())

    @opens(MANAGE, takes=Nothing, gives=s.ChannelOut)
    def pause(self, request: Request, pk: str) -> Response:
        """Stop reading and sending; what is queued waits."""
        return self._set(request, paused=True)

    @opens(MANAGE, takes=Nothing, gives=s.ChannelOut)
    def resume(self, request: Request, pk: str) -> Response:
        """Go on reading and sending."""
        return self._set(request, paused=False)

    def _set(self, request: Request, *, paused: bool) -> Response:
        self.values(Nothing)
        set_paused(channel=self.row(), paused=paused, by=request.user)
        return self.shown(s.ChannelOut, self.row())
