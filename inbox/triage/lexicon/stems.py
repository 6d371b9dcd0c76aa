"""Taking words apart: enough grammar to find a listed word in its inflected forms.

A stem is only ever looked up, never shown, so a wrong cut costs nothing unless it happens to
spell a listed word; where it does, the list gives the longer word a weight of 0.
"""

from __future__ import annotations

from collections.abc import Iterator

_LEAST = 4  # letters of an Indonesian stem; shorter ones are parts of too many other words

_ENGLISH_ENDINGS = (("s", 4), ("ed", 5), ("ing", 6), ("er", 6), ("est", 6), ("ly", 6))
_PREFIXES = (
    "meng", "meny", "mem", "men", "me", "peng", "peny", "pem", "pen", "pe", "ber", "ter", "di",
    "ke", "se", "nge", "ng",
)  # fmt: skip
# Letters that these prefixes swallow: meng + kecewa makes "mengecewa".
_SWALLOWED = {
    "meng": "k", "peng": "k", "mem": "p", "pem": "p", "men": "t", "pen": "t", "meny": "s",
    "peny": "s",
}  # fmt: skip
_ENDINGS = ("nya", "lah", "kah", "kan", "in", "an", "ku", "mu", "i", "2")


def elided(word: str) -> Iterator[str]:
    """Yield what follows an apostrophe ("l'attente"); for lists that give words in every form."""
    if "'" in word:
        yield word.rpartition("'")[2]


def english(word: str) -> Iterator[str]:
    """Yield what `word` may be a form of: plural, tense, comparison, adverb."""
    if word.endswith("'s"):
        yield word[:-2]
    for ending, least in _ENGLISH_ENDINGS:
        if len(word) >= least and word.endswith(ending) and not word.endswith("ss"):
            stem = word[: -len(ending)]
            yield from (stem, stem + "e")
            if len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]
            if stem.endswith("i"):
                yield stem[:-1] + "y"


def indonesian(word: str) -> Iterator[str]:
    """Yield `word` without its affixes: endings and particles first, then prefixes."""
    shorter = [
        word[: -len(ending)]
        for ending in _ENDINGS
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST
    ]
    yield from shorter
    for form in (word, *shorter):
        for prefix in _PREFIXES:
            if form.startswith(prefix) and len(form) - len(prefix) >= _LEAST:
                rest = form[len(prefix) :]
                yield rest
                if prefix in _SWALLOWED:
                    yield _SWALLOWED[prefix] + rest
