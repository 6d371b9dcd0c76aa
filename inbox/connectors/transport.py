"""httpx over connections that the guard makes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from ssl import SSLContext

import httpcore
import httpx

from inbox.connectors.guard import GuardedBackend, Reach

KEEP_ALIVE = 30.0  # seconds an idle connection is kept; longer than the time between two polls


def trusted() -> SSLContext:
    """Return what we trust of certificates; reading it takes some 40 ms, so keep it.

    Each kind of connection keeps one of its own: httpcore notes in the one it gets that HTTP is
    spoken (ALPN), which a mail server may refuse.
    """
    return httpx.create_ssl_context()


@cache
def _certificates() -> SSLContext:
    return trusted()


class Transport(httpx.BaseTransport):
    """httpx over connections that `guard` makes; its own transport takes no other backend."""

    def __init__(self, reach: Reach) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=KEEP_ALIVE,
            network_backend=GuardedBackend(reach),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with _as_httpx():
            self._answer.close()


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """Both libraries give their transport errors the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as exc:
        raised: type[httpx.TransportError] = getattr(httpx, type(exc).__name__)
        raise raised(str(exc)) from exc
