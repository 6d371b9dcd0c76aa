"""How far a person is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.reach import reach_level


@pytest.mark.parametrize(
    ("followers", "is_verified", "level"),
    [
        (None, False, 0),
        (0, False, 0),
        (999, False, 0),
        (1_000, False, 1),
        (10_000, False, 2),
        (180_000, False, 3),
        (2_000_000, False, 4),
        (None, True, 1),
        (10_000, True, 2),
    ],
)
def test_level_follows_from_followers(followers: int | None, is_verified: bool, level: int) -> None:
    assert reach_level(followers, is_verified).level == level


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.booleans())
def test_more_followers_never_reach_less(one: int, other: int, is_verified: bool) -> None:
    low, high = sorted((one, other))
    assert reach_level(low, is_verified).level <= reach_level(high, is_verified).level
