"""Texts as Bluesky measures them, and the facets that make links and mentions live in them.

https://docs.bsky.app/docs/advanced-guides/post-richtext: a facet says from which byte to which
byte of the text in UTF-8 it reaches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex

from inbox.connectors.bluesky.identity import HANDLE
from inbox.connectors.types import Measure

# app.bsky.feed.post and chat.bsky.convo.defs#messageInput
POST_GRAPHEMES, POST_BYTES = 300, 3000
CHAT_GRAPHEMES, CHAT_BYTES = 1000, 10_000
TAG_LENGTH = 64

FACET = "app.bsky.richtext.facet"
_LINK = re.compile(
    r"(?<![\w@/.-])(https?://[^\s<>\"]+|(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>\"]*)", re.I
)
_MENTION = re.compile(rf"(?<![\w@/.])@({HANDLE.pattern})(?![\w-])", re.I)
_TAG = re.compile(r"(?<![\w&/#])[#＃]([^\s#＃]*\w)", re.I)
_PUNCTUATION = ".,;:!?'\"…"


@dataclass(frozen=True, slots=True)
class Feature:
    """A stretch of a text, in characters, and what it stands for."""

    start: int
    end: int
    kind: str  # "link", "mention" or "tag"
    value: str


def graphemes(text: str) -> int:
    """Return how many characters people see."""
    return len(regex.findall(r"\X", text))


def measure(text: str, *, most_graphemes: int, most_bytes: int) -> Measure:
    """Return how long `text` is by the one of the two rules that it is nearer to breaking."""
    seen, size = graphemes(text), len(text.encode())
    if size * most_graphemes > seen * most_bytes:
        return Measure(size, most_bytes)
    return Measure(seen, most_graphemes)


def features(text: str) -> list[Feature]:
    """Return the links, mentions and hashtags of `text`, none over another, in its order."""
    found: list[Feature] = []
    for feature in (*_links(text), *_mentions(text), *_tags(text)):
        if all(feature.end <= other.start or feature.start >= other.end for other in found):
            found.append(feature)
    return sorted(found, key=lambda feature: feature.start)


def facets(text: str, resolve: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Return what goes with `text`; a mention of nobody whom `resolve` knows stays mere text."""
    made = []
    for feature in features(text):
        value = resolve(feature.value) if feature.kind == "mention" else feature.value
        if value is None:
            continue
        name = {"link": "uri", "mention": "did", "tag": "tag"}[feature.kind]
        made.append(
            {
                "$type": FACET,
                "index": {
                    "byteStart": len(text[: feature.start].encode()),
                    "byteEnd": len(text[: feature.end].encode()),
                },
                "features": [{"$type": f"{FACET}#{feature.kind}", name: value}],
            }
        )
    return made


def expanded(text: str, given: Any) -> str:
    """Return `text` with the whole address of every link, which posts show shortened or hidden
    behind other words. Facets that do not fit the text are passed over."""
    whole = text.encode()
    parts, at = [], 0
    for start, end, address in sorted(_link_facets(given)):
        if not at <= start < end <= len(whole):
            continue
        try:
            before, shown = whole[at:start].decode(), whole[start:end].decode()
        except UnicodeDecodeError:  # in the middle of a character
            continue
        parts += [before, _shown_link(shown, address)]
        at = end
    return "".join([*parts, whole[at:].decode()])


def mentioned(given: Any) -> Iterator[str]:
    """Yield the DIDs that the facets of a text name."""
    for _index, feature in _all_features(given):
        if str(feature.get("$type")).endswith("#mention"):
            yield str(feature.get("did"))


def _links(text: str) -> Iterator[Feature]:
    for match in _LINK.finditer(text):
        shown = match[0].rstrip(_PUNCTUATION)
        if shown.endswith(")") and "(" not in shown:
            shown = shown[:-1]
        address = shown if "://" in shown else f"https://{shown}"
        yield Feature(match.start(), match.start() + len(shown), "link", address)


def _mentions(text: str) -> Iterator[Feature]:
    for match in _MENTION.finditer(text):
        yield Feature(match.start(), match.end(), "mention", match[1].lower())


def _tags(text: str) -> Iterator[Feature]:
    for match in _TAG.finditer(text):
        tag = match[1].rstrip(_PUNCTUATION)
        if tag and not tag.isdecimal() and graphemes(tag) <= TAG_LENGTH:
            yield Feature(match.start(), match.start() + 1 + len(tag), "tag", tag)


def _all_features(given: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for facet in given if isinstance(given, list) else ():
        if not isinstance(facet, dict) or not isinstance(facet.get("index"), dict):
            continue
        features_ = facet.get("features")
        for feature in features_ if isinstance(features_, list) else ():
            if isinstance(feature, dict):
                yield facet["index"], feature


def _link_facets(given: Any) -> Iterator[tuple[int, int, str]]:
    for index, feature in _all_features(given):
        start, end, address = index.get("byteStart"), index.get("byteEnd"), feature.get("uri")
        is_web = isinstance(address, str) and address.startswith(("https://", "http://"))
        if isinstance(start, int) and isinstance(end, int) and is_web:
            yield start, end, str(address)


def _shown_link(shown: str, address: str) -> str:
    words = re.sub(r"^https?://", "", shown.strip(), flags=re.I).removesuffix("/")
    bare = re.sub(r"^https?://", "", address, flags=re.I).removesuffix("/")
    begun = re.sub(r"(\.\.\.|…)$", "", words)
    is_address = words == bare or (begun != words and begun and bare.startswith(begun))
    return address if is_address else f"{shown} ({address})"
