"""Why a backup could not be taken or put back."""

from __future__ import annotations


class BackupError(Exception):
    """Says in one sentence what is wrong and, where there is one, the remedy."""
