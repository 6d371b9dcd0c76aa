"""Who is speaking: how many people hear this person, in five steps."""

from __future__ import annotations

from dataclasses import dataclass

NOTABLE_FROM = 1_000
INFLUENTIAL_FROM = 10_000
MAJOR_FROM = 100_000
MASS_FROM = 1_000_000

_LABELS = ("ordinary", "notable", "influential", "major", "mass")
_STEPS = (NOTABLE_FROM, INFLUENTIAL_FROM, MAJOR_FROM, MASS_FROM)


@dataclass(frozen=True, slots=True)
class Reach:
    """level: 0 to 4. label: the same in a word."""

    level: int
    label: str


def reach_level(followers: int | None, is_verified: bool) -> Reach:
    """Return how far a person is heard; `followers` is None where the network does not tell.

    A badge of verification lifts only to the first step: some networks sell it.
    """
    level = sum((followers or 0) >= step for step in _STEPS)
    if is_verified:
        level = max(level, 1)
    return Reach(level, _LABELS[level])
