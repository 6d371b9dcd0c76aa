"""What counts as the same text: tidying, the hash an approval is bound to, comparing words."""

from __future__ import annotations

import hashlib
import json
import unicodedata

from inbox.models import Channel, Message


def tidy(text: str) -> str:
    """Return `text` as it will leave: one kind of line break, composed letters, no outer space.

    Browsers send forms with CRLF; networks count and show LF.
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def content_hash(*, text: str, target: Message, is_private: bool, channel: Channel) -> str:
    """Return the fingerprint of what is approved: the words, whom they answer, as whom, how."""
    parts = [channel.pk, target.external_id, is_private, text]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def same_words(one: str, other: str) -> bool:
    """Say whether a reader would take both for the same answer."""
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return tidy(text).casefold().split()
