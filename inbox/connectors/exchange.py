"""One request and its answer as people may see them: cut short, and without what is secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from inbox.connectors.plain import plain
from inbox.connectors.redaction import hide_by_name, hide_headers

SHOWN = 2000  # characters of a body
READABLE = ("json", "text/", "xml", "x-www-form-urlencoded")
SIGN_IN = "[a sign-in: not kept]"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went over the line. status: 0 where no answer came, then `error` says why.

    path: without the query, which may hold anything. sent, received: bytes of the bodies.
    """

    method: str
    host: str
    path: str
    status: int
    milliseconds: int
    sent: int
    received: int
    error: str = ""
    asked: Mapping[str, str] = field(repr=False, default_factory=dict)
    answered: Mapping[str, str] = field(repr=False, default_factory=dict)
    request_body: str = field(repr=False, default="")
    response_body: str = field(repr=False, default="")


Observer = Callable[[Exchange], None]


def seen(
    request: httpx.Request,
    response: httpx.Response | None,
    content: bytes,
    *,
    error: str,
    seconds: float,
    hide: Callable[[str], str],
    signs_in: bool,
) -> Exchange:
    """Return what may be shown of a request and of what came back, whole or not."""
    body = _sent(request)

    def shown(raw: bytes, headers: Mapping[str, str]) -> str:
        if not raw:
            return ""
        return SIGN_IN if signs_in else _readable(raw, headers.get("content-type", ""), hide)

    answered = dict(response.headers) if response else {}
    return Exchange(
        method=request.method,
        host=request.url.netloc.decode("ascii", "replace").rpartition("@")[2],
        path=hide(request.url.path),
        status=response.status_code if response else 0,
        milliseconds=round(seconds * 1000),
        sent=len(body),
        received=len(content),
        error=str(plain(hide(error))),
        asked={name: hide(value) for name, value in hide_headers(request.headers).items()},
        answered={name: hide(value) for name, value in hide_headers(answered).items()},
        request_body=shown(body, request.headers),
        response_body=shown(content, {name.lower(): value for name, value in answered.items()}),
    )


def _sent(request: httpx.Request) -> bytes:
    try:
        return request.content
    except httpx.RequestNotRead:  # files are read as they leave
        return b""


def _readable(raw: bytes, kind: str, hide: Callable[[str], str]) -> str:
    if kind and not any(part in kind.lower() for part in READABLE):
        return f"[{kind.partition(';')[0]}]"
    # Cut last, or half of a secret could stay at the end.
    text = hide(raw[: SHOWN * 4].decode(errors="replace"))
    return str(plain(hide_by_name(text)[:SHOWN]))
