"""What the inbox can refuse, beyond the common family in `inbox.lib.errors`."""

from __future__ import annotations

from inbox.lib.errors import DomainError


class ChannelUnavailable(DomainError):
    """The channel is paused, signed out, or belongs to another run's networks."""

    code = "channel_unavailable"


class ConnectFailed(DomainError):
    """An admin's sign-in on a network did not lead to a working channel."""

    code = "connect_failed"
    status = 422
