"""Spotting the words that call for a second pair of eyes: law, press, safety, leaks, fraud."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from inbox.triage.lexicon import stems
from inbox.triage.lexicon.base import Phrases, normal, phrase_at, phrases, sections
from inbox.triage.lexicon.languages import ENGLISH, INDONESIAN, is_mixed
from inbox.triage.text import Reading, read

# A denial so many words before takes these back ("no injuries"); "no refund" is a risk all the
# same, and so is a phrase that begins with its denial ("no signal").
DENIAL_REACH = 3
DENIABLE = frozenset({"safety", "hate_threat", "data_leak", "fraud"})

_DENIALS = ENGLISH.negators | INDONESIAN.negators


class Risk(NamedTuple):
    """code: a key of priority.RISK_POINTS. word: what was written, in lower case."""

    code: str
    word: str


def risks(text: str, language: str) -> tuple[Risk, ...]:
    """Return the risks that `text` names, in order; `language` is ISO 639-1 or "" for unknown."""
    return spot(read(text), language)


def spot(reading: Reading, language: str) -> tuple[Risk, ...]:
    """Return the risks of a message that has been read already, each once."""
    tables = [_ENGLISH]
    if is_mixed(language):
        tables.append(_INDONESIAN)  # with the English one: loan words are everywhere
    words = tuple(map(normal, reading.words))
    found: dict[Risk, None] = {}
    for at, word in enumerate(words):
        head = _head(word)
        if not head:
            continue
        for table in tables:
            if match := phrase_at(table, head, words, at):
                length, code = match
                if code not in DENIABLE or not _is_denied(words, at):
                    found[Risk(code, " ".join(reading.words[at : at + length]))] = None
    return tuple(found)


def _is_denied(words: tuple[str, ...], at: int) -> bool:
    for word in reversed(words[max(0, at - DENIAL_REACH) : at]):
        if word in _DENIALS:
            return True
        if not word[0].isalnum():
            return False
    return False


@lru_cache(maxsize=30_000)
def _head(word: str) -> str:
    """Return the listed first word that `word` is a form of, "" if there is none."""
    forms = (word, *stems.english(word), *stems.indonesian(word))
    return next((form for form in forms if form in _HEADS), "")


def _table(name: str) -> Phrases[str]:
    return phrases((line, code) for code, lines in sections(name) for line in lines)


_ENGLISH = _table("risks_en")
_INDONESIAN = _table("risks_id")
_HEADS = _ENGLISH.keys() | _INDONESIAN.keys()
