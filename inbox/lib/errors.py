"""The family of errors that an operation may raise and a person may read."""

from __future__ import annotations

from django.utils.functional import Promise


class DomainError(Exception):
    """Something a person asked for cannot be done; `message` says why and what to do instead.

    `code` is stable and meant for programs, `status` is the HTTP status of the answer.
    """

    code = "refused"
    status = 409

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The person's role does not permit this."""

    code = "not_allowed"
    status = 403


class BadInput(DomainError):
    """A value is missing or wrong; the message names the field and the remedy."""

    code = "bad_input"
    status = 422


class InvalidTransition(DomainError):
    """The object is in a state from which this step does not exist."""

    code = "invalid_transition"


class StaleState(DomainError):
    """Somebody else moved the object first."""

    code = "stale_state"
