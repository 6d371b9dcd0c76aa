"""The bell of the event stream: wakes the web processes so that they read new LiveEvent rows."""

from __future__ import annotations

import logging
import threading
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

BELL = "crisisdesk:live"
local_bell = threading.Event()  # rung in single-process mode, where there is no Redis


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def ring() -> None:
    """Wake the readers; without Redis they look by themselves once a second."""
    local_bell.set()
    if not settings.REDIS_URL:
        return
    try:
        _client().publish(BELL, "1")
    except redis.RedisError as error:
        logger.warning("bell out of reach", extra={"error": str(error)})
