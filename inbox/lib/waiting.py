"""How long to stay away from what does not answer."""

from __future__ import annotations

import random


def backoff(tries: int, *, first: float, longest: float) -> float:
    """Return seconds to wait after `tries` (from 0) in vain, spread so that a herd disperses."""
    whole = min(first * 2.0 ** min(tries, 20), longest)
    return whole * random.uniform(0.5, 1.0)  # noqa: S311  (no secret depends on it)
