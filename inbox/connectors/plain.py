"""What every network writes alike, and decoded JSON made fit for every database."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

# PostgreSQL stores no null character, and nothing can encode half of a surrogate pair.
# https://www.postgresql.org/docs/current/datatype-character.html
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**63  # beyond it a number is no count of anything, and jsonb would keep every digit


def plain(value: Any) -> Any:
    """Return `value`, as `json.loads` makes it, with what cannot be stored replaced.

    Such characters become U+FFFD, as in a browser; numbers that JSON does not know, or of
    absurd size, become text.
    """
    if isinstance(value, str):
        return _UNFIT.sub("\ufffd", value)
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {plain(key): plain(part) for key, part in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return hex(value)
    return value


def moment(value: str) -> datetime:
    """Read a time with its zone, such as 2026-11-23T06:00:00.000Z. Raises ValueError, TypeError."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    if not 1970 <= found.year < 3000:  # beyond, other time zones may not be able to show it
        raise ValueError("a time of another age")
    return found.astimezone(UTC)


def is_count(value: Any) -> bool:
    """Say whether `value` is a number of followers or the like, as a column can hold it."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST
