"""Everything that triage can say about one message, in one call."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.triage.language import detect_language
from inbox.triage.personal_data import PersonalData, personal_data
from inbox.triage.reach import Reach, reach_level
from inbox.triage.risk import Risk, spot
from inbox.triage.sentiment import Label, judge
from inbox.triage.text import read


@dataclass(frozen=True, slots=True)
class Analysis:
    """sentiment: the label; score: -1 to 1; sentiment_words: what decided it."""

    language: str
    sentiment: Label
    score: float
    sentiment_words: tuple[str, ...]
    risks: tuple[Risk, ...]
    personal_data: tuple[PersonalData, ...]
    reach: Reach
    is_question: bool


def analyse(text: str, *, language_hint: str, followers: int | None, is_verified: bool) -> Analysis:
    """Return what `text` says and how far its author is heard; never raises on any text."""
    language = detect_language(text, language_hint)
    reading = read(text)
    feeling = judge(reading, language)
    return Analysis(
        language=language,
        sentiment=feeling.label,
        score=feeling.score,
        sentiment_words=feeling.words,
        risks=spot(reading, language),
        personal_data=personal_data(text),
        reach=reach_level(followers, is_verified),
        is_question=reading.is_question,
    )
