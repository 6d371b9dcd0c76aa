"""What counts as the same text: tidying, the hash an approval is bound to, comparing words."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence

from inbox.models import Channel, Message


def tidy(text: str) -> str:
    """Return `text` as it will leave: one kind of line break, composed letters, no outer space.

    Browsers send forms with CRLF; networks count and show LF.
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


# The SHA-256 of a picture's bytes, and what its description says.
Shown = tuple[str, str]


def content_hash(
    *,
    text: str,
    target: Message,
    is_private: bool,
    channel: Channel,
    pictures: Sequence[Shown],
) -> str:
    """Return the fingerprint of what is approved: the words, whom they answer, as whom, how, and
    the pictures with their descriptions, byte for byte."""
    parts: list[object] = [channel.pk, target.external_id, is_private, text]
    if pictures:
        parts.append([list(one) for one in pictures])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def same_words(one: str, other: str) -> bool:
    """Say whether a reader would take both for the same answer."""
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return tidy(text).casefold().split()
