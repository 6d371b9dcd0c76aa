"""Lengths agree with X's own counting library, release 3.1.0, from which the figures come."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.x.text import fold, urls, weighted_length, without_mentions


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 6),
        ("ไทย", 3),
        ("العربية", 7),
        ("“q”", 3),
        ("—", 1),
        ("™", 2),
        ("©", 1),
        ("Cafe\u0301", 4),
    ],
)
def test_letters(text: str, length: int) -> None:
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    "text",
    ["😀", "👨‍👩‍👧‍👦", "👍🏽", "🇮🇩", "1️⃣", "©️", "☀", "☀️", "❤️", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏽‍💻"],
)
def test_one_emoji_however_joined_weighs_two(text: str) -> None:
    assert weighted_length(text) == 2
    assert weighted_length(f"a{text}b{text}") == 6


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("https://example.com/a/very/long/path?with=a&query=too#and-more", 23),
        ("http://t.co/abc", 23),
        ("go to example.com now", 33),
        ("that.is it", 26),
        ("EXAMPLE.COM.", 24),
        ("(foo.com)", 25),
        ("www.foo.co.uk,", 24),
        ("sub_domain.example.com", 27),
        ("詳細はexample.comを見て", 23 + 6 + 6),
        ("http://例え.jp/テスト", 23 + 6),
        ("end.https://example.com", 27),
        ("xn--80ak6aa92e.com", 23),
        ("https://www.example.com:8080/path/(x)/y.", 24),
    ],
)
def test_links_weigh_23_whatever_their_length(text: str, length: int) -> None:
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    "text",
    [
        *("user@example.com", "#example.com", "foo_bar.com", "-foo.com", "http://localhost:80/"),
        *("3.5", "wait...what", "e.g.", "foo.comet", "http://a.b", "example.com@you"),
    ],
)
def test_what_only_looks_like_a_link(text: str) -> None:
    assert list(urls(text)) == []
    assert weighted_length(text) == len(text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("@rina hello", "hello"),
        (" @rina\n@b_2 hello @c", "hello @c"),
        ("hello @rina", "hello @rina"),
        ("@rina", "@rina"),
        ("@rina ", "@rina "),
        ("@ rina", "@ rina"),
        ("@rina: hello", "@rina: hello"),
        ("mail@rina hello", "mail@rina hello"),
    ],
)
def test_leading_mentions_are_free(text: str, rest: str) -> None:
    assert without_mentions(text) == rest


def test_case_scheme_and_space_do_not_matter_for_comparing() -> None:
    assert fold("@a See HTTPS://Example.com/ now ") == fold("See example.com\nnow")
    assert fold("See example.com") != fold("See example.org")


@given(st.text())
def test_any_text_can_be_counted_and_compared(text: str) -> None:
    assert weighted_length(text) >= 0
    assert fold(fold(text)) is not None


@pytest.mark.parametrize(
    "piece",
    ["a.", "(", "x.com/(a", "@a ", "-", "a.zz", "http://", "id.", "1.", "a_.", "x.com?", "é.com/"],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    started = time.thread_time()  # of our own work: others may be busy
    weighted_length(text)
    fold(text)
    assert time.thread_time() - started < 1
