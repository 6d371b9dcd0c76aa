"""Reading a message as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.text import read, strip_noise


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@brand Can't log in!! https://x.example/y", ("can't", "log", "in", "!!")),
        ("#WorstAirlineEver #fail", ("worst", "airline", "ever", "fail")),
        ("it’s Tom &amp; Siti", ("it's", "tom", "siti")),
        ("teman-teman, 3hrs :( 😡", ("teman", "teman", ",", "3hrs", ":(", "😡")),
        ("mail a@b.example now", ("mail", "now")),
        ("", ()),
    ],
)
def test_words_without_noise(text: str, words: tuple[str, ...]) -> None:
    assert read(text).words == words


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("still down?", True),
        ("kapan normal min", True),
        ("How do I pay", True),
        ("no idea how", False),
        ("see https://x.example/?q=1", False),
        ("stop!!", False),
        ("", False),
    ],
)
def test_questions_are_known_by_mark_or_first_word(text: str, is_question: bool) -> None:
    assert read(text).is_question is is_question


def test_very_long_text_is_cut() -> None:
    assert len(strip_noise("a" * 100_000)) == 5_000


@given(st.text())
def test_words_and_shown_run_in_step(text: str) -> None:
    reading = read(text)
    assert len(reading.words) == len(reading.shown)
    assert all(reading.words)
