"""The legal moves of drafts and replies, in one readable place."""

from __future__ import annotations

from inbox.lib.states import Machine

DRAFT = Machine(
    {
        "draft": {"in_review", "approved", "discarded"},
        "in_review": {"draft", "approved", "rejected"},
        # An undone or edited reply gives its text back to the author.
        "approved": {"draft", "discarded"},
        "rejected": set(),
        "discarded": set(),
    }
)

REPLY = Machine(
    {
        # A receipt that comes late is evidence too, so every live state may become `sent`.
        "queued": {"sending", "held", "cancelled", "sent"},
        "sending": {"sent", "failed", "unknown", "queued", "held"},
        # `unknown` is left only by evidence from the network or by a person.
        "unknown": {"sent", "queued", "failed", "cancelled"},
        "held": {"queued", "sent", "cancelled"},
        "failed": {"queued", "sent", "cancelled"},
        "sent": set(),
        "cancelled": set(),
    }
)
