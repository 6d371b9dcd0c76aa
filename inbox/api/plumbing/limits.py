"""How often one token may ask: counted in Redis for all web processes, else in each by itself."""

from __future__ import annotations

import logging
import threading
import time
from functools import cache

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)

WINDOW = 60  # seconds
REDIS_PATIENCE = 0.3  # seconds; a limit must not cost more than what it protects
REDIS_REST = 30.0  # seconds without Redis after it did not answer


class PerHolder(BaseThrottle):
    """`settings.API_RATE` requests a minute for each token, or each person who is signed in."""

    def allow_request(self, request: Request, view: object) -> bool:
        if not request.user or not request.user.is_authenticated:
            return True  # refused for that reason already
        return counter.add(holder(request)) <= settings.API_RATE

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW


def holder(request: Request) -> str:
    """Return who asks, as one text: the token, or the person."""
    token = getattr(request.user, "token_id", None)
    return f"token:{token}" if token else f"user:{request.user.pk}"


class Counter:
    """Counts by holder and minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute, self._counts = 0, dict[str, int]()
        self._redis_from = 0.0

    def add(self, name: str) -> int:
        """Count one more request of `name`; return how many it made in this minute."""
        minute = int(time.time() // WINDOW)
        shared = self._add_in_redis(f"crisisdesk:api:{minute}:{name}")
        return self._add_here(minute, name) if shared is None else shared

    def _add_in_redis(self, key: str) -> int | None:
        if not settings.REDIS_URL or time.monotonic() < self._redis_from:
            return None
        try:
            with _client().pipeline() as pipe:
                count, _expiry = pipe.incr(key).expire(key, 2 * WINDOW).execute()
            return int(count)
        except redis.RedisError as error:
            self._redis_from = time.monotonic() + REDIS_REST
            logger.warning("limits count without Redis", extra={"error": str(error)})
            return None

    def _add_here(self, minute: int, name: str) -> int:
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[name] = self._counts.get(name, 0) + 1
            return self._counts[name]


counter = Counter()


@cache
def _client() -> redis.Redis:
    patience = {"socket_connect_timeout": REDIS_PATIENCE, "socket_timeout": REDIS_PATIENCE}
    return redis.Redis.from_url(settings.REDIS_URL, **patience)
