"""What can go wrong between us and a network, sorted by what must be done about it."""

from __future__ import annotations

from collections.abc import Sequence


class ConnectorError(Exception):
    """Base of all; `message` is fit for an operator, `code` is the network's own."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class TransientError(ConnectorError):
    """Certainly not accepted; try again after `retry_after` seconds (None: our own back-off)."""

    def __init__(self, message: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class RateLimited(TransientError):
    """The network asks us to wait."""


class AuthExpired(ConnectorError):
    """The credentials no longer work: pause the channel and tell an admin, do not retry."""


class Rejected(ConnectorError):
    """The network's final no; the message carries its words, `status` its HTTP status (or 0)."""

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message, code=code)
        self.status = status


class Elsewhere(Rejected):
    """What was asked for is not at `instead_of` but may be at one of `addresses`.

    Never followed by itself: an admin decides what the desk reads.
    """

    def __init__(
        self, message: str, *, addresses: Sequence[str], instead_of: str, status: int = 0
    ) -> None:
        super().__init__(message, status=status)
        self.addresses = tuple(addresses)
        self.instead_of = instead_of


class BadPayload(ConnectorError):
    """The network answered something we cannot read."""


class BadSignature(ConnectorError):
    """A webhook whose signature does not match: drop it, somebody else wrote it."""


class OutcomeUnknown(ConnectorError):
    """The request left and no answer came back: it may or may not have been carried out."""


class Unsupported(ConnectorError):
    """The network has no such ability; a caller should have asked the manifest first."""
