"""The shape of a lexicon, and the notation of its word lists (`*.txt` beside this file).

A list is divided by headings in brackets; a line that begins with `#` is a comment. Words are
divided by spaces, phrases by commas or lines. In a phrase `a/b` offers alternatives, `<name>`
the alternatives that `[groups]` gives that name, `*` is any one word, `0` any number (`0hrs` is
"3hrs").

`[words +2]`, `[phrases -3]`: weights are 1 mild, 2 plain, 3 strong; 0 keeps a word from counting.
`[negators]` turn what follows. `[boosters 1.35]` multiply what follows, `[trailers 1.35]` what
precedes. What follows `[contrast]` outweighs what came before. `[thanks]` are courtesies and
praise that turn bitter beside a complaint.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Generic, TypeVar

ANY = "*"
NUMBER = "0"

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Tails(Generic[V]):
    """What may follow a first word: by the words themselves, and with a gap in them."""

    exact: Mapping[tuple[str, ...], V]
    lengths: tuple[int, ...]  # of the exact ones, longest first
    gapped: tuple[tuple[tuple[str, ...], V], ...]


Phrases = Mapping[str, Tails[V]]

_RUN = re.compile(r"(\w)\1{2,}")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_GROUP = re.compile(r"<([\w-]+)>")
_LEAST_OF_TAG = 4  # letters; shorter words stand inside too many others
_PLAIN = 2.0
_FOLDER = Path(__file__).parent


def sections(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each heading of the list `name` with its lines, groups already filled in."""
    groups: dict[str, str] = {}
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in map(str.strip, text.splitlines()) if line and line[:2] != "# "]
    starts = [at for at, line in enumerate(lines) if line[0] == "["]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading, body = lines[start].strip("[]"), lines[start + 1 : end]
        if heading == "groups":
            pairs = (line.split(":") for line in body)
            groups = {name: "/".join(words.split()) for name, words in pairs}
        else:
            yield heading, [_fill(line, groups) for line in body]


def _fill(line: str, groups: Mapping[str, str]) -> str:
    return _GROUP.sub(lambda match: groups[match[1]], line)


def phrases(lines: Iterable[tuple[str, V]]) -> Phrases[V]:
    """Index phrases by their first word."""
    found: defaultdict[str, dict[tuple[str, ...], V]] = defaultdict(dict)
    for line, value in lines:
        for phrase in filter(None, map(str.split, line.split(","))):
            for words in product(*(part.split("/") for part in phrase)):
                found[words[0]][words[1:]] = value
    return {head: _tails(tails) for head, tails in found.items()}


def _tails(tails: Mapping[tuple[str, ...], V]) -> Tails[V]:
    exact = {tail: value for tail, value in tails.items() if ANY not in tail}
    lengths = tuple(sorted({len(tail) for tail in exact}, reverse=True))
    return Tails(exact, lengths, tuple(item for item in tails.items() if ANY in item[0]))


def phrase_at(
    table: Phrases[V], head: str, words: tuple[str, ...], start: int
) -> tuple[int, V] | None:
    """Return length and value of the phrase that begins with `head` at `start`, if any.

    Phrases with a gap go first, then the longest.
    """
    tails = table.get(head)
    if tails is None:
        return None
    for tail, value in tails.gapped:
        following = words[start + 1 : start + 1 + len(tail)]
        if len(following) == len(tail) and all(
            want in (ANY, word) for want, word in zip(tail, following, strict=True)
        ):
            return 1 + len(tail), value
    for length in tails.lengths:
        following = words[start + 1 : start + 1 + length]
        if following in tails.exact:
            return 1 + len(following), tails.exact[following]
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """One language's words; the headings of the list are its fields.

    stems: returns the forms to look up for a word that is not listed, likeliest first.
    """

    stems: Callable[[str], Iterable[str]]
    words: Mapping[str, float] = field(default_factory=dict)
    phrases: Phrases[float] = field(default_factory=dict)
    negators: frozenset[str] = frozenset()
    boosters: Mapping[str, float] = field(default_factory=dict)
    trailers: Mapping[str, float] = field(default_factory=dict)
    contrast: frozenset[str] = frozenset()
    thanks: frozenset[str] = frozenset()

    def weight(self, word: str) -> float:
        """Return what `word` weighs in any of its forms, 0 if it says nothing."""
        return _weight(self, word)

    def tag_weight(self, word: str) -> float:
        """Return what a hashtag of several words written as one weighs ("worstservice")."""
        return _tag_weight(self, word)


def load(name: str, stems: Callable[[str], Iterable[str]]) -> Lexicon:
    """Read the list `name`."""
    weights: defaultdict[str, dict[str, float]] = defaultdict(dict)
    weighted_phrases: list[tuple[str, float]] = []
    for heading, lines in sections(name):
        kind, _, number = heading.partition(" ")
        if kind == "phrases":
            weighted_phrases.extend((line, float(number)) for line in lines)
        else:
            words = " ".join(lines).split()
            weights[kind].update(dict.fromkeys(words, float(number or 1)))
    return Lexicon(
        words=weights["words"],
        phrases=phrases(weighted_phrases),
        stems=stems,
        negators=frozenset(weights["negators"]),
        boosters=weights["boosters"],
        trailers=weights["trailers"],
        contrast=frozenset(weights["contrast"]),
        thanks=frozenset(weights["thanks"]),
    )


def merged(first: Lexicon, second: Lexicon) -> Lexicon:
    """Return `first` with the words and phrases of `second` that it lacks.

    The grammar stays that of `first`: "no" turns what follows in one language and is short
    for a number in the other.
    """
    return replace(
        first,
        words={**second.words, **first.words},
        phrases={**second.phrases, **first.phrases},
        thanks=first.thanks | second.thanks,
    )


@lru_cache(maxsize=30_000)
def _weight(lexicon: Lexicon, word: str) -> float:
    for form in _forms(lexicon, word):
        if form in lexicon.words:
            return lexicon.words[form]
    return 0.0


@lru_cache(maxsize=5_000)
def _tag_weight(lexicon: Lexicon, word: str) -> float:
    for cut in range(2, len(word) - 2):
        start, end = word[:cut], word[cut:]
        if start in lexicon.negators and lexicon.words.get(end, 0.0) > 0:
            return -lexicon.words[end]
        for part in (start, end):
            weight = lexicon.words.get(part, 0.0)
            if len(part) >= _LEAST_OF_TAG and abs(weight) >= _PLAIN:
                return weight
    return 0.0


def _forms(lexicon: Lexicon, word: str) -> Iterator[str]:
    yield word
    if _RUN.search(word):
        yield _RUN.sub(r"\1\1", word)
        yield (word := _RUN.sub(r"\1", word))
    yield from lexicon.stems(word)


def normal(word: str) -> str:
    """Return `word` as phrases spell it: digits become `0`."""
    return _DIGITS.sub(NUMBER, word) if word[0].isdigit() else word
