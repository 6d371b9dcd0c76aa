"""Rate limits as the AT Protocol's servers tell them.

https://docs.bsky.app/docs/advanced-guides/rate-limits
"""

from __future__ import annotations

from inbox.practice.bluesky.world import Refused

REQUESTS, WINDOW = 3000, 300.0

# Limit, what is left of it, and when it is whole again in seconds since 1970.
Standing = tuple[int, int, float]


class Limits:
    """So many requests of each account in five minutes. scale: multiplies it; None: no limit."""

    def __init__(self, scale: float | None) -> None:
        self._most = None if scale is None else max(1, round(REQUESTS * scale))
        self._used: dict[str, tuple[int, float]] = {}

    def take(self, account: str, now: float) -> Standing | None:
        if self._most is None:
            return None
        used, ends = self._used.get(account, (0, now + WINDOW))
        if ends <= now:
            used, ends = 0, now + WINDOW
        if used >= self._most:
            raise Refused("RateLimitExceeded", "Rate Limit Exceeded", status=429)
        self._used[account] = used + 1, ends
        return self._most, self._most - used - 1, ends


def headers(standing: Standing) -> dict[str, str]:
    most, left, ends = standing
    return {
        "ratelimit-limit": str(most),
        "ratelimit-remaining": str(left),
        "ratelimit-reset": str(round(ends)),
        "ratelimit-policy": f"{most};w={WINDOW:.0f}",
    }
