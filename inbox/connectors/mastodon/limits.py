"""What headers say of rate limits: https://docs.joinmastodon.org/api/rate-limits/"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from inbox.connectors.answers import now, retry_after

LONG_AGO = 1e9  # seconds since 1970


def seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """Return how long to wait: here the reset is a date, on some servers seconds since 1970, and
    a small number is the wait itself."""
    value = headers.get("x-ratelimit-reset", "")
    try:
        number = float(value)
    except ValueError:
        number = _date(value)
    if not 0 < number < float("inf"):
        return retry_after(headers)
    return max(1.0, number - now(headers)) if number > LONG_AGO else number


def _date(value: str) -> float:
    """Return seconds since 1970, 0 for what is no date; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def is_used_up(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0"
