"""How a message feels, and which words say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.triage.sentiment import sentiment

ENGLISH = [
    ("Third time this week. Unacceptable.", "negative"),
    ("Still waiting for a reply, nobody answers", "negative"),
    ("I have been on hold for 2 hours", "negative"),
    ("you lost my bag and cancelled my flight", "negative"),
    ("the app is not working", "negative"),
    ("I'm not happy with this", "negative"),
    ("The food was good but the service was terrible", "negative"),
    ("thanks for the 3 hour delay", "negative"),
    ("I love how you lost my bag AGAIN", "negative"),
    ("Great, another outage. Thanks a lot.", "negative"),
    ("Thank you so much, that was quick!", "positive"),
    ("Best support team ever", "positive"),
    ("not bad at all", "positive"),
    ("Delayed, but the crew was wonderful and we made it", "positive"),
    ("Do you fly to Jakarta on Sundays?", "neutral"),
    ("Can you help me change the date? Thanks in advance", "neutral"),
    ("I'll send it by DM", "neutral"),
    ("", "neutral"),
]
INDONESIAN = [
    ("kecewa banget sama pelayanan kalian", "negative"),
    ("gak bisa login dari tadi pagi", "negative"),
    ("lemot parah min", "negative"),
    ("Refund saya belum masuk juga", "negative"),
    ("makanannya kurang enak", "negative"),
    ("Saldo hilang, tidak ada kejelasan", "negative"),
    ("mantap banget, makasih min!", "positive"),
    ("pelayanannya ramah dan tempatnya nyaman", "positive"),
    ("tidak mengecewakan sama sekali, sangat puas", "positive"),
    ("Kantor cabang Bandung buka jam berapa?", "neutral"),
    ("gubernur meresmikan gedung itu kemarin", "neutral"),
]
ANY_LANGUAGE = [
    ("😡😡😡", "negative"),
    ("👏👏 ❤️", "positive"),
    (":(", "negative"),
    ("📦", "neutral"),
]


@pytest.mark.parametrize(("text", "label"), ENGLISH)
def test_english(text: str, label: str) -> None:
    assert sentiment(text, "en").label == label


@pytest.mark.parametrize(("text", "label"), INDONESIAN)
def test_indonesian(text: str, label: str) -> None:
    assert sentiment(text, "id").label == label


@pytest.mark.parametrize("language", ["", "ja", "es", "en", "id"])
@pytest.mark.parametrize(("text", "label"), ANY_LANGUAGE)
def test_symbols_speak_every_language(text: str, label: str, language: str) -> None:
    assert sentiment(text, language).label == label


def test_verdict_names_its_words_strongest_first() -> None:
    assert sentiment("Third time this week. Unacceptable.", "en").words[:2] == (
        "unacceptable",
        "third time",
    )


def test_inflected_and_stretched_words_are_met() -> None:
    assert sentiment("kekecewaanku, kecewaaaa", "id").label == "negative"
    assert sentiment("awesooooome", "en").label == "positive"


def test_hashtags_are_read_as_words() -> None:
    assert sentiment("#WorstAirlineEver", "en").label == "negative"
    assert sentiment("#poorservice", "en").label == "negative"
    assert sentiment("#nothappy", "en").label == "negative"


def test_capitals_stress_only_where_they_stand_out() -> None:
    said, shouted = sentiment("this is a bad day", "en"), sentiment("this is a BAD day", "en")
    assert shouted.score < said.score
    assert sentiment("THIS IS A BAD DAY", "en").score == said.score


def test_links_mentions_and_entities_do_not_count() -> None:
    assert sentiment("@terrible see https://example.org/awful-crash", "en").score == 0
    assert sentiment("I &lt;3 you", "en").label == "positive"


@given(st.text(), st.sampled_from(["", "en", "id", "fr"]))
def test_any_text_has_a_score_in_range(text: str, language: str) -> None:
    found = sentiment(text, language)
    assert -1 <= found.score <= 1
    assert found.label in {"negative", "neutral", "positive"}
    assert len(found.words) <= 3


GRAMMAR = [
    "not",
    "never",
    "good",
    "no",
    "thanks",
    "delay",
    "great",
    "on",
    "hold",
    ",",
    ".",
    "!",
    "but",
]


@given(st.lists(st.sampled_from(GRAMMAR)))
def test_grammar_holds_in_any_order(words: list[str]) -> None:
    assert -1 <= sentiment(" ".join(words), "en").score <= 1
