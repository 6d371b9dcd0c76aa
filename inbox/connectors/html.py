"""The HTML of a post or an article as text that a person can read and nobody can be harmed by.

https://docs.joinmastodon.org/spec/activitypub/#sanitization names what a Mastodon server lets
through; others send more, so all that is not known here is dropped and its text kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

PARAGRAPHS = frozenset({"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5"})
UNSEEN = frozenset({"script", "style", "template", "head", "title"})


def to_text(html: str, *, mentions: Mapping[str, str] | None = None) -> str:
    """Return what `html` says. `mentions`: whole handles by the address that a mention links to.

    Links are written out, since a post shows them shortened; where the words of a link are not
    its address both are shown.
    """
    reader = _Reader(mentions or {})
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self, mentions: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._mentions = mentions
        self._parts: list[str] = []
        self._spans: list[bool] = []  # of the open spans: is it one that pages hide?
        self._unseen = 0
        self._link: _Link | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split())
        if tag in UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._add("\n")
        elif tag == "li":
            self._add("\n- ")
        elif tag in PARAGRAPHS:
            self._add("\n\n")
        elif tag == "span":
            self._spans.append("invisible" in classes)
        elif tag == "a":
            self._end_link()
            self._link = _Link(given.get("href", ""), classes)
        elif tag == "img":
            self._add(given.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "span" and self._spans:
            self._spans.pop()
        elif tag == "a":
            self._end_link()
        elif tag in PARAGRAPHS:
            self._add("\n\n")

    def handle_data(self, data: str) -> None:
        if self._link:
            self._link.whole += data
        if not any(self._spans):
            # As on a page, line ends in the source are but spaces.
            self._add(re.sub(r"[ \t\r\n]+", " ", data))

    def text(self) -> str:
        self._end_link()
        text = re.sub(r" *\n *", "\n", "".join(self._parts))
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def _add(self, text: str) -> None:
        if self._unseen:
            return
        if self._link:
            self._link.shown += text
        else:
            self._parts.append(text)

    def _end_link(self) -> None:
        link, self._link = self._link, None
        if link:
            self._add(link.text(self._mentions))


class _Link:
    """One link: its words as shown, and with what pages hide of them."""

    def __init__(self, href: str, classes: frozenset[str]) -> None:
        self.href = href.strip()
        self.classes = classes
        self.shown = ""
        self.whole = ""

    def text(self, mentions: Mapping[str, str]) -> str:
        words = self.shown.strip()
        if self.href in mentions and words.startswith("@"):
            return self.shown.replace(words, f"@{mentions[self.href]}", 1)
        if words.startswith(("#", "@")) and self.classes & {"hashtag", "mention", "u-url"}:
            return self.shown
        if not self.href.startswith(("https://", "http://")):
            return self.shown
        if not words or _bare(self.whole) == _bare(self.href):
            return self.href
        return f"{self.shown} ({self.href})"


def _bare(address: str) -> str:
    return re.sub(r"^https?://", "", address.strip(), flags=re.IGNORECASE).rstrip("/")
