"""How a message feels: our own word lists and a few rules of grammar, so that every verdict
can name the words it rests on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from inbox.triage.lexicon.base import Lexicon, normal, phrase_at
from inbox.triage.lexicon.languages import lexicon_for
from inbox.triage.lexicon.symbols import EMOJI, emoticon_weight
from inbox.triage.text import Reading, read

Label = Literal["negative", "neutral", "positive"]

NEGATIVE_FROM = -1.0
POSITIVE_FROM = 1.2
SOFTNESS = 12.0  # the total at which the score stands at about 0.96
REACH = 3  # words before a word in which a negation still turns it
SHOWN_WORDS = 3

_CLAUSE_ENDS = ".,;:!?…"
_SENTENCE_ENDS = ".;:!?…"
_TURNED_GOOD = -1.0  # "not good" is as bad as "bad"
_TURNED_BAD = -0.3  # "not bad" is much less than "good"
_LEFT_OVER_NEGATION = -0.5  # "you never ..." with nothing to turn: a mild complaint
_BITTER = -1.5  # what follows thanks must be as bad as this to turn them ...
_BITTER_REACH = 6  # ... and begin within so many words
_SHOUTED = 1.25
_BEFORE_CONTRAST = 0.6
_AFTER_CONTRAST = 1.3


@dataclass(frozen=True, slots=True)
class Sentiment:
    """score: -1 to 1. words: what decided, strongest first, as written."""

    label: Label
    score: float
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class _Hit:
    start: int
    length: int
    weight: float
    is_thanks: bool = False


def sentiment(text: str, language: str) -> Sentiment:
    """Return how `text` feels; `language` is an ISO 639-1 code or "" for unknown."""
    return judge(read(text), language)


def judge(reading: Reading, language: str) -> Sentiment:
    """Return how a message that has been read already feels."""
    lexicon = lexicon_for(language)
    words = tuple(map(normal, reading.words))
    hits = _hits(reading, words, lexicon)
    _turn(hits, words, lexicon)
    _stress(hits, reading, words, lexicon)
    _embitter(hits, words)
    _contrast(hits, words, lexicon)
    total = sum(hit.weight for hit in hits) + _marks(words, hits, reading.is_question)
    return _verdict(total, hits, reading)


def _hits(reading: Reading, words: tuple[str, ...], lexicon: Lexicon) -> list[_Hit]:
    hits = []
    at = 0
    while at < len(words):
        word = words[at]
        phrase = phrase_at(lexicon.phrases, word, words, at)
        length, weight = phrase or (1, lexicon.weight(word))
        if not weight and reading.shown[at][0] == "#":
            weight = lexicon.tag_weight(word)
        if not phrase and not weight and not word[0].isalnum():
            weight = EMOJI.weights.get(word) or emoticon_weight(word)
        if weight:
            is_thanks = not lexicon.thanks.isdisjoint(words[at : at + length])
            hits.append(_Hit(at, length, weight, is_thanks))
        at += length
    return hits


def _turn(hits: list[_Hit], words: tuple[str, ...], lexicon: Lexicon) -> None:
    """Let negations turn what follows within reach; one with nothing to turn counts itself."""
    inside = {
        at for hit in hits if hit.length > 1 for at in range(hit.start, hit.start + hit.length)
    }
    negations = [
        at for at, word in enumerate(words) if word in lexicon.negators and at not in inside
    ]
    by_start = {hit.start: hit for hit in hits}
    for at in reversed(negations):
        for next_at in range(at + 1, min(at + 1 + REACH, len(words))):
            if words[next_at][0] in _CLAUSE_ENDS:
                break
            if hit := by_start.pop(next_at, None):
                hit.weight *= _TURNED_GOOD if hit.weight > 0 else _TURNED_BAD
                hit.start, hit.length = at, next_at - at + hit.length
                break
        else:
            if at not in by_start:
                hits.append(_Hit(at, 1, _LEFT_OVER_NEGATION))
    hits.sort(key=lambda hit: hit.start)


def _stress(hits: list[_Hit], reading: Reading, words: tuple[str, ...], lexicon: Lexicon) -> None:
    shouted = reading.is_shouted
    for hit in hits:
        end = hit.start + hit.length
        if hit.start:
            hit.weight *= lexicon.boosters.get(words[hit.start - 1], 1.0)
        if end < len(words):
            hit.weight *= lexicon.trailers.get(words[end], 1.0)
        shown = reading.shown[end - 1]
        if not shouted and len(shown) > 2 and shown.isupper():
            hit.weight *= _SHOUTED


def _embitter(hits: list[_Hit], words: tuple[str, ...]) -> None:
    """Turn thanks and praise that run straight into a failure: "thanks for the delay"."""
    for index, hit in enumerate(hits):
        if not hit.is_thanks or hit.weight <= 0:
            continue
        end = hit.start + hit.length
        until = next(
            (at for at in range(end, len(words)) if words[at][0] in _SENTENCE_ENDS), len(words)
        )
        nearby = [
            other for other in hits[index + 1 :] if other.start < min(until, end + _BITTER_REACH)
        ]
        is_bitter = sum(other.weight for other in nearby) <= _BITTER
        if is_bitter and all(other.weight < 0 for other in nearby):
            hit.weight *= -0.5


def _contrast(hits: list[_Hit], words: tuple[str, ...], lexicon: Lexicon) -> None:
    """Give what stands after the last "but" more say than what stands before it."""
    turns = [at for at, word in enumerate(words) if word in lexicon.contrast]
    if not turns:
        return
    for hit in hits:
        hit.weight *= _BEFORE_CONTRAST if hit.start < turns[-1] else _AFTER_CONTRAST


def _marks(words: tuple[str, ...], hits: list[_Hit], is_question: bool) -> float:
    """Return what exclamation and question marks add to what the words say."""
    total = sum(hit.weight for hit in hits)
    exclaimed = sum(min(word.count("!"), 3) for word in words if word[0] in "!?")
    extra = math.copysign(0.25 * min(exclaimed, 4), total) if total else 0.0
    if is_question and total > 0:
        extra -= min(1.0, total * 0.5)  # a question that thanks in advance is a question
    return extra


def _verdict(total: float, hits: list[_Hit], reading: Reading) -> Sentiment:
    score = round(total / math.sqrt(total * total + SOFTNESS), 3)
    if total <= NEGATIVE_FROM:
        return Sentiment("negative", score, _deciding(hits, reading, -1))
    if total >= POSITIVE_FROM:
        return Sentiment("positive", score, _deciding(hits, reading, 1))
    return Sentiment("neutral", score)


def _deciding(hits: list[_Hit], reading: Reading, sign: int) -> tuple[str, ...]:
    strongest = sorted(
        (hit for hit in hits if hit.weight * sign > 0), key=lambda hit: -hit.weight * sign
    )
    shown = (" ".join(reading.words[hit.start : hit.start + hit.length]) for hit in strongest)
    return tuple(dict.fromkeys(shown))[:SHOWN_WORDS]
