"""News that the inbox tells to whoever sits above it."""

from __future__ import annotations

from django.dispatch import Signal

# Two conversations turned out to be one. Sent inside the transaction, just before `source` is
# deleted, so that a receiver can point its rows at `target`. Arguments: source, target.
conversations_merged = Signal()
