"""Decoded JSON made fit for every database: what some refuse must not stop a whole page."""

from __future__ import annotations

import math
import re
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
