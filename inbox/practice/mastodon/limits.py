"""Rate limits per person, in windows of five minutes or half an hour.

Mastodon's own figures: https://docs.joinmastodon.org/api/rate-limits/
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

# kind: how many requests in how many seconds
ALLOWED = {"all": (300, 300), "media": (30, 1800), "deletes": (30, 1800)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands after one more request."""

    limit: int
    remaining: int
    reset_at: float
    is_over: bool

    def headers(self, kind: str = "date") -> dict[str, str]:
        """The reset is a date here, not a number as on servers of other kinds."""
        if kind == "none":
            return {}
        reset = datetime.fromtimestamp(self.reset_at, UTC).isoformat(timespec="microseconds")
        is_date = kind == "date"
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": reset.replace("+00:00", "Z")
            if is_date
            else f"{self.reset_at:.0f}",
        }


class Limits:
    """Counts requests. `factor` multiplies Mastodon's limits; None counts but never refuses."""

    def __init__(self, factor: float | None) -> None:
        self.factor = factor
        self._used: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, account_id: str, method: str, path: str) -> Standing:
        """Count one request."""
        kind = "media" if path.endswith("/media") else "deletes" if method == "DELETE" else "all"
        limit, seconds = ALLOWED[kind]
        allowed = max(1, round(limit * (self.factor or 1)))
        now = time.time()
        started, used = self._used.get((account_id, kind), (now, 0))
        if now - started >= seconds:
            started, used = now, 0
        used += 1
        self._used[account_id, kind] = started, used
        is_over = self.factor is not None and used > allowed
        return Standing(allowed, max(0, allowed - used), started + seconds, is_over)

    def reset(self) -> None:
        self._used.clear()
