"""Rate limits per person and endpoint, in windows of fifteen minutes.

X's own figures: https://docs.x.com/x-api/fundamentals/rate-limits
"""

from __future__ import annotations

import time
from dataclasses import dataclass

WINDOW_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands with an endpoint after one more request."""

    limit: int
    remaining: int
    reset_at: int
    is_over: bool

    def headers(self) -> dict[str, str]:
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset_at),
        }


class Limits:
    """Counts requests. `factor` multiplies X's limits; None counts but never refuses."""

    def __init__(self, factor: float | None) -> None:
        self.factor = factor
        self._used: dict[tuple[str, int], tuple[float, int]] = {}

    def take(self, endpoint: str, user_id: int, limit: int) -> Standing:
        """Count one request of `user_id` to `endpoint`, whose limit on X is `limit`."""
        allowed = max(1, round(limit * (self.factor or 1)))
        now = time.time()
        started, used = self._used.get((endpoint, user_id), (now, 0))
        if now - started >= WINDOW_SECONDS:
            started, used = now, 0
        used += 1
        self._used[endpoint, user_id] = started, used
        return Standing(
            limit=allowed,
            remaining=max(0, allowed - used),
            reset_at=int(started) + WINDOW_SECONDS + 1,
            is_over=self.factor is not None and used > allowed,
        )

    def reset(self) -> None:
        self._used.clear()


def read_factor(text: str) -> float | None:
    """Read the command line's word: `x` for X's own limits, `off`, or a factor such as 10."""
    if text == "off":
        return None
    return 1.0 if text == "x" else float(text)
