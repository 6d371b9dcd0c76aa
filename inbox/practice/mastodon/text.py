"""What people type, as the server counts it and as pages show it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

URL_LENGTH = 23
MENTION = re.compile(
    r"(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@([\w.-]+\w))?", re.IGNORECASE
)
URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?')\]]", re.IGNORECASE)
TAG = re.compile(r"(?<![&/\w])#(\w*[^\W\d]\w*)")
_PIECE = re.compile(
    rf"(?P<url>{URL.pattern})|(?P<mention>{MENTION.pattern})|(?P<tag>{TAG.pattern})", re.IGNORECASE
)


def count(text: str) -> int:
    """https://docs.joinmastodon.org/user/posting/#text"""
    return len(MENTION.sub(r"@\1", URL.sub("x" * URL_LENGTH, text)))


def to_html(text: str, *, site: str, profile: Callable[[str], str | None]) -> str:
    """Return `text` as HTML. `profile` gives the address of a mentioned person, None for nobody."""
    parts, at = [], 0
    for found in _PIECE.finditer(text):
        parts += [html.escape(text[at : found.start()]), _piece(found, site, profile)]
        at = found.end()
    parts.append(html.escape(text[at:]))
    paragraphs = re.split(r"\n{2,}", "".join(parts).strip())
    return "".join("<p>{}</p>".format(part.replace("\n", "<br />")) for part in paragraphs)


def _piece(found: re.Match[str], site: str, profile: Callable[[str], str | None]) -> str:
    words = found[0]
    if found["url"]:
        return _link(words)
    if found["tag"]:
        href = html.escape(f"{site}/tags/{words[1:].lower()}")
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{words[1:]}</span></a>'
    address = profile(words[1:])
    if address is None:
        return html.escape(words)
    name = html.escape(words[1:].partition("@")[0])
    return (
        f'<span class="h-card" translate="no"><a href="{html.escape(address)}" '
        f'class="u-url mention">@<span>{name}</span></a></span>'
    )


def _link(url: str) -> str:
    """Shown without its scheme and shortened, as https://docs.joinmastodon.org/spec/microformats/
    describes it."""
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:30], rest[30:]
    visible = (
        f'<span class="ellipsis">{html.escape(shown)}</span>' if hidden else html.escape(shown)
    )
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener">'
        f'<span class="invisible">{scheme}://</span>{visible}'
        f'<span class="invisible">{html.escape(hidden)}</span></a>'
    )
