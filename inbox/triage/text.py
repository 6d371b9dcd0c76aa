"""Reading a message once: what is noise goes, what carries meaning becomes a list of words."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from inbox.triage.lexicon.symbols import EMOJI, EMOTICON

# Networks allow a few thousand characters; whatever is longer repeats itself.
MAX_CHARACTERS = 5000

# The address may only begin where a word does, which keeps the search linear on hostile text.
_LINK = re.compile(
    r"(?:https?://|www\.|t\.co/)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_MENTION = re.compile(r"(?<![\w@])@\w+(?:[.-]\w+)*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ASKING = frozenset({
    "how", "when", "where", "why", "what", "who", "which", "can", "could", "does", "apakah",
    "bagaimana", "gimana", "kapan", "kenapa", "mengapa", "berapa", "bisakah", "dimana",
})  # fmt: skip
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_TOKEN = re.compile(
    rf"{EMOTICON.pattern}|#?[^\W_]+(?:'[^\W_]+)*|[!?？؟]+|\.{{2,}}|…|[.,;:]|[{EMOJI.characters}]"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as words.

    words: lower case, in order, with punctuation, emoticons and emoji as words of their own.
    shown: the same as written, for telling capitals and hashtags that are one word.
    """

    words: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def is_shouted(self) -> bool:
        """Whether capitals are the way the whole message is written, and so stress nothing."""
        letters = [word for word in self.shown if word.isalpha() and len(word) > 1]
        return sum(word.isupper() for word in letters) * 2 > len(letters)

    @property
    def is_question(self) -> bool:
        """Whether the message asks something: by its mark or by its first word."""
        marked = any(word[0] in "!?？؟" and word.strip("!") for word in self.words)
        return marked or (bool(self.words) and self.words[0] in _ASKING)


def strip_noise(text: str) -> str:
    """Return `text` without links, addresses and mentions, with entities resolved."""
    text = text[:MAX_CHARACTERS]
    if "&" in text:
        text = html.unescape(text)
    if "/" in text or "." in text:
        text = _LINK.sub(" ", text)
    if "@" in text:
        text = _MENTION.sub(" ", text)
    return text.translate(_QUOTES)


def read(text: str) -> Reading:
    """Split `text` into words; a hashtag in camel case is as many words as it shows."""
    shown: list[str] = []
    for token in _TOKEN.findall(strip_noise(text)):
        parts = _CAMEL.split(token) if token[0] == "#" else [token]
        shown.extend(parts if len(parts) == 1 else (part.lstrip("#") for part in parts))
    return Reading(tuple(word.lower().lstrip("#") for word in shown), tuple(shown))
