"""Which lexicon reads which language."""

from __future__ import annotations

from functools import cache

from inbox.triage.lexicon.base import Lexicon, load, merged
from inbox.triage.lexicon.stems import elided, english, indonesian

ENGLISH = load("en", english)
INDONESIAN = load("id", indonesian)
# Indonesian posts are full of English words, and a text too short for its language to be told
# is mostly one or the other.
_MIXED = merged(INDONESIAN, ENGLISH)
_SILENT = Lexicon(stems=elided)

# Malay, Javanese and Sundanese are read with the Indonesian list: on social networks they are
# mixed with it, and the words of complaint and praise are largely shared.
_MIXED_FOR = frozenset({"", "id", "ms", "jv", "su"})
_OWN_LIST = frozenset({"de", "es", "fr", "it", "pt"})


def is_mixed(language: str) -> bool:
    """Whether texts of this language are read as Indonesian with English words in it."""
    return language in _MIXED_FOR


@cache
def lexicon_for(language: str) -> Lexicon:
    """Return the lexicon for a language; where we have none, only symbols speak."""
    if is_mixed(language):
        return _MIXED
    if language == "en":
        return ENGLISH
    return load(language, elided) if language in _OWN_LIST else _SILENT
