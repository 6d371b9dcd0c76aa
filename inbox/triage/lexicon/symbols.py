"""Emoji and emoticons: the one part of the lexicon that every language shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symbols:
    """Weights by character, and the characters as they stand inside a regular expression."""

    weights: Mapping[str, float]

    @property
    def characters(self) -> str:
        return re.escape("".join(self.weights))


_BY_WEIGHT = {
    3.0: "😍🥰🤩😻💯🏆",
    2.0: "😊😀😃😄😁☺🙂😘👍👏🙌💪❤♥💕💖💗💙💚💛💜🧡🖤💓💞🎉🥳✨🌟⭐😎🤗👌😇✅🎊🔥",
    1.0: "😂🤣😆😉😋🙏🤝😌🌹🌸💐🎂🎁☀🌈😜✌🤞",
    -1.0: "😕😐😑🙄😬🤔😓😅😰😟🙁☹😶🤷🤦😴⏳",
    -2.0: "😞😔😢😥😩😫😣😖😒👎💔😱😨😳🤕😿🆘⚠🤒😧😦",
    -3.0: "😡😠🤬😤👿💩🖕🤮🤢😭☠💀🚨😾",
}
EMOJI = Symbols({char: weight for weight, chars in _BY_WEIGHT.items() for char in chars})

# Only faces that cannot be read as the end of a link, a time or a list.
EMOTICON = re.compile(
    r"(?<!\w)(?:[:;=][-']?[)\]DdPp3*]+|[:=]'?-?[(\[/\\|cC]+|[:;]-?[oOsSxX](?!\w)|<3+|</3|xD+|"
    r"\^_*\^|-_+-|>[:.]?[(<]|T_+T|D:)(?!\w)"
)
_GLAD = frozenset(")]dp3*^")
_SAD = frozenset("([/\\|cosx-<t")


def emoticon_weight(word: str) -> float:
    """Return what an emoticon says: 1.5 glad, -1.5 sad, 0 if `word` is none."""
    if not EMOTICON.fullmatch(word):
        return 0.0
    if word == "</3" or word.startswith("d:"):
        return -1.5
    if word.startswith("<3") or word.startswith("xd"):
        return 1.5
    last = word[-1]
    return 1.5 if last in _GLAD else -1.5 if last in _SAD else 0.0
