"""What responses can refuse, beyond the common family in `inbox.lib.errors`.

Errors that meet a text somebody wrote carry it, so that no door can lose it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inbox.connectors.types import Problem
from inbox.lib.errors import BadInput, DomainError
from inbox.models import Message


class ConversationMoved(DomainError):
    """Something was said that the writer has not read; `messages` are what is new."""

    code = "conversation_moved"

    def __init__(self, *, messages: Sequence[Message], version: int, text: str) -> None:
        super().__init__(_("The conversation has moved on since you read it. Nothing was sent."))
        self.messages = messages
        self.version = version
        self.text = text


class DraftClosed(DomainError):
    """The draft has left its author's hands, so it takes no more text; `text` is what came."""

    code = "draft_closed"

    def __init__(self, message: str | Promise, *, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class DraftChanged(DraftClosed):
    """The draft was saved from another page of its author, or was given back, meanwhile."""

    code = "draft_changed"


class DuplicateText(DomainError):
    """The same words are already on their way to, or below, the same message."""

    code = "duplicate_text"


class NotSendable(BadInput):
    """The network would not take the text as it stands."""

    code = "not_sendable"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


class ChannelClosed(DomainError):
    """The channel cannot send now; what was written is kept."""

    code = "channel_closed"


class TooLate(DomainError):
    """The reply has left the desk, so it cannot be taken back here."""

    code = "too_late"
