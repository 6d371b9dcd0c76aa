"""Files are what their bytes say."""

from __future__ import annotations

import pytest

from inbox.lib import filetypes


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x18ftypmp42....", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ....", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3....", "video/webm"),
        (b"ID3\x04....", "audio/mpeg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x1cftypavif....", filetypes.UNKNOWN),
        (b"XXXX\x00\x00\x00\x00WEBP", filetypes.UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", filetypes.UNKNOWN),
        (b"<!doctype html><script>alert(1)</script>", filetypes.UNKNOWN),
        (b"MZ\x90\x00", filetypes.UNKNOWN),
        (b"", filetypes.UNKNOWN),
    ],
)
def test_bytes_say_what_a_file_is(content: bytes, kind: str) -> None:
    assert filetypes.content_type(content) == kind


@pytest.mark.parametrize(
    ("kind", "plays"),
    [
        ("image/png", True),
        ("video/mp4", True),
        ("audio/mpeg", True),
        ("application/pdf", False),
        (filetypes.UNKNOWN, False),
    ],
)
def test_only_what_runs_nothing_is_played(kind: str, plays: bool) -> None:
    assert filetypes.is_playable(kind) is plays


@pytest.mark.parametrize(
    ("given", "kind", "wanted"),
    [
        ("cat.png", "image/png", "cat.png"),
        ("cat.JPEG", "image/jpeg", "cat.JPEG"),
        ("cat.html", "image/png", "cat.html.png"),
        ("", "image/png", "attachment-7.png"),
        ("../../etc/passwd", "", "passwd"),
        ("C:\\temp\\a.doc", "", "a.doc"),
        ("a\r\nSet-Cookie: x", "", "aSet-Cookie: x"),
        ("gpj\u202eexe.scr", "", "gpjexe.scr"),
        ("...", "", "attachment-7"),
        ("я" * 300 + ".pdf", "application/pdf", "я" * 116 + ".pdf"),
    ],
)
def test_a_name_is_fit_to_save_under(given: str, kind: str, wanted: str) -> None:
    assert filetypes.safe_name(given, kind=kind, fallback="attachment-7") == wanted
