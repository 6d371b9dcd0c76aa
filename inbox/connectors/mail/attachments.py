"""The parts of a mail that are no words of it, by what the server says of them (BODYSTRUCTURE).

https://www.rfc-editor.org/rfc/rfc3501#section-7.4.2
"""

from __future__ import annotations

import quopri
from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value, decode_params
from typing import Any, Literal

from inbox.connectors.mail.document import words
from inbox.connectors.plain import plain
from inbox.connectors.types import InboundAttachment

MOST = 50
DEEPEST = 20
Kind = Literal["image", "video", "audio", "file"]
KINDS: dict[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
SHOWN_HOW = ("attachment", "inline", "form-data")
BODIES = frozenset({"text/plain", "text/html"})
# What belongs to a bounce, and what says nothing to people.
MACHINES = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "text/rfc822-headers"}
    | {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its number for BODY[...], how it is encoded, how many bytes that takes."""

    number: str
    content_type: str
    name: str
    encoding: str
    size: int
    is_attached: bool
    content_id: str

    @property
    def is_shown(self) -> bool:
        """Say whether it is a file for people, not the words of the mail."""
        if self.content_type in MACHINES:
            return False
        return self.is_attached or bool(self.name) or self.content_type not in BODIES

    @property
    def decoded_size(self) -> int:
        return self.size * 3 // 4 if self.encoding == "base64" else self.size


def attachments(structure: list[Any] | None, *, where: str) -> tuple[InboundAttachment, ...]:
    """Return the files of a mail; `where`: the beginning of their addresses."""
    shown = [part for part in parts(structure) if part.is_shown][:MOST]
    return tuple(
        InboundAttachment(
            external_id=part.number,
            kind=KINDS.get(part.content_type.partition("/")[0], "file"),
            url=f"{where}/{part.number}",
            name=part.name,
            content_type=part.content_type,
            size=part.decoded_size,
        )
        for part in shown
    )


def parts(structure: Any, number: str = "", depth: int = 0) -> Iterator[Part]:
    """Return the parts that hold something. What is misshapen is left out."""
    if not isinstance(structure, list) or not structure or depth > DEEPEST:
        return
    if isinstance(structure[0], list):
        for at, child in enumerate(part for part in structure if isinstance(part, list)):
            if not child or not isinstance(child[0], list | bytes):
                return  # the parameters of the whole: the parts are over
            is_part = isinstance(child[0], list) or len(child) >= 7
            if not is_part:
                return
            yield from parts(child, f"{number}.{at + 1}" if number else str(at + 1), depth + 1)
    elif len(structure) >= 7:
        yield _part(structure, number or "1")


def decoded(content: bytes, encoding: str) -> bytes:
    """Return what a part holds; one that is broken as far as it can be read."""
    if encoding == "base64":
        clean = bytes(byte for byte in content if byte > 32)
        try:
            return b64decode(clean + b"=" * (-len(clean) % 4))
        except (BinasciiError, ValueError):
            return b64decode(clean[: len(clean) // 4 * 4])
    return quopri.decodestring(content) if encoding == "quoted-printable" else content


def _part(found: list[Any], number: str) -> Part:
    kind = f"{_text(found[0])}/{_text(found[1])}".lower()
    size = _text(found[6])
    how, named = _disposition(found)
    name = named.get("filename") or _params(found[2]).get("name") or ""
    if not name and kind == "message/rfc822":
        name = "mail.eml"
    return Part(
        number=number,
        content_type=kind[:100],
        name=_clean(name),
        encoding=_text(found[5]).lower(),
        size=int(size) if size.isascii() and size.isdigit() else 0,
        is_attached=how == "attachment",
        content_id=_text(found[3]),
    )


def _disposition(found: list[Any]) -> tuple[str, dict[str, str]]:
    """Return how a part is to be shown, and what is said with it.

    Its place depends on the kind of part, and some servers give the header as it stands.
    """
    for item in found[7:]:
        if isinstance(item, list) and item and _text(item[0]).lower() in SHOWN_HOW:
            return _text(item[0]).lower(), _params(item[1] if len(item) > 1 else None)
        if isinstance(item, bytes) and _text(item).partition(";")[0].strip().lower() in SHOWN_HOW:
            header = Message()
            header["Content-Disposition"] = " ".join(_text(item).split())
            return str(header.get_content_disposition()), {"filename": header.get_filename() or ""}
    return "", {}


def _params(found: Any) -> dict[str, str]:
    """Return parameters, put together and decoded. https://www.rfc-editor.org/rfc/rfc2231"""
    if not isinstance(found, list):
        return {}
    flat = [_text(item) for item in found]
    pairs = list(zip(map(str.lower, flat[::2]), flat[1::2], strict=False))
    try:
        made = decode_params([("", ""), *pairs])[1:]
        return {name: words(collapse_rfc2231_value(value)) for name, value in made}
    except (ValueError, LookupError, TypeError):
        return {name: words(value) for name, value in pairs}


def _clean(name: str) -> str:
    """Return a file's name without a path, and without what would change how it is read."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in str(plain(last)) if letter.isprintable()).strip('" .')[:200]


def _text(item: Any) -> str:
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else ""
