"""What a file is, by its first bytes: what its sender calls it proves nothing."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# Offset, first bytes, type. https://en.wikipedia.org/wiki/List_of_file_signatures
_SIGNS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (4, b"ftypM4A ", "audio/mp4"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
)
# Kinds of the same family as AVIF and HEIC begin like a film but are pictures that we do not read.
_NO_FILM = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
_RIFF = ("image/webp", "audio/wav")
ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "video/mp4": (".mp4", ".m4v"),
    "video/webm": (".webm", ".mkv"),
    "video/quicktime": (".mov",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "audio/flac": (".flac",),
    "application/pdf": (".pdf",),
}
LONGEST_NAME = 120


def content_type(content: bytes) -> str:
    """Return the type of `content`; UNKNOWN for all that a browser might run, such as SVG."""
    for offset, sign, kind in _SIGNS:
        if not content.startswith(sign, offset):
            continue
        if kind in _RIFF and not content.startswith(b"RIFF"):
            continue
        return UNKNOWN if content[8:12] in _NO_FILM else kind
    return UNKNOWN


def is_playable(kind: str) -> bool:
    """Say whether browsers show or play `kind` by themselves and run nothing in it."""
    return kind in PICTURES or kind.startswith(("video/", "audio/"))


def safe_name(name: str, *, kind: str, fallback: str) -> str:
    """Return `name` fit to save a file under, ending as what the file really is.

    No folders, no characters that do not print or that turn the reading direction, which can make
    one ending look like another.
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(one for one in last if unicodedata.category(one)[0] != "C").strip(" .")
    shown = shown[-LONGEST_NAME:] or fallback
    endings = ENDINGS.get(kind, ())
    return shown if not endings or shown.lower().endswith(endings) else shown + endings[0]
