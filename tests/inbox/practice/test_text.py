from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.practice.x import text as rules


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("é", 1),
        ("e\u0301", 1),  # counted as one composed letter
        ("“quoted” – dash", 15),
        ("…", 2),
        ("日本語", 6),
        ("Ελληνικά", 8),
        ("안녕", 4),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇮🇩", 2),
        ("1️⃣", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("❤️", 2),
        ("see https://example.com/a/very/long/path?with=query&and=more", 4 + 23),
        ("example.com", 23),
        ("https://t.co/abcdefghij!", 24),
        ("two: http://a.com http://b.com", 5 + 23 + 1 + 23),
        ("file.txt", 8),
        ("a@example.com", 13),
    ],
)
def test_weighted_length_follows_twitter_text(text: str, length: int) -> None:
    assert rules.weighted_length(text) == length


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@brand hello", ["brand"]),
        ("hello @Brand, and @other_one.", ["Brand", "other_one"]),
        (".@brand look", ["brand"]),
        ("(@brand)", ["brand"]),
        ("RT @brand: x", ["brand"]),
        ("rt@brand x", ["brand"]),
        ("mail me at ana@brand.com", []),
        ("@brand@mastodon.social", []),
        ("@@brand", []),
        ("a_@brand", []),
        ("@b", ["b"]),
        ("＠brand full width", ["brand"]),
        ("@brand's site", ["brand"]),
        ("日本語@brand", ["brand"]),
        ("https://example.com/@brand", []),
        ("@one@two", []),
        ("@brandé", []),
    ],
)
def test_mentions_follow_twitter_text(text: str, handles: list[str]) -> None:
    assert rules.mentions(text) == handles


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = rules.spans(text)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
    assert rules.weighted_length(text) >= 0
