"""Keys of records that are the same at every attempt, so that a post cannot be written twice.

https://atproto.com/specs/tid: 53 bits of microseconds since 1970 and 10 bits that tell clocks
apart, in 13 characters that sort by time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
LENGTH = 13
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Where the keys of posts lie whose first attempt has no time: in the past, so that no clock minds.
SPAN_START = datetime(2020, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=1825)


def key_at(idempotency_key: str, at: datetime) -> str:
    """Return the key of what was first tried at `at`: that millisecond, and for the rest of the
    bits a digest, so that two posts of one millisecond do not meet."""
    digest = _digest(idempotency_key)
    microseconds = (at - EPOCH) // timedelta(milliseconds=1) * 1000 + digest % 1000
    return tid(microseconds, digest // 1000 % 1024)


def key_of(idempotency_key: str) -> str:
    """Return the key of what is known by its idempotency key alone."""
    digest = _digest(idempotency_key)
    within = digest % (SPAN // timedelta(microseconds=1))
    start = (SPAN_START - EPOCH) // timedelta(microseconds=1)
    return tid(start + within, (digest >> 64) % 1024)


def tid(microseconds: int, clock: int) -> str:
    number = microseconds << 10 | clock
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def _digest(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:16])
