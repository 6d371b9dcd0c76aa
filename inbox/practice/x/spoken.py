"""A text as X's API tells it: escaped, its links shortened, its entities with their places."""

from __future__ import annotations

import hashlib
import html
from dataclasses import dataclass
from typing import Any

from inbox.practice.database import Row
from inbox.practice.x import text as rules

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def short_link(item_id: int, number: int) -> str:
    """Return the t.co address that stands for a link; 23 characters, as X's are."""
    digest = hashlib.sha256(f"{item_id}/{number}".encode()).digest()
    return "https://t.co/" + "".join(BASE62[byte % 62] for byte in digest[:10])


@dataclass
class Spoken:
    """A text as the API tells it: &, < and > escaped, links shortened, entities with places."""

    text: str
    entities: dict[str, list[dict[str, Any]]]
    start: int = 0  # where the text begins after automatic mentions


def speak(item_id: int, raw: str, known: dict[str, Row], prefix: int = 0) -> Spoken:
    """Tell `raw` X's way. `known` are the users that exist, by lower-case handle.

    Escaping: https://github.com/sferik/twitter-ruby/issues/348. Links become t.co links unless
    they are t.co links already: https://docs.x.com/x-api/fundamentals/counting-characters
    """
    pieces: list[str] = []
    entities: dict[str, list[dict[str, Any]]] = {}
    done = length = 0

    def add(piece: str) -> tuple[int, int]:
        nonlocal length
        pieces.append(piece)
        length += len(piece)
        return length - len(piece), length

    for number, span in enumerate(rules.spans(raw)):
        add(html.escape(raw[done : span.start], quote=False))
        source = raw[span.start : span.end]
        shown = source
        if span.kind == "url" and "://t.co/" not in source:
            shown = short_link(item_id, number)
        begin, end = add(html.escape(shown, quote=False))
        entry = _entity(span, source, shown, known) | {"start": begin, "end": end}
        plural = {"url": "urls", "mention": "mentions", "hashtag": "hashtags"}[span.kind]
        entities.setdefault(plural, []).append(entry)
        done = span.end
    add(html.escape(raw[done:], quote=False))
    # The prefix holds nothing but mentions, so neither escaping nor links move its end.
    return Spoken("".join(pieces), entities, prefix)


def _entity(span: rules.Span, source: str, shown: str, known: dict[str, Row]) -> dict[str, Any]:
    if span.kind == "hashtag":
        return {"tag": span.value}
    if span.kind == "mention":
        user = known.get(span.value.lower())
        return {"username": span.value} | ({"id": str(user["id"])} if user else {})
    full = source if "://" in source else f"http://{source}"
    display = full.split("://", 1)[1]
    return {
        "url": shown,
        "expanded_url": full,
        "display_url": display if len(display) <= 27 else display[:26] + "…",
    }
