"""The notation of the word lists, and that every list keeps to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from inbox.triage.lexicon import base
from inbox.triage.lexicon.base import load, phrase_at, phrases, sections
from inbox.triage.lexicon.stems import elided, english, indonesian
from inbox.triage.priority import RISK_POINTS

LISTS = sorted(path.stem for path in Path(base.__file__).parent.glob("*.txt"))
FEELINGS = [name for name in LISTS if not name.startswith("risks_")]
RISKS = [name for name in LISTS if name.startswith("risks_")]


def test_alternatives_gaps_and_the_longest_match() -> None:
    table = phrases([("no one/body answers", 1), ("no", 2), ("lost * bag, hung up", 3)])
    assert phrase_at(table, "no", ("no", "body", "answers"), 0) == (3, 1)
    assert phrase_at(table, "no", ("no", "thanks"), 0) == (1, 2)
    assert phrase_at(table, "lost", ("lost", "my", "bag"), 0) == (3, 3)
    assert phrase_at(table, "lost", ("lost", "my"), 0) is None
    assert phrase_at(table, "hung", ("he", "hung", "up"), 1) == (2, 3)
    assert phrase_at(table, "gone", ("gone",), 0) is None


@pytest.mark.parametrize("name", FEELINGS)
def test_every_list_of_feelings_keeps_to_the_notation(name: str) -> None:
    lexicon = load(name, elided)
    assert {-3, -2, -1, 1, 2, 3} <= set(lexicon.words.values())
    assert set(lexicon.words.values()) <= {-3, -2, -1, 0, 1, 2, 3}
    assert lexicon.negators
    assert lexicon.contrast
    for word in lexicon.words:
        assert word == word.lower()
        assert word.isalpha(), word


@pytest.mark.parametrize("name", RISKS)
def test_every_list_of_risks_uses_the_known_codes(name: str) -> None:
    assert {heading for heading, _ in sections(name)} == set(RISK_POINTS)


@pytest.mark.parametrize("name", LISTS)
def test_no_list_names_a_group_that_it_lacks(name: str) -> None:
    assert not any("<" in line for _, lines in sections(name) for line in lines)


@pytest.mark.parametrize(
    ("word", "stem"),
    [("delays", "delay"), ("stopped", "stop"), ("losing", "lose"), ("angrier", "angry")],
)
def test_english_words_lead_to_their_stem(word: str, stem: str) -> None:
    assert stem in english(word)


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("pelayanannya", "layanan"),
        ("mengecewakan", "kecewa"),
        ("terlambat", "lambat"),
        ("baik2", "baik"),
    ],
)
def test_indonesian_words_lead_to_their_stem(word: str, stem: str) -> None:
    assert stem in indonesian(word)
