"""Handing out bytes that strangers made, from our own origin and without harm to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from inbox.lib import filetypes
from inbox.views.door import DeskRequest

CHUNK = 1 << 16
# Nothing in it may run, load or be framed, whatever a browser takes it for.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve(
    request: DeskRequest, file: FieldFile, *, content_type: str, name: str, etag: str
) -> HttpResponse:
    """Return `file`, or the stretch of it that a player asks for.

    content_type: what we found it to be. Only what browsers play by themselves is shown in
    place; all else is there to be saved.
    """
    tag = f'"{etag}"'
    kept = get_conditional_response(request, etag=tag)
    response = kept if kept is not None else _answer(request, file)
    is_inline = filetypes.is_playable(content_type)
    response["Content-Type"] = content_type if is_inline else filetypes.UNKNOWN
    response["Content-Disposition"] = content_disposition_header(not is_inline, name)
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    return response


def _answer(request: DeskRequest, file: FieldFile) -> HttpResponse | StreamingHttpResponse:
    size = file.size
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if not asked or not any(asked.groups()):  # several stretches at once: the whole will do
        return FileResponse(file.open("rb"))
    first, last = _stretch(asked[1], asked[2], size)
    if first >= size or last < first:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_read(file.open("rb"), first, last), status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    return response


def _stretch(first: str, last: str, size: int) -> tuple[int, int]:
    """https://www.rfc-editor.org/rfc/rfc9110#name-byte-ranges: without a first byte, the last n."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _read(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = last - first + 1
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
