"""The stretch of a text in which the words that were looked for stand, and where they are."""

from __future__ import annotations

from collections.abc import Sequence

from inbox.search.query import Term
from inbox.search.words import WIDEST, pieces

WIDTH = 160
LEAD = 12  # characters shown before the first hit, so that it is seen in a narrow list too

Segment = tuple[str, bool]  # text, and whether it was looked for


def snippet(text: str, terms: Sequence[Term]) -> list[Segment]:
    """Return the part of `text` around the first hit, cut where hits begin and end."""
    hits = _hits(text, terms)
    begin = max(0, hits[0][0] - LEAD) if hits and hits[0][0] > 2 * LEAD else 0
    end = begin + WIDTH
    segments: list[Segment] = [("…", False)] if begin else []
    at = begin
    for start, stop in hits:
        if at <= start < end:
            segments += [(text[at:start], False), (text[start:stop], True)]
            at = stop
    segments.append((text[at : max(at, end)], False))
    if max(at, end) < len(text):
        segments.append(("…", False))
    return [segment for segment in segments if segment[0]]


def _hits(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Return where the terms stand, in order."""
    found = pieces(text)
    spans = set()
    for term in terms:
        count = len(term.words)
        for first in range(len(found) - count + 1):
            stretch = found[first : first + count]
            if _is(term, tuple(word for _, _, word in stretch)):
                spans.add((stretch[0][0], stretch[-1][1]))
    return sorted(spans)


def _is(term: Term, here: tuple[str, ...]) -> bool:
    if term.is_start and here[:-1] == term.words[:-1]:
        return here[-1].startswith(term.words[-1][:WIDEST])
    return here == term.words
