"""What X sees in a text: mentions, links, hashtags, and its weighted length.

The rules are those of twitter-text, configuration 3:
https://github.com/twitter/twitter-text/blob/master/config/v3.json
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 280
URL_LENGTH = 23
# Code points that weigh one; all others weigh two.
LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

MENTION = re.compile(
    r"(?:(?<![A-Za-z0-9_!#$%&*@＠])|(?<=\brt)|(?<=\brt:))[@＠]"
    r"(?P<handle>[A-Za-z0-9_]{1,20})(?![A-Za-z0-9_@＠À-ÖØ-öø-ÿ]|://)",
    re.IGNORECASE,
)
HASHTAG = re.compile(r"(?<![\w&/])[#＃](?P<tag>\w*[^\W\d_]\w*)(?![#＃]|://)")

# The endings that people use without a scheme; with a scheme any ending is a link.
COMMON_ENDINGS = (
    "com net org edu gov mil int info biz name pro app dev cloud online site shop store blog news "
    "tech xyz live media email agency academy company digital network support help status"
)
_HOST = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+"
_TAIL = r"(?::\d+)?(?:[/?#][^\s<>\"“”]*[^\s<>\"“”.,:;!?')\]}…]|/)?"
URL = re.compile(
    rf"(?<![\w@＠$#＃.-])(?:"
    rf"https?://{_HOST}[^\W\d_]{{2,}}{_TAIL}"
    rf"|https?://(?:localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}){_TAIL}"
    rf"|{_HOST}(?:{'|'.join(COMMON_ENDINGS.split())})(?![\w@-]|\.[^\W_]){_TAIL}"
    # A country's ending needs a second dot or a path: "that.is" is no link.
    rf"|(?:[^\W_](?:[\w-]*[^\W_])?\.){{2,}}[a-z]{{2}}(?![\w@-]|\.[^\W_]){_TAIL}"
    rf"|[^\W_](?:[\w-]*[^\W_])?\.[a-z]{{2}}/[^\s<>\"]+"
    rf")",
    re.IGNORECASE,
)

_EMOJI_BASE = (
    r"[\U0001F000-\U0001FAFF\u203C\u2049\u2122\u2139\u2194-\u21AA\u231A-\u23FF\u24C2"
    r"\u25AA-\u27BF\u2934\u2935\u2B05-\u2B55\u3030\u303D\u3297\u3299]"
)
_EMOJI_ONE = rf"{_EMOJI_BASE}[\uFE0E\uFE0F]?[\U0001F3FB-\U0001F3FF]?"
EMOJI = re.compile(
    r"[\U0001F1E6-\U0001F1FF]{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|\U0001F3F4[\U000E0060-\U000E007F]+"
    rf"|[\u00A9\u00AE]\uFE0F"
    rf"|{_EMOJI_ONE}(?:\u200D{_EMOJI_ONE})*"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text that means something: `kind` is mention, hashtag or url."""

    kind: str
    start: int
    end: int
    value: str


def spans(text: str) -> list[Span]:
    """Return mentions, hashtags and links in order; they never overlap."""
    found = [Span("url", match.start(), match.end(), match[0]) for match in URL.finditer(text)]
    taken = [(span.start, span.end) for span in found]
    for kind, pattern, group in (("mention", MENTION, "handle"), ("hashtag", HASHTAG, "tag")):
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                found.append(Span(kind, match.start(), match.end(), match[group]))
    return sorted(found, key=lambda span: span.start)


def mentions(text: str) -> list[str]:
    """Return the handles mentioned in `text`, in order, without @."""
    if "@" not in text and "＠" not in text:
        return []
    return [span.value for span in spans(text) if span.kind == "mention"]


def weighted_length(text: str) -> int:
    """Return the length of `text` as X counts it; MAX_LENGTH is the most a post may have."""
    text = unicodedata.normalize("NFC", text)
    total = 0
    position = 0
    for match in URL.finditer(text):
        total += _weigh(text[position : match.start()]) + URL_LENGTH
        position = match.end()
    return total + _weigh(text[position:])


def _weigh(text: str) -> int:
    """Weigh a piece without links: an emoji, joined or not, weighs two."""
    plain, emojis = EMOJI.subn("", text)
    return 2 * emojis + sum(1 if _is_light(ord(character)) else 2 for character in plain)


def _is_light(code_point: int) -> bool:
    return any(low <= code_point <= high for low, high in LIGHT_RANGES)
