"""Connections that are held open, on which a network tells of news: guarded, and never waited for
longer than a moment."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import urlsplit

import httpcore

from inbox.connectors.errors import TransientError, Unsupported
from inbox.connectors.guard import GuardedBackend, Reach, deadline
from inbox.connectors.transport import trusted

CHUNK = 65_536
PORTS = {"https": 443, "http": 80}


class LineLost(TransientError):
    """The line is gone, for the log alone to tell: whoever stood there opens another."""


class Wire:
    """One open connection. Everything it raises is LineLost."""

    def __init__(self, sock: socket.socket, *, host: str, timeout: float) -> None:
        self._sock = sock
        self._host = host
        self._timeout = timeout

    def fileno(self) -> int:
        return self._sock.fileno()

    def send(self, data: bytes) -> None:
        with self._speaking():
            self._sock.settimeout(self._timeout)
            self._sock.sendall(data)

    def receive(self) -> bytes:
        """Return all that has come, without waiting; b"" if that is nothing."""
        found = bytearray()
        with self._speaking():
            self._sock.setblocking(False)
            with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
                while len(found) < CHUNK * 16:
                    data = self._sock.recv(CHUNK)
                    if not data and found:
                        break  # the next call meets the end again
                    if not data:
                        raise OSError("the server closed it")
                    found += data
        return bytes(found)

    def close(self) -> None:
        self._sock.close()

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as exc:
            raise LineLost(f"The line to {self._host} is lost: {exc}") from exc


def connect(url: str, *, timeout: float, reach: Reach) -> Wire:
    """Return a connection to the host of a web address, whose every address is checked first.

    timeout: seconds until it stands, and for whatever is sent on it. Raises TransientError, and
    Unsupported or Rejected for what must not be contacted.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    if not host or not port or (parts.scheme != "https" and not reach.takes_plain(host, port)):
        raise Unsupported("The address of the line is not one that we contact.")
    limit = deadline.set(time.monotonic() + timeout)
    try:
        stream = GuardedBackend(reach).connect_tcp(host, port)
        if parts.scheme == "https":
            stream = stream.start_tls(_certificates(), host)
    except (httpcore.NetworkError, httpcore.TimeoutException) as exc:
        raise TransientError(f"{host} cannot be reached: {exc}", code="unreachable") from exc
    finally:
        deadline.reset(limit)
    return Wire(stream.get_extra_info("socket"), host=host, timeout=timeout)


def wait(wires: Iterable[Wire], seconds: float) -> None:
    """Wait until something comes on one of `wires`, no longer than `seconds`."""
    poller = select.poll()
    for each in wires:
        poller.register(each, select.POLLIN)
    poller.poll(max(0.0, seconds) * 1000)


@cache
def _certificates() -> ssl.SSLContext:
    return trusted()
