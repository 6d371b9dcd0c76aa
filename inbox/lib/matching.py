"""Whether a text holds the terms of a search: the same rule for every network.

Case, accents, width and invisible characters make no difference. Latin, Cyrillic and the like
part words by spaces, so a term is found as a whole word there; Chinese, Japanese, Thai and their
neighbours do not, so it is found anywhere; Korean and Indonesian add particles behind a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from inbox.lib.terms import Terms

LONGEST_TEXT = 20_000  # beyond, feeds carry whole books
SHORTEST_STEM = 4  # letters to which an Indonesian particle may be attached

# Thai to Burmese, Khmer, kana, Han: scripts that write on without a space.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
# Vowel signs of the scripts of India belong to the word, though they are no letters.
_SIGNS = "\u0900-\u0963\u0966-\u0dff"
_LETTER = rf"(?:[^\W{_UNSPACED}{_HANGUL}]|[{_SIGNS}])"
_PARTICLE = "(?:-?(?:nya|ku|mu|lah|kah|pun))?"
_STEM = re.compile(rf".*[a-z]{{{SHORTEST_STEM},}}")

# Accents, Arabic vowel marks and stretching, and what cannot be seen.
_IGNORED = re.compile(
    "[\u0300-\u036f\u0640\u064b-\u0652\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff]"
)
_SAME = str.maketrans(
    {"ı": "i", "đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "’": "'", "‘": "'", "＃": "#"}
)


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a text does not match. word: what stands in it though it must not."""

    code: Literal["terms", "beside", "without", "language"]
    word: str = ""


def missing(terms: Terms, text: str, *, language: str = "") -> Miss | None:
    """Return why `text` does not match `terms`, None if it does.

    language: of the text, ISO 639-1; where it is "", too little was said to tell, and the text
    is not held to the search's language.
    """
    folded = fold(text[:LONGEST_TEXT])
    if not _any_of(terms.alternatives).search(folded):
        return Miss("terms")
    if terms.beside and not _any_of(terms.beside).search(folded):
        return Miss("beside")
    if terms.without and (found := _any_of(terms.without).search(folded)):
        return Miss("without", found[0])
    if terms.language and language and language != terms.language:
        return Miss("language")
    return None


def fold(text: str) -> str:
    """Return `text` without what makes no difference."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    text = _IGNORED.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", text).translate(_SAME)


@lru_cache(maxsize=500)
def _any_of(terms: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_pattern(fold(term).strip()) for term in terms) or "(?!)")


def _pattern(term: str) -> str:
    if term.startswith("#"):
        return rf"(?<![\w&#]){re.escape(term)}(?!\w)"
    words = [re.escape(word) for word in term.split()]
    behind = _PARTICLE if len(words) == 1 and _STEM.fullmatch(term) else ""
    return _before(term) + r"\W+".join(words) + behind + _after(term)


def _before(term: str) -> str:
    if re.match(f"[{_HANGUL}]", term):
        return f"(?<![{_HANGUL}])"
    return f"(?<!{_LETTER})" if re.match(_LETTER, term) else ""


def _after(term: str) -> str:
    return f"(?!{_LETTER})" if re.match(_LETTER, term[-1:]) else ""
