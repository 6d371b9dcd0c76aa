"""Texts as X counts and compares them.

Counting follows the published configuration, version 3:
https://docs.x.com/fundamentals/counting-characters
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from inbox.connectors.x.endings import ENDINGS

MAX_LENGTH = 280
URL_LENGTH = 23
HEAVY = 2
# Code points that weigh 1; all others weigh 2.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


_ACCENTS = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_PATH = rf"[a-z0-9{_ACCENTS}\u0400-\u04ff!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = rf"[a-z0-9{_ACCENTS}\u0400-\u04ff+\-=_#/]"
_LABEL = r"[^\s!'#%&()*+,\\./:;<=>?@\[\]^{|}~$]"
# A host begins where a label begins, or long words would be tried from each of their letters.
_ADDRESS = re.compile(
    rf"(?:(?P<scheme>https?://)|(?<!{_LABEL}))(?P<host>{_LABEL}+(?:\.{_LABEL}+)+)", re.IGNORECASE
)
_TAIL = re.compile(
    rf"(?::\d+)?(?:/(?:(?:{_PATH}|\({_PATH}*\))*(?:{_PATH_END}|\({_PATH}+\)))?)?"
    r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(xn--[-0-9a-z]+|[a-z]{2,})(?![-0-9a-z@+])", re.IGNORECASE)
_LATIN_HOST = re.compile(rf"(?:[-a-z0-9{_ACCENTS}]+\.)+[-a-z0-9]+$", re.IGNORECASE)

_EMOJI_BASE = (
    "[\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f004-\U0001faff]"
)
_EMOJI_ONE = f"(?:{_EMOJI_BASE}[\ufe0e\ufe0f]?|[\u00a9\u00ae\u2122]\ufe0f)[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    "|[#*0-9]\ufe0f?\u20e3"  # a keycap
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # the flag of a region
    f"|{_EMOJI_ONE}(?:\u200d{_EMOJI_ONE})*"
)
_LEADING_MENTIONS = re.compile(r"\s*(?:[@\uff20]\w{1,20}\s+)+")


def weighted_length(text: str) -> int:
    """Return the length of `text` in X's unit; the limit is MAX_LENGTH."""
    text = unicodedata.normalize("NFC", text)
    length, at = 0, 0
    for start, end in urls(text):
        length += _weigh(text[at:start]) + URL_LENGTH
        at = end
    return length + _weigh(text[at:])


def urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of all that X will turn into a link, bare domains included."""
    at = 0
    while found := _ADDRESS.search(text, at):
        at = found.end()
        before = text[found.start() - 1 : found.start()]
        has_scheme = bool(found["scheme"])
        if before in tuple("@\uff20$#\uff03") or (before in tuple("/.") and not has_scheme):
            continue
        if has_scheme and before.isascii() and before.isalnum():
            continue
        span = _domain(text, found, has_scheme=has_scheme)
        if span is None:
            at -= len(found["host"].rsplit(".", 1)[1])  # "end.https://…": a link may start there
            continue
        start, end = span
        tail = _TAIL.match(text, end) if end == found.end() else None
        at = tail.end() if tail else end
        yield start, at


def without_mentions(text: str) -> str:
    """Return `text` without the mentions it begins with, which X does not count in a reply."""
    found = _LEADING_MENTIONS.match(text)
    rest = text[found.end() :] if found else text
    return rest or text


def fold(text: str) -> str:
    """Return `text` reduced to what survives a trip through X, for comparing.

    X may add mentions in front, writes out short addresses, and trims white space.
    """
    text = unicodedata.normalize("NFC", without_mentions(text))
    text = re.sub(r"https?://", "", text, flags=re.IGNORECASE)
    return " ".join(word.rstrip("/") for word in text.split()).casefold()


def _domain(text: str, found: re.Match[str], *, has_scheme: bool) -> tuple[int, int] | None:
    """Return the span of the longest valid domain in an address-like run of characters."""
    host, offset = found["host"], found.start("host")
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        ending = _ENDING.match(labels[count - 1])
        if not ending or not _is_ending(ending[1]):
            continue
        end = offset + len(".".join(labels[: count - 1])) + 1 + ending.end()
        if text[end : end + 1] in ("@", "+") or not _are_labels(labels[: count - 1]):
            continue
        if has_scheme:
            return found.start(), end
        # Without a scheme only the Latin part is a link: 詳細はexample.com
        latin = _LATIN_HOST.search(text, offset, end)
        return (latin.start(), end) if latin else None
    return None


def _is_ending(label: str) -> bool:
    label = label.lower()
    return label in ENDINGS or label.startswith("xn--")


def _are_labels(labels: list[str]) -> bool:
    # Inside a subdomain an underscore may stand, in the name itself it may not.
    return "_" not in labels[-1] and all(label.strip("-_") == label for label in labels)


def _weigh(text: str) -> int:
    plain, emoji = _EMOJI.subn("", text)
    return emoji * HEAVY + sum(
        1 if any(low <= ord(char) <= high for low, high in LIGHT) else HEAVY for char in plain
    )
