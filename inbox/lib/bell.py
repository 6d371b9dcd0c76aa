"""Ringing the bell: telling a worker that the database has work, without depending on it."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


# A bell that nobody heard for so long is pointless: the sweeps have rung again since.
STALE_AFTER = 60.0  # seconds


def ring(task: Task[..., Any], *args: Any) -> None:
    """Ask a worker to run `task` once the current transaction has committed.

    The rows are already in the database, and a beat task sweeps them, so a broker that is out
    of reach delays the work and loses nothing.
    """

    def enqueue() -> None:
        try:
            task.apply_async(args, retry=False, expires=STALE_AFTER)
        except (OperationalError, OSError) as error:
            logger.warning("broker out of reach", extra={"task": task.name, "error": str(error)})

    transaction.on_commit(enqueue)
