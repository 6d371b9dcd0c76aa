"""A sign of life: when a worker last ran what beat asked for, and which keys it holds.

Kept in the database cache, so every machine of the desk sees the same one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.core.cache import cache

from inbox.lib import crypto

EVERY = 10.0  # seconds between two beats
LATE = 60.0  # seconds without one after which something is wrong
_KEY = "heartbeat"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """age: seconds since; key_marks: see `crypto.marks`."""

    age: float
    key_marks: tuple[str, ...]

    @property
    def is_late(self) -> bool:
        return self.age > LATE


def beat() -> None:
    """Note that a worker runs now."""
    cache.set(_KEY, {"at": time.time(), "keys": crypto.marks()}, timeout=None)


def last() -> Heartbeat | None:
    """Return the last sign of life, or None if there never was one."""
    noted = cache.get(_KEY)
    if noted is None:
        return None
    return Heartbeat(age=time.time() - noted["at"], key_marks=tuple(noted["keys"]))


def forget() -> None:
    """Begin anew, as before the first worker."""
    cache.delete(_KEY)
