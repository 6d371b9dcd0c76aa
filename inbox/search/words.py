"""What counts as a word, the same for what is stored, what is asked, and on every database.

`postgres.py` says the same in SQL, and a test holds the two together. A word is a run of letters
and digits in lower case without accents; in scripts that put no space between words, and for
emoji, every character is a word, so that any stretch of them is found as a phrase. Everything
else only parts words, so "@budi_w", "INV-2291" and addresses are found as phrases too.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100_000  # characters of a text that are looked at
WIDEST = 64  # characters of a word that count

# Accents, Arabic vowel signs, and what is not seen at all: joiners, direction marks, selectors.
UNSEEN = (
    "\\u00ad\\u0300-\\u036f\\u0610-\\u061a\\u061c\\u0640\\u064b-\\u065f\\u0670"
    "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff"
)
# Punctuation, spaces and signs. U+E000 to U+F8FF are private: `MARK` is one of them.
BETWEEN = (
    "\\u0001-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00a9\\u00ab-\\u00b4\\u00b6-\\u00b9"
    "\\u00bb-\\u00bf\\u00d7\\u00f7\\u037e\\u0387\\u055a-\\u055f\\u0589\\u05be\\u05c0\\u05c3"
    "\\u05f3\\u05f4\\u060c\\u061b\\u061f\\u066a-\\u066d\\u06d4\\u0964\\u0965\\u1680"
    "\\u2000-\\u206f\\u20a0-\\u20cf\\u2190-\\u245f\\u2500-\\u25ff\\u27c0-\\u2b4f\\u2b51-\\u2b54"
    "\\u2b56-\\u2bff\\u2e00-\\u2e7f\\u3000-\\u3004\\u3008-\\u3020\\u3030\\u303d-\\u303f\\u30fb"
    "\\ue000-\\uf8ff\\ufd3e\\ufd3f\\ufe10-\\ufe1f\\ufe30-\\ufe6f\\ufff0-\\uffff"
)
# Thai, Lao, Burmese, Khmer, Japanese and Chinese characters, and emoji.
ALONE = (
    "\\u0e01-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u2600-\\u27bf\\u2b50\\u2b55\\u3005-\\u3007"
    "\\u3041-\\u30fa\\u30fc-\\u30ff\\u31f0-\\u31ff\\u3400-\\u9fff\\uf900-\\ufaff"
    "\\U0001f000-\\U0001faff\\U00020000-\\U0003ffff"
)
MARK = "\ue000"  # begins words that are ours, such as a channel's; no text can contain one

_UNSEEN = re.compile(f"[{UNSEEN}]+")
_BETWEEN = re.compile(f"[{BETWEEN}\\x00]+")
_ALONE = re.compile(f"([{ALONE}])")
_PIECE = re.compile(f"[{ALONE}][{UNSEEN}]*|[^{ALONE}{BETWEEN}\\x00]+")


def fold(text: str) -> str:
    """Return `text` as words with one space between them."""
    text = text[:LONGEST]
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", text)
        text = _ALONE.sub(r" \1 ", text)
    # A Greek word ends in a letter of its own, which only some ways of lowering know.
    return _BETWEEN.sub(" ", text).strip().lower().replace("ς", "σ")


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` in order."""
    return tuple(word[:WIDEST] for word in fold(text).split())


def pieces(text: str) -> list[tuple[int, int, str]]:
    """Return where each word of `text` begins and ends, and the word."""
    found = []
    for match in _PIECE.finditer(text[:LONGEST]):
        found += [(*match.span(), word) for word in words(match.group())]
    return found
