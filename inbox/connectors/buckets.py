"""Staying away from an endpoint whose allowance is used up, instead of asking it in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inbox.connectors.answers import retry_after

LONGEST = 86_400.0  # seconds; a limit that claims more is a slip of the server's clock

Headers = Mapping[str, str]


def never_used_up(headers: Headers) -> bool:
    """Networks that do not announce the end of an allowance only say so by a 429."""
    return False


@dataclass(frozen=True, slots=True)
class Bucket:
    """One allowance of a network: who draws on it, and how its headers speak of it.

    key: account and endpoint, as the network counts them; "" for none.
    wait: reads how many seconds to stay away. is_used_up: says whether a good answer was the last.
    """

    key: str = ""
    wait: Callable[[Headers], float | None] = retry_after
    is_used_up: Callable[[Headers], bool] = never_used_up


class Buckets:
    """Which allowances of this process are used up, and until when. Shared by threads."""

    def __init__(self) -> None:
        self._open_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def seconds_left(self, bucket: Bucket) -> float:
        """Return how long `bucket` stays empty, 0 if it may be used."""
        with self._lock:
            left = self._open_at.get(bucket.key, 0.0) - time.monotonic()
            if left <= 0:
                self._open_at.pop(bucket.key, None)
        return max(0.0, left)

    def note(self, bucket: Bucket, status: int, headers: Headers) -> None:
        """Learn from an answer."""
        if not bucket.key or (status != 429 and not bucket.is_used_up(headers)):
            return
        seconds = bucket.wait(headers)
        if seconds:
            with self._lock:
                self._open_at[bucket.key] = time.monotonic() + min(seconds, LONGEST)
