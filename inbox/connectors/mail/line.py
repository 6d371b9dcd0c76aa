"""One connection to a mail server: guarded, encrypted, and over at a fixed time."""

from __future__ import annotations

import select
import socket
import ssl
import time

import httpcore

from inbox.connectors.errors import Rejected, TransientError
from inbox.connectors.guard import GuardedBackend, Reach, deadline
from inbox.connectors.mail.account import Place

CHUNK = 65_536
LONGEST_LINE = 8 * 1024 * 1024  # bytes of one answer; the numbers of a million mails


class Late(TimeoutError):
    """The time for the whole of it is over."""


class Line:
    """A socket that keeps one deadline for everything, also against a server that drips.

    Stands in for the socket and for its file in `imaplib` and `smtplib`.
    """

    def __init__(self, sock: socket.socket, *, until: float) -> None:
        self.sock = sock
        self.until = until
        self._read = bytearray()

    def readline(self, limit: int = LONGEST_LINE) -> bytes:
        """Return up to the next line end, at most `limit` bytes, b"" at the end."""
        while (end := self._read.find(b"\n", 0, limit)) < 0 and len(self._read) < limit:
            if not self._fill():
                break
        return self._take(end + 1 if end >= 0 else min(limit, len(self._read)))

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer at the end."""
        while len(self._read) < size and self._fill():
            pass
        return self._take(min(size, len(self._read)))

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(self._left())
        self.sock.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Say whether the server says something within `seconds`."""
        pending = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        if self._read or pending:
            return True
        poller = select.poll()
        poller.register(self.sock, select.POLLIN)
        return bool(poller.poll(max(0.0, seconds) * 1000))

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted, with a server that proves to be `host`."""
        if self._read:  # said before the encryption, to be taken for part of it
            raise ssl.SSLError("the server spoke before the encryption began")
        self.sock.settimeout(self._left())
        self.sock = context.wrap_socket(self.sock, server_hostname=host)

    def makefile(self, *_: object, **__: object) -> _File:
        return _File(self)

    def settimeout(self, _seconds: float | None) -> None:
        """The deadline counts, whatever a library would like."""

    def shutdown(self, how: int) -> None:
        self.sock.shutdown(how)

    def close(self) -> None:
        self.sock.close()

    def _fill(self) -> bool:
        self.sock.settimeout(self._left())
        data = self.sock.recv(CHUNK)
        self._read += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise Late("it took too long")
        return left


class _File:
    """What `makefile` returns: closing it leaves the connection open."""

    def __init__(self, line: Line) -> None:
        self.readline = line.readline
        self.read = line.read

    def close(self) -> None:
        pass


def connect(
    place: Place, *, context: ssl.SSLContext, until: float, reach: Reach, what: str
) -> Line:
    """Return a connection to a checked address of `place`; `what` answers there, in words.

    Encrypted at once where `place` says so. Raises TransientError, and Rejected for an address
    that must not be contacted.
    """
    if place.tls == "none" and not reach.takes_plain(place.host, place.port):
        raise Rejected(
            f"{place.host} is not contacted without encryption: choose TLS or STARTTLS. If it is in"
            " your own network, ask whoever runs the desk to add it to PRIVATE_HOSTS."
        )
    limit = deadline.set(until)
    try:
        backend = GuardedBackend(reach)
        stream = backend.connect_tcp(place.host, place.port)
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
        words = f"{what} {place.host}:{place.port} cannot be reached: {exc}"
        raise TransientError(words, code="unreachable") from None
    finally:
        deadline.reset(limit)
    line = Line(stream.get_extra_info("socket"), until=until)
    if place.tls == "tls":
        try:
            line.encrypt(context, place.host)
        except (OSError, ValueError) as exc:
            line.close()
            raise untrusted(exc, place, what) from None
    return line


def untrusted(exc: Exception, place: Place, what: str) -> TransientError:
    """Return what a failed encryption means, in plain words."""
    where = f"{what} {place.host}:{place.port}"
    if isinstance(exc, ssl.SSLCertVerificationError):
        why = f"its certificate is not valid for this name: {exc.verify_message}"
        if "expired" in exc.verify_message:
            why = "its certificate has expired"
        return TransientError(f"{where} was not trusted: {why}.", code="certificate")
    if isinstance(exc, TimeoutError):
        return TransientError(f"{where} did not finish the encryption in time.", code="timeout")
    words = f"{where} does not speak TLS as expected; is the port right, and the encryption?"
    return TransientError(words, code="tls")
