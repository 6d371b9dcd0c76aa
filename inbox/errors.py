"""What the inbox can refuse, beyond the common family in `inbox.lib.errors`."""

from __future__ import annotations

from collections.abc import Sequence

from inbox.lib.errors import DomainError, NotAllowed


class NotVisible(NotAllowed):
    """It belongs to a team that the person is not in: answered as if it did not exist."""

    code = "not_found"
    status = 404


class ChannelUnavailable(DomainError):
    """The channel is paused, signed out, or belongs to another run's networks."""

    code = "channel_unavailable"


class ConnectFailed(DomainError):
    """An admin's sign-in or form did not lead to a working channel.

    addresses: those that may be meant in place of `instead_of`, which was given.
    """

    code = "connect_failed"
    status = 422

    def __init__(
        self, message: str, *, addresses: Sequence[str] = (), instead_of: str = ""
    ) -> None:
        super().__init__(message)
        self.instead_of = instead_of
        self.addresses = tuple(addresses)


class CannotRead(DomainError):
    """What is in the tray could not be asked for again; the message is the network's."""

    code = "cannot_read"
    status = 502


class InvitationEnded(DomainError):
    """The link of an invitation is used, withdrawn, too old or not one of ours."""

    code = "invitation_ended"
    status = 410
