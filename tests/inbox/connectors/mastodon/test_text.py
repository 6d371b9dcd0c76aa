"""Length, address and comparison of texts by Mastodon's rules.

https://docs.joinmastodon.org/user/posting/#text
"""

from __future__ import annotations

import pytest

from inbox.connectors.mastodon.text import addressed, count, fold, mentioned

DOMAIN = "social.example"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("https://example.com/" + "x" * 300, 23),
        ("see https://example.com/a, please", 4 + 23 + 8),
        ("@rina@far.example hi", len("@rina hi")),
        ("mail me@example.com", len("mail me@example.com")),
        ("e\u0301", 1),
    ],
)
def test_count(text: str, length: int) -> None:
    assert count(text) == length


def test_who_is_mentioned() -> None:
    text = "@Rina and @bo@far.example, not me@example.com nor https://x.example/@eve"
    assert list(mentioned(text)) == ["rina", "bo@far.example"]


@pytest.mark.parametrize(
    ("text", "acct", "wanted"),
    [
        ("hi", "rina@far.example", "@rina@far.example hi"),
        ("hi", "rina", "@rina hi"),
        ("hi", "rina@social.example", "@rina hi"),
        ("thanks @RINA@far.example", "rina@far.example", "thanks @RINA@far.example"),
        ("thanks @rina", "rina@far.example", "@rina@far.example thanks @rina"),
    ],
)
def test_the_person_is_named_once(text: str, acct: str, wanted: str) -> None:
    assert addressed(text, acct, domain=DOMAIN) == wanted


@pytest.mark.parametrize(
    ("ours", "shown"),
    [
        ("We are on it", "@rina@far.example We are on it"),
        ("We are on it", "@rina We are on  it\n"),
        ('He said "no" *now*', "He said “no” now"),
        ("see https://a.example/x.", "see a.example/x ."),
        ("ask @bo@far.example", "@rina ask @bo"),
    ],
)
def test_the_same_words_in_another_dress(ours: str, shown: str) -> None:
    assert fold(ours) == fold(shown)


def test_other_words_are_other_words() -> None:
    assert fold("We are on it 😀") != fold("We are on it")
    assert fold("!!!") != fold("???")
