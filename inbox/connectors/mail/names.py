"""Names of folders, in the encoding that IMAP has for them.

https://www.rfc-editor.org/rfc/rfc3501#section-5.1.3
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode


def quoted(folder: str) -> str:
    """Return `folder` as a command names it."""
    name = re.sub(r"[\x20-\x25\x27-\x7e]+|&|[^\x20-\x7e]+", _to_utf7, folder)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _to_utf7(found: re.Match[str]) -> str:
    text = found.group()
    if text == "&":
        return "&-"
    if text.isascii() and text.isprintable():
        return text
    coded = b64encode(text.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
    return f"&{coded.decode()}-"


def read(name: bytes) -> str:
    """Return the name of a folder as people write it."""

    def decode(found: re.Match[str]) -> str:
        coded = found.group(1).replace(",", "/")
        return b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be") if coded else "&"

    try:
        return re.sub(r"&([^-]*)-", decode, name.decode("ascii", "replace"))
    except ValueError:
        return name.decode("ascii", "replace")
