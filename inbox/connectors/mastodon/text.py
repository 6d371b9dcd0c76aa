"""Texts as Mastodon counts, addresses and compares them.

https://docs.joinmastodon.org/user/posting/#text: links count as 23 characters however long they
are, and of a mention only the name, not the domain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MAX_LENGTH = 500  # where a server names no other
URL_LENGTH = 23

_NAME = r"[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*"
_DOMAIN = r"\w+(?:[.-]+\w+)*(?::\d+)?"
_MENTION = re.compile(rf"(?<![=/\w])@({_NAME})(?:@({_DOMAIN}))?", re.IGNORECASE)
_LEADING = re.compile(rf"\s*(?:@{_NAME}(?:@{_DOMAIN})?[\s,:]+)+", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?'()\[\]{}]", re.IGNORECASE)


def count(text: str, *, url_length: int = URL_LENGTH) -> int:
    """Return the length of `text`. Emoji of several code points count as more than on Mastodon
    itself, never as less: other servers count so."""
    text = _URL.sub("x" * url_length, unicodedata.normalize("NFC", text))
    return len(_MENTION.sub(lambda found: f"@{found[1]}", text))


def mentioned(text: str) -> Iterator[str]:
    """Yield the handles that `text` names outside of links, in lower case."""
    for name, domain in _MENTION.findall(_URL.sub(" ", text)):
        yield (f"{name}@{domain}" if domain else name).lower()


def whole(acct: str, domain: str) -> str:
    """Return a handle with its domain, which people of the server itself are shown without."""
    return acct if "@" in acct else f"{acct}@{domain}"


def local(acct: str, domain: str) -> str:
    """Return a handle as its own server at `domain` writes it: without a domain if it is one of
    its own people."""
    name, _, host = acct.partition("@")
    return name if host.lower() == domain.lower() else acct


def addressed(text: str, acct: str, *, domain: str) -> str:
    """Return `text` with a mention of `acct` in front, unless it is in there: without a mention
    nobody is told of an answer."""
    names = {whole(name, domain).lower() for name in mentioned(text)}
    return text if whole(acct, domain).lower() in names else f"@{local(acct, domain)} {text}"


def fold(text: str) -> str:
    """Return `text` reduced to what survives a trip through any server, for comparing.

    A server may shorten mentions and addresses, read marks of emphasis, or set other quotes and
    spaces; letters, digits and pictures stay.
    """
    text = unicodedata.normalize("NFC", text)
    found = _LEADING.match(text)
    text = text[found.end() :] if found else text
    text = _MENTION.sub(lambda found: f"@{found[1]}", text)
    text = re.sub(r"https?://", "", text, flags=re.IGNORECASE)
    kept = "".join(char for char in text if unicodedata.category(char)[0] in "LNS")
    return (kept or "".join(text.split())).casefold()
